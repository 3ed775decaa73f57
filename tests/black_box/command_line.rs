//! The command line.

use crate::process::{binary, run};
use serde_json::Value;
use std::process::Command;

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
    for arguments in [&["nonsense"][..], &["serve", "--migrate=maybe"], &["--port"]] {
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
