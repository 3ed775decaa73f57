//! The lines for a first session work when they are pasted into a shell.

use crate::app::TestApp;
use crate::on_both_databases;
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

on_both_databases!(
    with &[("LOG_FORMAT", "pretty")];
    the_lines_of_the_greeting_work_and_come_at_the_first_start_alone,
);

on_both_databases!(the_session_of_the_readme_works, the_session_of_the_quick_start_works,);

/// Pastes lines into `bash`. Gives the JSON documents that they print.
fn paste(folder: &Path, lines: &str) -> Vec<Value> {
    let mut bash = Command::new("bash")
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    bash.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = bash.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    serde_json::Deserializer::from_slice(&output.stdout)
        .into_iter()
        .collect::<Result<_, _>>()
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stdout)))
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
    assert_eq!(registered["email"], "ada@example.org", "{printed:?}");
    assert_eq!(me, registered);
    app.restart(&[]);
    assert!(!app.logs().contains("curl "), "{}", app.logs());
}

/// The shell blocks of a page that make calls, in one piece and to the server under test.
fn session_of(page: &str, app: &TestApp) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(page);
    let text = std::fs::read_to_string(path).unwrap();
    let session: String = text
        .split("```sh\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap())
        .filter(|block| block.contains("curl "))
        .collect();
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
    let printed = paste(app.folder(), &session_of("README.md", &app));
    let [registered, me, signed_out] = printed.as_slice() else {
        panic!("{printed:?}");
    };
    assert_eq!(registered["email"], "grace@example.org", "{printed:?}");
    assert_eq!(me, registered);
    assert_eq!(signed_out["status"], 401, "{printed:?}");
}

async fn the_session_of_the_quick_start_works(app: TestApp) {
    let printed = paste(app.folder(), &session_of("docs/quick-start.md", &app));
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
