//! Commands as a person at a terminal meets them.

use crate::app::TestApp;
use crate::client::{PASSWORD, Tokens};
use crate::process::binary;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Far longer than a prompt takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// What the terminal showed, and the status.
#[derive(Debug)]
struct Shown {
    text: String,
    status: Option<i32>,
}

/// The questions whose answers are not shown.
const HIDDEN: [&str; 2] = ["not shown: ", "again: "];

/// The question comes a moment before the terminal stops showing what is typed.
fn wait_until_nothing_is_shown(app: &TestApp) {
    let terminal = std::fs::read_to_string(app.folder().join("terminal")).unwrap();
    let is_hidden = || {
        let asked = Command::new("stty")
            .args(["-a", "-F", terminal.trim()])
            .output()
            .unwrap();
        String::from_utf8_lossy(&asked.stdout).contains(" -echo ")
    };
    let begun = Instant::now();
    while !is_hidden() {
        assert!(begun.elapsed() < PATIENCE, "the terminal goes on showing what is typed");
        std::thread::yield_now();
    }
}

/// Runs a command on a terminal of its own, which the program `script` makes. After each of the texts types the line that
/// goes with it.
fn type_to(app: &TestApp, arguments: &str, lines: &[(&str, &str)]) -> Shown {
    type_to_shell(app, &format!("exec {} {arguments}", binary().display()), lines)
}

