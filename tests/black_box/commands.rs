//! Commands beside a running server, with its settings.

use crate::app::TestApp;
use crate::client::{Client, PASSWORD, Tokens};
use crate::process::command;
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    /// The result of a command that must have succeeded without a word on standard error.
    #[track_caller]
    pub(crate) fn result(&self) -> &str {
        assert_eq!((self.status, self.stderr.as_str()), (Some(0), ""), "{self:?}");
        &self.stdout
    }

    /// The result as JSON, a value a line.
    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<Value> {
        let lines = self.result().lines();
        lines.map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The result, which is one line of JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let lines = self.lines();
        assert_eq!(lines.len(), 1, "{self:?}");
        lines[0].clone()
    }

    /// What `doctor` found: a line each, which begins with its grade and its subject.
    #[track_caller]
    pub(crate) fn findings(&self) -> Vec<String> {
        let found = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            let text = |name: &str| line[name].as_str().unwrap().to_owned();
            format!("{:<4} {}: {}", text("grade"), text("subject"), text("text"))
        };
        self.stdout.lines().map(found).collect()
    }

    /// Fails the test unless the command refused: its arguments as clap does, or else with one line on standard error. It
    /// holds these texts.
    #[track_caller]
    pub(crate) fn assert_refused(&self, texts: &[&str]) {
        if self.status == Some(2) {
            assert!(self.stderr.starts_with("error: "), "{self:?}");
        } else {
            assert_eq!(self.status, Some(1), "{self:?}");
            assert_eq!(self.stderr.lines().count(), 1, "{self:?}");
            assert!(self.stderr.starts_with("portcullis: "), "{self:?}");
        }
        for text in texts {
            assert!(self.stderr.contains(text), "{text}: {self:?}");
        }
    }
}

/// Runs a command to its end, with `input` on its standard input.
pub(crate) fn run_in(folder: &Path, settings: &[(String, String)], arguments: &[&str], input: &[u8]) -> Finished {
    let settings: Vec<(&str, &str)> = settings
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let mut child = command(folder, &settings)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments does not read, and closes the pipe.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    let finished = Finished {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    for text in [&finished.stdout, &finished.stderr] {
        assert!(!text.contains("$2b$"), "a command shows a password hash: {text}");
    }
    finished
}

impl TestApp {
    /// Runs a command with the server's settings, whether it runs or not.
    pub(crate) fn run(&self, arguments: &[&str]) -> Finished {
        self.run_with(arguments, "")
    }

    /// The same with something on its standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Finished {
        run_in(self.folder(), self.settings(), arguments, input.as_bytes())
    }

    /// Makes an administrator by the command line, who has the usual password; their id.
    pub(crate) fn make_admin(&self, email: &str) -> String {
        let arguments = ["user", "create", "--email", email, "--full-name", "Grace Hopper"];
        let arguments = [&arguments[..], &["--role", "ADMIN", "--password-stdin"]].concat();
        let made = self.run_with(&arguments, PASSWORD);
        made.json()["id"].as_str().unwrap().to_owned()
    }

    /// Makes an administrator and signs them in.
    pub(crate) async fn admin(&self, email: &str) -> Admin {
        let id = self.make_admin(email);
        let tokens = Tokens::of(&self.anonymous().log_in(email, PASSWORD).await);
        Admin {
            client: self.anonymous().with_token(&tokens.access),
            tokens,
            id,
        }
    }
}

/// A signed-in administrator.
pub(crate) struct Admin {
    pub(crate) id: String,
    pub(crate) tokens: Tokens,
    pub(crate) client: Client,
}
