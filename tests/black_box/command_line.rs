//! The command line.

use crate::process::run;
use serde_json::Value;

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