/// The same of a line of a shell.
fn type_to_shell(app: &TestApp, line: &str, lines: &[(&str, &str)]) -> Shown {
    let mut child = Command::new("script")
        .args(["--quiet", "--return", "--command"])
        .arg(format!("tty >terminal; {line}"))
        .arg("/dev/null")
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("NO_COLOR", "1")
        .envs(app.settings().iter().cloned())
        .current_dir(app.folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (mut shown, mut seen) = (Vec::new(), 0);
    for (prompt, line) in lines {
        let mut byte = [0];
        while !String::from_utf8_lossy(&shown[seen..]).contains(prompt) {
            assert_eq!(
                output.read(&mut byte).unwrap(),
                1,
                "{:?}",
                String::from_utf8_lossy(&shown)
            );
            shown.extend(byte);
        }
        seen = shown.len();
        if HIDDEN.contains(prompt) {
            wait_until_nothing_is_shown(app);
        }
        input.write_all(format!("{line}\n").as_bytes()).unwrap();
    }
    output.read_to_end(&mut shown).unwrap();
    drop(input);
    Shown {
        text: String::from_utf8(shown).unwrap(),
        status: child.wait().unwrap().code(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_tables_for_people_and_json_for_programs() {
    let app = TestApp::on_sqlite(&[]);
    app.make_admin("root@example.org");
    app.anonymous().signed_in("ada@example.org").await;
    let table = type_to(&app, "user list", &[]).text;
    assert!(table.starts_with("EMAIL ") && table.lines().count() == 3, "{table}");
    assert!(table.contains("root@example.org") && !table.contains('{'), "{table}");
    let json = type_to(&app, "user list --json", &[]).text;
    assert!(json.starts_with('{'), "{json}");
    let sessions = type_to(&app, "user sessions ada@example.org", &[]).text;
    assert!(sessions.contains("127.0.0.1"), "{sessions}");
    let signed_out = type_to(&app, "user sessions root@example.org", &[]).text;
    assert_eq!(signed_out.trim(), "no live sessions");
    assert!(type_to(&app, "keys list", &[]).text.starts_with("KEY "));
    assert!(type_to(&app, "doctor", &[]).text.starts_with("ok   settings: "));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_start_on_a_terminal_says_where_people_reach_the_server() {
    let mut app = TestApp::on_sqlite(&[("LOG_FORMAT", "pretty")]);
    app.terminate();
    app.wait();
    let interrupt = "\u{3}";
    let started = type_to(&app, "serve", &[("interactive page: ", interrupt)]);
    assert_eq!(started.status, Some(0), "{started:?}");
    assert!(
        started.text.contains("\nPortcullis 0.1.0 listens on http://127.0.0.1:"),
        "{started:?}"
    );
    assert!(!started.text.contains("curl "), "{started:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_of_the_log_have_colors_on_a_terminal_alone_and_only_where_they_are_wanted() {
    let mut app = TestApp::on_sqlite(&[("LOG_FORMAT", "pretty")]);
    app.terminate();
    app.wait();
    let serve = format!("export TERM=xterm; exec {} serve", binary().display());
    let end = [(" listening address=", "\u{3}")];
    let plain = "  INFO portcullis_server::";
    let colored = "\u{1b}[32m INFO\u{1b}[0m \u{1b}[2mportcullis_server::";
    for (line, expected, other) in [
        (serve.clone(), plain, "\u{1b}["),
        (format!("export NO_COLOR=; {serve}"), colored, plain),
        (format!("unset NO_COLOR; {serve}"), colored, plain),
        (format!("unset NO_COLOR; {serve} 2>&1 | cat"), plain, "\u{1b}["),
    ] {
        let shown = type_to_shell(&app, &line, &end).text;
        assert!(shown.contains(expected) && !shown.contains(other), "{line}: {shown:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typed_password_is_not_shown_and_wanted_twice() {
    let app = TestApp::on_sqlite(&[]);
    let create = "user create --email ada@example.org --full-name Ada";
    let typed = |second: &str| {
        let lines = [("not shown: ", PASSWORD), ("again: ", second)];
        type_to(&app, create, &lines)
    };
    let other = typed("another password");
    assert_eq!(other.status, Some(1), "{other:?}");
    assert!(
        other.text.contains("not the same") && !other.text.contains(PASSWORD),
        "{other:?}"
    );
    let made = typed(PASSWORD);
    assert!(made.status == Some(0) && !made.text.contains(PASSWORD), "{made:?}");
    Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_taken_is_told_before_a_password_is_asked_for() {
    let app = TestApp::on_sqlite(&[]);
    app.make_admin("root@example.org");
    let create = "user create --email Root@example.org --full-name Root";
    let refused = type_to(&app, create, &[]);
    assert_eq!(refused.status, Some(1), "{refused:?}");
    assert!(refused.text.contains("another address"), "{refused:?}");
    assert!(!refused.text.contains("not shown"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_trail_is_for_people_on_a_terminal_and_json_where_that_is_asked_for() {
    let app = TestApp::on_sqlite(&[]);
    app.make_admin("root@example.org");
    let verdict = type_to(&app, "audit verify", &[]);
    assert_eq!(verdict.status, Some(0), "{verdict:?}");
    assert!(
        verdict.text.starts_with("the audit trail is what the server wrote"),
        "{verdict:?}"
    );
    let events = type_to(&app, "audit export --since 2026-01-01", &[]).text;
    assert!(events.starts_with("AT (UTC) ") && !events.contains('{'), "{events}");
    assert!(events.lines().count() > 1, "{events}");
    for command in ["audit verify", "audit export"] {
        let json = type_to(&app, &format!("{command} --json"), &[]).text;
        assert!(json.starts_with('{'), "{json}");
    }
}

/// Not every shell sets the terminal back itself.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_interrupts_the_question_for_a_password_sees_again_what_they_type() {
    let app = TestApp::on_sqlite(&[]);
    let create = "user create --email ada@example.org --full-name Ada";
    let line = format!("trap : INT; {} {create}; stty -a", binary().display());
    let interrupted = type_to_shell(&app, &line, &[("not shown: ", "\u{3}")]);
    assert!(interrupted.text.contains(" echo "), "{interrupted:?}");
    assert_eq!(app.run(&["user", "list"]).result(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_asked_before_an_account_is_deleted_and_a_script_is_not() {
    let app = TestApp::on_sqlite(&[]);
    app.make_admin("root@example.org");
    for name in ["ada", "eve", "kim"] {
        app.anonymous().register(&format!("{name}@example.org")).await;
    }
    let kept = type_to(&app, "user delete ada@example.org", &[("Type yes", "y")]);
    assert_eq!(kept.status, Some(1), "{kept:?}");
    assert!(kept.text.contains("was not deleted"), "{kept:?}");
    app.run(&["user", "show", "ada@example.org"]).json();
    let deleted = type_to(&app, "user delete ada@example.org", &[("Type yes", "yes")]);
    assert_eq!(deleted.status, Some(0), "{deleted:?}");
    let deleted = type_to(&app, "user delete eve@example.org --yes", &[]);
    assert_eq!(deleted.status, Some(0), "{deleted:?}");
    app.run(&["user", "delete", "kim@example.org"]).json();
    assert_eq!(app.run(&["user", "list"]).lines().len(), 1);
}
