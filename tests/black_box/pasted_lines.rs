//! The lines for a first session work when they are pasted into a shell.

use crate::app::TestApp;
use crate::client::{Client, PASSWORD};
use crate::database::ScratchDatabase;
use crate::fenced_blocks::{block, blocks_of};
use crate::genuine_token::part;
use crate::process::{Process, binary, run};
use crate::{on_both_databases, on_sqlite};
use serde_json::{Value, json};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

on_both_databases!(
    with &[("LOG_FORMAT", "pretty")];
    the_lines_of_the_greeting_work_and_come_at_the_first_start_alone,
);

on_both_databases!(
    the_session_of_the_readme_works,
    the_session_of_the_quick_start_works,
    the_sign_in_of_the_clients_works,
);

on_sqlite!(
    the_administrator_of_the_quick_start_signs_in,
    the_commands_of_the_clients_are_taken,
    a_session_shows_the_answer_where_no_tokens_came,
);

/// What a session says where two tokens came.
const TOKENS_CAME: &str = "Got two tokens.\n";

/// Pastes lines into `bash`. Gives the JSON documents that they print.
fn paste(folder: &Path, lines: &str) -> Vec<Value> {
    paste_with(&[], folder, lines)
}

/// The same, where a terminal has settings.
fn paste_with(settings: &[(String, String)], folder: &Path, lines: &str) -> Vec<Value> {
    let mut bash = Command::new("bash")
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    bash.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = bash.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    serde_json::Deserializer::from_str(&printed.replace(TOKENS_CAME, ""))
        .into_iter()
        .collect::<Result<_, _>>()
        .unwrap_or_else(|error| panic!("{error}: {printed}"))
}

async fn the_lines_of_the_greeting_work_and_come_at_the_first_start_alone(mut app: TestApp) {
    app.wait_for_line(|line| line.contains("/users/me"));
    let logs = app.logs();
    let lines: Vec<&str> = logs.lines().filter(|line| line.contains("curl ")).collect();
    assert_eq!(lines.len(), 3, "{logs}");
    assert!(lines[1].trim_start().starts_with("TOKEN="), "{logs}");
    let printed = paste(app.folder(), &format!("{}\n", lines.join("\n")));
    let [registered, me] = printed.as_slice() else {
        panic!("{printed:?}");
    };
    assert_eq!(registered["email"], "grace@example.org", "{printed:?}");
    assert_eq!(me, registered);
    app.restart(&[]);
    assert!(!app.logs().contains("curl "), "{}", app.logs());
}

/// The blocks of a page that this test runs, in one piece and for the server under test.
fn session_of(page: &str, test: &str, app: &TestApp) -> String {
    let session = blocks_of(page, test);
    let start = "URL=http://127.0.0.1:8000\n";
    assert_eq!(
        session.matches(start).count(),
        1,
        "{page} says once where the server is"
    );
    let session = session.replace(start, &format!("URL=http://{}\n", app.address()));
    assert!(!session.contains(":8000"), "{page} names the server elsewhere, too");
    session
}

async fn the_session_of_the_readme_works(app: TestApp) {
    let printed = paste(
        app.folder(),
        &session_of("README.md", "the_session_of_the_readme_works", &app),
    );
    let [registered, me, signed_out] = printed.as_slice() else {
        panic!("{printed:?}");
    };
    assert_eq!(registered["email"], "grace@example.org", "{printed:?}");
    assert_eq!(me, registered);
    assert_eq!(signed_out["status"], 401, "{printed:?}");
}

async fn the_session_of_the_quick_start_works(app: TestApp) {
    let session = session_of("docs/quick-start.md", "the_session_of_the_quick_start_works", &app);
    let printed = paste(app.folder(), &session);
    let [registered, me, renamed, signed_out] = printed.as_slice() else {
        panic!("{printed:?}");
    };
    assert_eq!(registered["email"], "grace@example.org", "{printed:?}");
    assert_eq!(me, registered);
    let mut expected = registered.clone();
    expected["full_name"] = json!("Rear Admiral Grace Hopper");
    assert_eq!(*renamed, expected);
    assert_eq!(signed_out["status"], 401, "{printed:?}");
}

