//! What the command line refuses, and what it never shows.

use crate::app::TestApp;
use crate::client::PASSWORD;
use crate::commands::run_in;
use crate::on_both_databases;

on_both_databases!(
    what_the_command_line_refuses_it_names,
    a_password_comes_from_standard_input_alone,
    a_secret_shows_in_no_command,
);

#[expect(clippy::too_many_lines, reason = "a table is read by the row")]
async fn what_the_command_line_refuses_it_names(app: TestApp) {
    app.make_admin("root@example.org");
    let (create, email) = (["user", "create"], ["--email", "ada@example.org"]);
    let (name, stdin) = (["--full-name", "Ada Lovelace"], ["--password-stdin"]);
    let all = |parts: &[&[&'static str]]| parts.concat();
    for (arguments, input, named) in [
        (all(&[&["nonsense"]]), "", "nonsense"),
        (all(&[&["user", "nonsense"]]), "", "nonsense"),
        (all(&[&["user", "disable"]]), "", "EMAIL"),
        (all(&[&["user", "disable", "nobody"]]), "", "EMAIL"),
        (
            all(&[&["user", "disable", "nobody@example.org"]]),
            "",
            "nobody@example.org",
        ),
        (all(&[&["user", "enable", "nobody@example.org"]]), "", "user list"),
        (
            all(&[&["user", "delete", "nobody@example.org"]]),
            "",
            "nobody@example.org",
        ),
        (
            all(&[&["user", "end-sessions", "nobody@example.org"]]),
            "",
            "nobody@example.org",
        ),
        (
            all(&[&["user", "set-role", "nobody@example.org", "USER"]]),
            "",
            "nobody@example.org",
        ),
        (all(&[&["user", "set-role", "root@example.org", "ROOT"]]), "", "ROOT"),
        (all(&[&["user", "set-role", "root@example.org"]]), "", "ROLE"),
        (
            all(&[&["user", "set-role", "root@example.org", "ADMIN", "extra"]]),
            "",
            "one argument too many",
        ),
        (
            all(&[&["user", "set-password", "nobody@example.org"], &stdin]),
            "a new password",
            "nobody@example.org",
        ),
        (
            all(&[&["user", "set-password", "root@example.org"]]),
            "a new password",
            "--password-stdin",
        ),
        (all(&[&["user", "list", "--limit", "2"]]), "", "--limit"),
        (all(&[&create, &email, &name]), PASSWORD, "--password-stdin"),
        (all(&[&create, &email, &stdin]), PASSWORD, "--full-name"),
        (all(&[&create, &name, &stdin]), PASSWORD, "--email"),
        (all(&[&create, &["--email", "ada"], &name, &stdin]), PASSWORD, "EMAIL"),
        (
            all(&[&create, &email, &["--full-name", "A"], &stdin]),
            PASSWORD,
            "--full-name",
        ),
        (
            all(&[&create, &email, &name, &["--role", "ROOT"], &stdin]),
            PASSWORD,
            "ROOT",
        ),
        (
            all(&[&create, &["--email", "ROOT@example.org"], &name, &stdin]),
            PASSWORD,
            "root@example.org",
        ),
        (all(&[&create, &email, &name, &stdin]), "", "standard input is empty"),
        (
            all(&[&create, &email, &name, &stdin]),
            "short\n",
            "at least 8 characters",
        ),
        (all(&[&["audit", "verify", "--expect-head", "7"]]), "", "--expect-head"),
        (
            all(&[&["audit", "verify", "--expect-head", "7:00"]]),
            "",
            "--expect-head",
        ),
        (all(&[&["audit", "export", "file"]]), "", "one argument too many"),
        (all(&[&["keys", "rotate"]]), "", "SECRET_KEY_PREVIOUS"),
        (all(&[&["keys", "rotate", "--algorithm", "HS512"]]), "", "HS512"),
        (all(&[&["keys", "rotate", "--algorithm", "none"]]), "", "none"),
        (all(&[&["backup"]]), "", "FILE"),
        (
            all(&[&["backup", "/nowhere/at/all.db"]]),
            "",
            app.on("/nowhere/at/all.db", "pg_dump"),
        ),
        (all(&[&["migrate", "--now"]]), "", "--now"),
        (all(&[&["--migrate=off"]]), "", "--migrate"),
        (all(&[&["doctor", "all"]]), "", "one argument too many"),
        (all(&[&["openapi", "3.0"]]), "", "one argument too many"),
    ] {
        let refused = app.run_with(&arguments, input);
        refused.assert_refused(&[named]);
        assert_eq!(refused.stdout, "", "{arguments:?}");
    }
    assert_eq!(app.column("SELECT email FROM users").await, ["root@example.org"]);

    for (setting, value) in [
        ("DATABASE_URL", "postgres://u:hunter2hunter2@127.0.0.1:1/nothing"),
        ("DATABASE_URL", "mysql://u:hunter2hunter2@127.0.0.1/nothing"),
        ("SECRET_KEY", "hunter2hunter2"),
        ("BCRYPT_COST", "99"),
    ] {
        let mut settings = app.settings().to_vec();
        settings.retain(|(name, _)| name != setting);
        settings.push((setting.to_owned(), value.to_owned()));
        let commands = [
            &["user", "list"][..],
            &["audit", "verify"],
            &["keys", "list"],
            &["backup", "copy.db"],
            &["migrate"],
        ];
        // Each waits ten seconds for a database that is not there.
        let count = if value.starts_with("postgres:") {
            1
        } else {
            commands.len()
        };
        for arguments in &commands[..count] {
            let refused = run_in(app.folder(), &settings, arguments, b"");
            refused.assert_refused(&[setting]);
            assert!(!refused.stderr.contains("hunter2"), "{refused:?}");
        }
    }
}

async fn a_password_comes_from_standard_input_alone(app: TestApp) {
    app.make_admin("root@example.org");
    for arguments in [
        &["user", "set-password", "root@example.org", "hunter2hunter2"][..],
        &[
            "user",
            "set-password",
            "root@example.org",
            "--password",
            "hunter2hunter2",
        ],
        &["user", "set-password", "root@example.org", "--password=hunter2hunter2"],
        &[
            "user",
            "set-password",
            "root@example.org",
            "--password-stdin=hunter2hunter2",
        ],
        &[
            "user",
            "set-password",
            "root@example.org",
            "--password-stdin",
            "hunter2hunter2",
        ],
        &["user", "set-password", "hunter2hunter2", "--password-stdin"],
        &["user", "create", "--email", "hunter2hunter2", "--password-stdin"],
    ] {
        let refused = app.run_with(arguments, "hunter2hunter2");
        refused.assert_refused(&[]);
        assert!(!format!("{refused:?}").contains("hunter2"), "{refused:?}");
    }
    assert_eq!(app.anonymous().log_in("root@example.org", PASSWORD).await.status, 200);
    let set = ["user", "set-password", "root@example.org", "--password-stdin"];
    for (input, password) in [
        ("first password", "first password"),
        ("second password\n", "second password"),
        ("third password\r\n\n", "third password"),
        (" fourth password ", " fourth password "),
        ("zoe\u{308} zoe\u{308} zoe\u{308}", "zo\u{eb} zo\u{eb} zo\u{eb}"),
        ("다섯 번째 비밀번호\n", "다섯 번째 비밀번호"),
    ] {
        app.run_with(&set, input).result();
        let answer = app.anonymous().log_in("root@example.org", password).await;
        assert_eq!(answer.status, 200, "{password:?}");
    }
    for (input, named) in [
        (&b"\xff\xfe\xfd\xfc of no encoding"[..], "UTF-8"),
        (b"with a \0 in it", "NUL"),
        (&[b'x'; 10_000], "at most 128 characters"),
        (b"\n", "at least 8 characters"),
        (b"a password in it\nand another line", "more than one line"),
    ] {
        let refused = run_in(app.folder(), app.settings(), &set, input);
        refused.assert_refused(&[named]);
        assert!(
            !refused.stderr.contains("in it") && !refused.stderr.contains("xxx"),
            "{refused:?}"
        );
    }
}

async fn a_secret_shows_in_no_command(app: TestApp) {
    let root = app.admin("root@example.org").await;
    app.run(&["keys", "rotate", "--algorithm", "ES256"]).result();
    let mut settings = app.settings().to_vec();
    settings.push(("LOG_LEVEL".to_owned(), "trace".to_owned()));
    let text = app.on("lower(hex(seed))", "encode(seed, 'hex')");
    let mut secrets = app.column(&format!("SELECT {text} FROM sessions")).await;
    secrets.extend(app.column("SELECT hash FROM passwords").await);
    for (table, column) in [
        ("installation", "salt"),
        ("installation", "audit_key"),
        ("signing_keys", "encrypted"),
        ("audit_events", "mac"),
    ] {
        let sqlite = format!("lower(hex({column}))");
        let postgres = format!("encode({column}, 'hex')");
        secrets.extend(
            app.column(&format!("SELECT {} FROM {table}", app.on(&sqlite, &postgres)))
                .await,
        );
    }
    secrets.extend([
        root.tokens.access,
        root.tokens.refresh,
        PASSWORD.to_owned(),
        crate::app::SECRET_KEY.to_owned(),
    ]);
    secrets.push("a changed password".to_owned());
    secrets.retain(|secret| !secret.is_empty());
    let stdin = ["user", "set-password", "root@example.org", "--password-stdin"];
    for arguments in [
        &["user", "list"][..],
        &["user", "end-sessions", "root@example.org"],
        &stdin,
        &["audit", "verify"],
        &["audit", "export"],
        &["keys", "list"],
        &["doctor"],
        &["backup", "copy.db"],
        &["migrate"],
    ] {
        let finished = run_in(app.folder(), &settings, arguments, b"a changed password");
        for secret in &secrets {
            let shown = finished.stdout.contains(secret.as_str()) || finished.stderr.contains(secret.as_str());
            assert!(!shown, "{arguments:?} shows {secret}: {finished:?}");
        }
    }
}

#[test]
fn every_command_explains_itself() {
    let folder = tempfile::tempdir().unwrap();
    for (command, named) in [
        (
            &[][..],
            &[
                "user", "audit", "keys", "backup", "doctor", "openapi", "serve", "migrate",
            ][..],
        ),
        (
            &["user"],
            &[
                "create",
                "set-role",
                "disable",
                "enable",
                "delete",
                "end-sessions",
                "set-password",
                "list",
            ],
        ),
        (
            &["user", "create"],
            &["--email", "--full-name", "--role", "--password-stdin", "USER or ADMIN"],
        ),
        (&["user", "set-role"], &["EMAIL", "USER or ADMIN"]),
        (&["user", "disable"], &["EMAIL"]),
        (&["user", "enable"], &["EMAIL"]),
        (&["user", "delete"], &["EMAIL"]),
        (&["user", "end-sessions"], &["EMAIL", "--json"]),
        (&["user", "set-password"], &["EMAIL", "--password-stdin"]),
        (&["user", "list"], &["JSON", "--role", "--active", "--query"]),
        (&["user", "sessions"], &["EMAIL"]),
        (&["user", "set-email"], &["EMAIL", "NEW_EMAIL"]),
        (&["audit"], &["verify", "export"]),
        (&["audit", "verify"], &["--expect-head", "NUMBER:HASH", "--json"]),
        (&["audit", "export"], &["oldest first", "--since", "--until"]),
        (&["keys"], &["list", "rotate"]),
        (&["keys", "list"], &["JSON"]),
        (&["keys", "rotate"], &["--algorithm", "HS256|EdDSA|ES256|RS256"]),
        (&["backup"], &["FILE"]),
        (&["doctor"], &["mend"]),
    ] {
        for flag in ["--help", "-h"] {
            let help = run_in(folder.path(), &[], &[command, &[flag]].concat(), b"");
            for text in named.iter().filter(|_| flag == "--help") {
                assert!(help.result().contains(text), "{command:?} {text}: {help:?}");
            }
            assert!(help.result().contains("Usage: portcullis"), "{help:?}");
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is made");
}
