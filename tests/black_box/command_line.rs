//! The command line.

use crate::app::TestApp;
use crate::client::PASSWORD;
use crate::process::{binary, command, run};
use serde_json::Value;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

#[test]
fn the_command_line_explains_itself_and_refuses_what_it_does_not_know() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["--help"][..],
        &["serve", "--help"],
        &["migrate", "--help"],
        &["openapi", "--help"],
        &["help"],
        &["help", "user", "create"],
        &["completions", "bash"],
        &["completions", "zsh"],
        &["completions", "fish"],
        &["man"],
        &["settings"],
        &["settings", "--format=markdown"],
        &["--version"],
    ] {
        let output = run(folder.path(), &[], arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(!output.stdout.is_empty() && output.stderr.is_empty(), "{arguments:?}");
    }
    let later = "--since=2026-11-23T00:00:00Z";
    for arguments in [
        &["nonsense"][..],
        &["serve", "--migrate=maybe"],
        &["--port"],
        &["audit", "export", later, "--until=2026-11-22T00:00:00Z"],
        &["audit", "export", "--since=2026-11-22 00:00:00Z"],
    ] {
        let output = run(folder.path(), &[], arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stderr.starts_with(b"error: "), "{output:?}");
    }
    let document: Value = serde_json::from_slice(&run(folder.path(), &[], &["openapi"]).stdout).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
}

/// The examples of `completions --help`, in a shell that starts anew.
#[test]
fn completions_work_in_bash_as_their_help_says() {
    let folder = tempfile::tempdir().unwrap();
    let help = run(folder.path(), &[], &["completions", "--help"]);
    let help = String::from_utf8(help.stdout).unwrap();
    let lines: Vec<&str> = help.lines().filter(|line| line.contains("source <(")).collect();
    assert_eq!(lines.len(), 2, "{help}");
    let paths = std::env::join_paths([binary().parent().unwrap().to_owned(), "/usr/bin".into(), "/bin".into()]);
    let said = |script: &str| {
        let mut bash = Command::new("bash");
        bash.env_clear()
            .env("PATH", paths.as_ref().unwrap())
            .env("HOME", folder.path());
        let output = bash.args(["-c", script]).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let ask = "complete -p portcullis";
    assert!(said(&format!("{}\n{ask}", lines[0])).contains("-F _portcullis"));
    said(lines[1]);
    assert!(said(&format!("source ~/.bashrc\n{ask}")).contains("-F _portcullis"));
}

/// Runs a command whose result goes to `result`.
fn run_to(app: &TestApp, arguments: &[&str], result: Stdio) -> Output {
    let settings: Vec<(&str, &str)> = app.settings().iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let mut child = command(app.folder(), &settings)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(result)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that takes no password does not read.
    let _ = child.stdin.take().unwrap().write_all(PASSWORD.as_bytes());
    child.wait_with_output().unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_did_its_work_says_so_where_its_result_cannot_be_printed() {
    let app = TestApp::on_sqlite(&[]);
    app.anonymous().register("ada@example.org").await;
    let create = ["user", "create", "--email", "eve@example.org", "--full-name", "Eve"];
    for arguments in [
        &[&create[..], &["--password-stdin"]].concat()[..],
        &["user", "set-password", "ada@example.org", "--password-stdin"],
        &["user", "end-sessions", "ada@example.org", "--json"],
        &["user", "delete", "eve@example.org"],
        &["backup", "copy.db"],
        &["keys", "rotate", "--algorithm", "EdDSA"],
    ] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = run_to(&app, arguments, full.into());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(
            said.starts_with("portcullis: done, but the result can't be printed: No space left"),
            "{arguments:?}: {said}"
        );
    }
    assert!(app.folder().join("copy.db").exists());
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let listed = String::from_utf8(run_to(&app, &["user", "list"], full.into()).stderr).unwrap();
    assert!(
        listed.starts_with("portcullis: the result can't be printed: "),
        "{listed}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_fails_for_a_fault_also_where_nobody_reads_what_it_found() {
    let app = TestApp::on_sqlite(&[]);
    for (file, status) in [("nowhere", 0), ("portcullis.db.lock", 1)] {
        let lock = app.folder().join("data").join(file);
        let _ = std::fs::remove_file(&lock);
        std::os::unix::fs::symlink("nowhere", &lock).unwrap();
        let (unread, result) = std::io::pipe().unwrap();
        drop(unread);
        let output = run_to(&app, &["doctor"], result.into());
        assert_eq!(output.status.code(), Some(status), "{file}: {output:?}");
    }
}