/// A newcomer who mistypes should not have to guess why nothing works from there on.
async fn a_session_shows_the_answer_where_no_tokens_came(app: TestApp) {
    for (page, test) in [
        ("README.md", "the_session_of_the_readme_works"),
        ("docs/quick-start.md", "the_session_of_the_quick_start_works"),
    ] {
        let session = session_of(page, test, &app).replace("horse", "hoarse");
        let start = session.lines().next().unwrap();
        let from = session.find("TOKENS=").unwrap();
        let to = from + session[from..].find("esac\n").unwrap();
        let lines = format!("{start}\n{}esac\n", &session[from..to]);
        let bash = Command::new("bash").args(["-c", &lines]).output().unwrap();
        let printed = String::from_utf8(bash.stdout).unwrap();
        assert!(
            printed.starts_with("No tokens: {") && printed.contains("invalid_credentials"),
            "{page}: {printed}"
        );
    }
}

async fn the_administrator_of_the_quick_start_signs_in(app: TestApp) {
    let lines = block("docs/quick-start.md", "sh", "printf 'correct horse battery' | target/");
    let program = "target/release/portcullis";
    assert!(lines.contains(program), "{lines}");
    let lines = lines.replace(program, binary().to_str().unwrap());
    let printed = paste_with(app.settings(), app.folder(), &lines);
    assert_eq!(printed[0]["role"], "ADMIN", "{printed:?}");
    let signed_in = app.anonymous().log_in("admin@example.org", PASSWORD).await;
    assert_eq!(signed_in.status, 200, "{signed_in:?}");
}

/// The lines with the program under test in the place of the one that is installed.
fn with_program(lines: &str) -> String {
    let program = format!("{} ", binary().to_str().unwrap());
    let lines = lines.replace("portcullis client ", &format!("{program}client "));
    lines.replace("portcullis resource ", &format!("{program}resource "))
}

async fn the_sign_in_of_the_clients_works(app: TestApp) {
    let session = session_of("docs/clients.md", "the_sign_in_of_the_clients_works", &app);
    let printed = paste_with(app.settings(), app.folder(), &with_program(&session));
    let [registered, told, refreshed] = printed.as_slice() else {
        panic!("{printed:?}");
    };
    assert_eq!(told["sub"], registered["id"], "{printed:?}");
    assert_eq!(
        (&told["name"], &told["email"]),
        (&json!("Ada Lovelace"), &json!("ada@example.com"))
    );
    assert!(
        refreshed["access_token"].is_string() && refreshed["id_token"].is_string(),
        "{printed:?}"
    );
}

