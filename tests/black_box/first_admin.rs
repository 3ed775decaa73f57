//! The administrator that the settings name.

use crate::app::{TestApp, usual_settings};
use crate::client::{Client, PASSWORD, Tokens};
use crate::commands::{Finished, run_in};
use crate::database::ScratchDatabase;
use crate::on_both_databases;
use crate::process::{Process, Starting};
use serde_json::{Value, json};

on_both_databases!(
    a_start_without_administrators_makes_the_one_of_the_settings,
    an_account_that_has_the_address_is_not_promoted,
    of_a_disabled_account_the_start_says_what_lets_it_in,
    a_password_that_is_not_right_stops_a_start_that_needs_it,
);

const FIRST: &str = "first@example.org";

const ADMINS: &str = "SELECT email FROM users WHERE role = 'ADMIN' AND is_active ORDER BY email";

async fn a_start_without_administrators_makes_the_one_of_the_settings(mut app: TestApp) {
    assert_eq!(app.column(ADMINS).await, Vec::<String>::new());
    app.anonymous().register("ada@example.org").await;
    let file = app.folder().join("password.txt");
    std::fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    let settings = [
        ("ADMIN_EMAIL", "First@Example.org"),
        ("ADMIN_PASSWORD_FILE", file.to_str().unwrap()),
    ];
    app.restart(&settings);
    assert_eq!(app.column(ADMINS).await, [FIRST]);
    let tokens = Tokens::of(&app.anonymous().log_in(FIRST, PASSWORD).await);
    let first = app.anonymous().with_token(&tokens.access);
    let events = first.get("/admin/audit-events?type=account_created").await.json();
    let event = &events["items"][0];
    assert_eq!(
        (&event["reason"], &event["actor_id"], &event["ip"], &event["user_agent"]),
        (
            &json!("setting"),
            &Value::Null,
            &Value::Null,
            &json!("portcullis server")
        )
    );
    assert!(!app.logs().contains(PASSWORD));

    // While there is one, the settings do nothing: not the same, nor others.
    app.restart(&[("ADMIN_EMAIL", "second@example.org")]);
    assert_eq!(app.column(ADMINS).await, [FIRST]);
    std::fs::write(&file, "another password").unwrap();
    app.restart(&[("ADMIN_EMAIL", FIRST)]);
    assert_eq!(app.anonymous().log_in(FIRST, "another password").await.status, 401);
    // Nor does a password that would not do, or that is gone.
    std::fs::write(&file, "short").unwrap();
    app.restart(&[]);
    std::fs::remove_file(&file).unwrap();
    app.restart(&[]);
    app.run(&["user", "list"]).result();
    app.run(&["doctor"]).result();
    assert_eq!(app.anonymous().log_in(FIRST, PASSWORD).await.status, 200);
    assert_eq!(
        app.column("SELECT email FROM users ORDER BY email").await,
        ["ada@example.org", FIRST]
    );
}

async fn an_account_that_has_the_address_is_not_promoted(mut app: TestApp) {
    app.anonymous().register(FIRST).await;
    app.kill();
    let first = [("ADMIN_EMAIL", FIRST), ("ADMIN_PASSWORD", "another password")];
    let line = refused_start(&app, &first);
    for text in ["portcullis: ADMIN_EMAIL: ", FIRST, "set-role"] {
        assert!(line.contains(text), "{line}");
    }
    assert!(!line.contains("disabled"), "{line}");
    assert_eq!(app.column(ADMINS).await, Vec::<String>::new());
    app.run(&["user", "set-role", FIRST, "ADMIN"]).result();
    app.restart(&[("ADMIN_EMAIL", FIRST), ("ADMIN_PASSWORD", "another password")]);
    assert_eq!(
        app.anonymous().log_in(FIRST, PASSWORD).await.status,
        200,
        "the password is the old one"
    );
}

async fn of_a_disabled_account_the_start_says_what_lets_it_in(mut app: TestApp) {
    app.anonymous().register(FIRST).await;
    app.run(&["user", "disable", FIRST]).result();
    app.kill();
    let first = [("ADMIN_EMAIL", FIRST), ("ADMIN_PASSWORD", "another password")];
    let (set_role, enable) = (["user", "set-role", FIRST, "ADMIN"], ["user", "enable", FIRST]);
    let commands = [&set_role[..], &enable].map(|command| format!("`portcullis {}`", command.join(" ")));
    let line = refused_start(&app, &first);
    assert!(commands.iter().all(|command| line.contains(command)), "{line}");
    app.run(&set_role).result();
    let line = refused_start(&app, &first);
    assert!(!line.contains(&commands[0]) && line.contains(&commands[1]), "{line}");
    let advice = app.run(&["doctor"]).findings().join("\n");
    assert!(
        advice.contains(&format!("warn administrators: there is no active one; let {FIRST} in")),
        "{advice}"
    );
    let found = run_in(app.folder(), &with(&app, &first), &["doctor"], b"")
        .findings()
        .join("\n");
    assert!(
        found.contains("fail administrators: ADMIN_EMAIL: ") && found.contains(&commands[1]),
        "{found}"
    );
    app.run(&enable).result();
    app.restart(&first);
    assert_eq!(app.column(ADMINS).await, [FIRST]);
}

