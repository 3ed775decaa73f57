//! What is said of arguments that can't be understood.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::error::Error as _;
use std::ffi::OsString;

/// One line that says what is wrong with the arguments, and where to read on. It shows no argument that may be a
/// password which somebody put where none belongs.
pub(super) fn line(error: &clap::Error, arguments: &[OsString]) -> String {
    let argument = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    // What begins with a dash is an option, but after `--`.
    let has_options_alone = !arguments.iter().any(|argument| argument == "--");
    let is_option = |argument: Option<&str>| has_options_alone && argument.is_some_and(|text| text.starts_with('-'));
    let text = match (error.kind(), argument, error.source()) {
        (ErrorKind::UnknownArgument, argument, _) if !is_option(argument) => {
            format!("there is one argument too many{}", advice(error))
        }
        (ErrorKind::TooManyValues, argument, _) => format!("{} takes no value", argument.unwrap_or("an option")),
        (ErrorKind::ValueValidation, Some(argument), Some(problem)) if argument.ends_with("<EMAIL>") => {
            format!("{argument}: {problem}")
        }
        _ => first_paragraph(&error.to_string()),
    };
    format!("{}; see portcullis --help", text.trim_start_matches("error: "))
}

/// Where a password belongs, of a command that takes one: its usage says so.
fn advice(error: &clap::Error) -> &'static str {
    match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) if usage.to_string().contains("--password-stdin") => {
            "; a password is read with --password-stdin"
        }
        _ => "",
    }
}

fn first_paragraph(message: &str) -> String {
    let lines = message.lines().map(str::trim).take_while(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use crate::cli::Arguments;
    use clap::Parser as _;
    use std::ffi::OsString;

    fn line(arguments: &[&str]) -> String {
        let arguments = std::iter::once(&"portcullis").chain(arguments);
        let arguments: Vec<OsString> = arguments.map(OsString::from).collect();
        super::line(&Arguments::try_parse_from(&arguments).unwrap_err(), &arguments)
    }

    #[test]
    fn a_usage_error_becomes_one_line_that_names_the_argument() {
        for (arguments, named) in [
            (&["serve", "--migrate=maybe"][..], &["maybe", "--migrate"][..]),
            (&["nonsense"], &["nonsense"]),
            (&["--port"], &["--port"]),
            (&["user"], &["subcommand"]),
            (
                &["user", "set-role", "ada@example.org", "ROOT"],
                &["ROOT", "USER or ADMIN"],
            ),
            (&["user", "disable", "nobody"], &["<EMAIL>: an email address has an @"]),
            (&["user", "set-password", "ada@example.org"], &["--password-stdin"]),
            (
                &["user", "create", "--email", "ada@example.org"],
                &["--full-name", "--password-stdin"],
            ),
            (&["keys", "rotate", "--algorithm", "HS512"], &["HS512", "EdDSA"]),
            (
                &["audit", "verify", "--expect-head", "7"],
                &["--expect-head", "NUMBER:HASH"],
            ),
        ] {
            let line = line(arguments);
            assert!(named.iter().all(|text| line.contains(text)), "{line}");
            assert!(
                line.ends_with("; see portcullis --help") && !line.contains('\n'),
                "{line}"
            );
        }
    }

    #[test]
    fn a_password_in_a_wrong_place_is_not_shown() {
        for arguments in [
            &["user", "set-password", "ada@example.org", "hunter2", "--password-stdin"][..],
            &["user", "set-password", "ada@example.org", "--password-stdin=hunter2"],
            &["user", "set-password", "ada@example.org", "--password=hunter2"],
            &["user", "set-password", "ada@example.org", "--password", "hunter2"],
            &["user", "set-password", "ada@example.org", "--password-stdin", "hunter2"],
            &["user", "set-password", "ada@example.org", "--", "-hunter2"],
            &["user", "set-password", "ada@example.org", "--", "--hunter2"],
            &[
                "user",
                "set-password",
                "--password-stdin",
                "--",
                "ada@example.org",
                "-hunter2",
            ],
            &["user", "create", "--", "-hunter2"],
            &["user", "set-password", "hunter2", "--password-stdin"],
            &["user", "set-password", "--password-stdin", "hunter2"],
            &[
                "user",
                "create",
                "--email",
                "hunter2",
                "--full-name",
                "Ada",
                "--password-stdin",
            ],
            &["user", "create", "--email=hunter2"],
            &["user", "create", "hunter2"],
            &["user", "disable", "hunter2"],
        ] {
            let line = line(arguments);
            assert!(!line.contains("hunter2"), "{line}");
        }
    }

    #[test]
    fn where_a_password_belongs_is_said_of_commands_that_take_one() {
        let says = |arguments: &[&str]| line(arguments).contains("a password is read with --password-stdin");
        for arguments in [
            &["user", "set-password", "ada@example.org", "hunter2"][..],
            &["user", "set-password", "ada@example.org", "--password-stdin", "hunter2"],
            &["user", "create", "hunter2"],
        ] {
            assert!(says(arguments), "{arguments:?}");
        }
        for arguments in [
            &["doctor", "x"][..],
            &["openapi", "3.0"],
            &["audit", "export", "file"],
            &["user", "list", "x"],
            &["user", "disable", "ada@example.org", "x"],
            &["user", "disable", "nobody"],
        ] {
            assert!(!says(arguments), "{arguments:?}");
        }
    }
}