/// Each in its turn, with what a newcomer has to fill in.
async fn the_commands_of_the_clients_are_taken(app: TestApp) {
    let page = "docs/clients.md";
    // The names of the document are those of a server that has one.
    let named = ("PUBLIC_URL".to_owned(), "https://auth.example.com".to_owned());
    let settings = [app.settings(), &[named]].concat();
    let run = |lines: &str| {
        let mut bash = Command::new("bash");
        bash.args(["-e", "-c", &with_program(lines)]).current_dir(app.folder());
        let output = bash.envs(settings.iter().cloned()).output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(output.status.success(), "{lines}\n{said}");
        said
    };
    let made = run(&block(page, "sh", "portcullis client create --id shop"));
    assert!(
        made.contains("next-auth 5") && !made.contains("client change"),
        "{made}"
    );
    let registered = app.anonymous().register("ada@example.com").await;
    assert_eq!(registered.status, 201, "{registered:?}");
    run(&block(page, "sh", "portcullis resource create"));
    let shown: Value = serde_json::from_str(&run("portcullis client show shop")).unwrap();
    let secret = shown["secrets"][0]["id"].as_str().unwrap();
    run(&block(page, "sh", "portcullis client secret add").replace("SECRET_ID", secret));
    run(&block(page, "sh", "portcullis client change"));
    let rest =
        "https://shop.example.com/api/auth/callback/portcullis&scope=openid&code_challenge_method=S256&code_challenge=";
    let rest = format!("redirect_uri={rest}E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    run(&block(page, "sh", "portcullis client check").replace("redirect_uri=…", &rest));

    // What the document shows of a file, in another store.
    let server = TestApp::on_sqlite(&[("PUBLIC_URL", "https://auth.example.com")]);
    let file = block(page, "toml", "[[resource]]");
    let path = server.folder().join("clients.toml");
    std::fs::write(&path, &file).unwrap();
    let apply = ["client", "apply", path.to_str().unwrap()];
    assert_eq!(server.run(&apply).lines().len(), 2);
    std::fs::write(&path, file.replace("/callback", "/cb")).unwrap();
    let told = server.run(&[&apply[..], &["--dry-run"]].concat()).json();
    let shown = block(page, "text", "~ client shop changed");
    for side in ["before", "after"] {
        let uris = told["members"]["redirect_uris"][side].to_string();
        assert!(shown.contains(&uris), "{shown}{told}");
    }
}

/// Settings for servers that are started here, beside those of a document.
fn own_settings(more: &[(&str, &str)]) -> Vec<(String, String)> {
    let usual = [("PORT", "0"), ("BCRYPT_COST", "4")];
    let all = usual.iter().chain(more);
    all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn the_server_says_where_it_listens_as_the_quick_start_shows() {
    let shown = block("docs/quick-start.md", "text", "Portcullis 0.1.0 listens on");
    let folder = tempfile::tempdir().unwrap();
    let server = Process::start(folder.path(), &own_settings(&[]));
    let expected = shown.replace("127.0.0.1:8000", &server.address().to_string());
    server.wait_for_line(|line| line == expected.trim_end());
}

#[test]
fn the_secrets_for_docker_are_good_ones() {
    let folder = tempfile::tempdir().unwrap();
    let lines = block("docs/quick-start.md", "sh", "[ -e .env ] || (umask 077; printf");
    assert!(paste(folder.path(), &lines).is_empty());
    let file = folder.path().join(".env");
    let text = std::fs::read_to_string(&file).unwrap();
    let lengths: Vec<_> = text.lines().filter_map(|line| line.split_once('=')).collect();
    let [("SECRET_KEY", key), ("POSTGRES_PASSWORD", password)] = lengths.as_slice() else {
        panic!("two secrets are expected");
    };
    assert_eq!((key.len(), password.len()), (64, 48));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    // The file is right for a server, which would make a key of its own otherwise.
    Process::start(folder.path(), &own_settings(&[]));
    assert!(!folder.path().join("data/secret.key").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_six_lines_of_production_start_a_server() {
    let lines = block("docs/configuration.md", "dotenv", "PUBLIC_URL=");
    assert_eq!(lines, block("README.md", "dotenv", "PUBLIC_URL="));
    let Some(database) = ScratchDatabase::create().await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let make_key = block("docs/configuration.md", "sh", "(umask 077; openssl rand");
    assert!(paste(folder.path(), &make_key).is_empty());
    let url = lines
        .lines()
        .find(|line| line.starts_with("DATABASE_URL=postgres://"))
        .unwrap();
    let own_lines = lines
        .replace(url, &format!("DATABASE_URL='{}'", database.url()))
        .replace("/etc/portcullis/secret.key", "secret.key");
    assert_ne!(own_lines, lines);
    std::fs::write(folder.path().join(".env"), own_lines).unwrap();
    let server = Process::start(folder.path(), &own_settings(&[]));
    server.wait_for_log(|line| line["message"] == "listening");
    let keys = Client::new(server.address()).get("/.well-known/jwks.json").await;
    assert_eq!(keys.json()["keys"][0]["alg"], "EdDSA", "{keys:?}");
    let tokens = Client::new(server.address()).signed_in("ada@example.org").await;
    let claims = part(&tokens.access, 1);
    assert_eq!(claims["iss"], "https://auth.example.org");
}

#[test]
fn a_start_refuses_as_the_document_shows() {
    let folder = tempfile::tempdir().unwrap();
    let refused = run(folder.path(), &[("PORT", "http"), ("BCRYPT_COST", "99")], &[]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(said, block("docs/configuration.md", "text", "portcullis: PORT:"));
}