async fn a_password_that_is_not_right_stops_a_start_that_needs_it(mut app: TestApp) {
    app.kill();
    let file = app.folder().join("password.txt");
    std::fs::write(&file, "hunter2\n").unwrap();
    let email = ("ADMIN_EMAIL", FIRST);
    for (password, named) in [
        (("ADMIN_PASSWORD", "hunter2"), "ADMIN_PASSWORD: a password has"),
        (
            ("ADMIN_PASSWORD_FILE", file.to_str().unwrap()),
            "ADMIN_PASSWORD_FILE: a password has",
        ),
        (("ADMIN_PASSWORD_FILE", "/nowhere"), "ADMIN_PASSWORD_FILE: \"/nowhere\""),
        (
            ("ADMIN_PASSWORD", "(openssl rand -base64 18)"),
            "ADMIN_PASSWORD: this is a command",
        ),
    ] {
        let line = refused_start(&app, &[email, password]);
        assert!(line.starts_with(&format!("portcullis: {named}")), "{line}");
        let found = run_in(app.folder(), &with(&app, &[email, password]), &["doctor"], b"")
            .findings()
            .join("\n");
        assert!(found.contains(&format!("fail administrators: {named}")), "{found}");
        assert!(
            !line.contains("hunter2") && !found.contains("hunter2"),
            "{line} {found}"
        );
    }
    let right = with(&app, &[email, ("ADMIN_PASSWORD", PASSWORD)]);
    let found = run_in(app.folder(), &right, &["doctor"], b"");
    let made = format!("ok   administrators: the next start makes one of {FIRST}");
    assert!(found.findings().contains(&made), "{found:?}");
    assert_eq!(app.column(ADMINS).await, Vec::<String>::new());
}

/// The settings of the server, and these.
fn with(app: &TestApp, added: &[(&str, &str)]) -> Vec<(String, String)> {
    let added = added
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    app.settings().iter().cloned().chain(added).collect()
}

/// All that a start says that these settings stop.
#[track_caller]
fn refused_start(app: &TestApp, added: &[(&str, &str)]) -> String {
    let stopped: Finished = run_in(app.folder(), &with(app, added), &["serve"], b"");
    assert_eq!(stopped.status, Some(1), "{stopped:?}");
    assert_eq!(stopped.stderr.lines().count(), 1, "{stopped:?}");
    stopped.stderr.trim_end().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_five_servers_that_start_at_once_one_makes_the_administrator() {
    let Some(database) = ScratchDatabase::create().await else {
        return;
    };
    let mut settings = usual_settings();
    settings.extend(
        [
            ("DATABASE_URL", database.url().as_str()),
            ("ADMIN_EMAIL", FIRST),
            ("ADMIN_PASSWORD", PASSWORD),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let folders: Vec<_> = (0..5).map(|_| tempfile::tempdir().unwrap()).collect();
    let starting: Vec<Starting> = folders
        .iter()
        .map(|folder| Process::spawn(folder.path(), &settings))
        .collect();
    let servers: Vec<Process> = starting.into_iter().map(Starting::listening).collect();
    assert_eq!(database.column("SELECT email FROM users").await, [FIRST]);
    let made = "SELECT kind || '/' || details FROM audit_events ORDER BY at";
    let events = database.column(made).await;
    let made_by_setting = events
        .iter()
        .filter(|event| event.starts_with("account_created/") && event.contains(r#""reason":"setting""#));
    assert_eq!(made_by_setting.count(), 1, "{events:?}");
    let told = servers
        .iter()
        .filter(|server| server.lines().contains("the first administrator was made"));
    assert_eq!(told.count(), 1);
    let tokens = Tokens::of(&Client::new(servers[0].address()).log_in(FIRST, PASSWORD).await);
    for server in &servers {
        let client = Client::new(server.address()).with_token(&tokens.access);
        assert_eq!(client.get("/admin/users").await.status, 200);
    }
}
