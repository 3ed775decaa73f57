//! What is said of arguments that can't be understood.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::ffi::OsString;
use std::process::ExitCode;

/// Prints help, or what is wrong, as clap words it; the exit status that goes with it.
pub(super) fn tell(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    match hidden(error, arguments) {
        Some(text) => eprintln!("{text}"),
        // Nothing can be said where nobody reads.
        None => drop(error.print()),
    }
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// What is said where clap would show an argument that may be a password which somebody put where none belongs.
fn hidden(error: &clap::Error, arguments: &[OsString]) -> Option<String> {
    let argument = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    // What begins with a dash is an option, but after `--`.
    let has_options_alone = !arguments.iter().any(|argument| argument == "--");
    let is_option = |argument: Option<&str>| has_options_alone && argument.is_some_and(|text| text.starts_with('-'));
    let text = match (error.kind(), argument) {
        (ErrorKind::UnknownArgument, argument) if !is_option(argument) => {
            format!("there is one argument too many{}", advice(error))
        }
        (ErrorKind::TooManyValues, argument) => format!("{} takes no value", argument.unwrap_or("an option")),
        (ErrorKind::ValueValidation, Some(argument)) if argument.ends_with("EMAIL>") => {
            let problem = std::error::Error::source(error).map(ToString::to_string);
            format!("{argument}: {}", problem.unwrap_or_default())
        }
        _ => return None,
    };
    Some(format!("error: {text}\n\nFor more information, try '--help'."))
}

/// Where a password belongs, of the commands that take one.
fn advice(error: &clap::Error) -> &'static str {
    const WITH_PASSWORD: [&str; 2] = ["user create", "user set-password"];
    match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage))
            if WITH_PASSWORD.iter().any(|command| usage.to_string().contains(command)) =>
        {
            "; a password is asked for on a terminal, and read with --password-stdin elsewhere"
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::parse;
    use std::ffi::OsString;

    fn told(arguments: &[&str]) -> String {
        let arguments = std::iter::once(&"portcullis").chain(arguments);
        let arguments: Vec<OsString> = arguments.map(OsString::from).collect();
        let error = parse(&arguments).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        super::hidden(&error, &arguments).unwrap_or_else(|| error.to_string())
    }

    #[test]
    fn an_error_names_the_argument() {
        for (arguments, named) in [
            (&["serve", "--migrate=maybe"][..], &["maybe", "--migrate"][..]),
            (&["nonsense"], &["nonsense"]),
            (&["--prot", "1"], &["--prot", "--port"]),
            (
                &["user", "set-role", "ada@example.org", "ROOT"],
                &["ROOT", "USER or ADMIN"],
            ),
            (&["user", "disable", "nobody"], &["<EMAIL>: an email address has an @"]),
            (&["user", "create", "--email", "ada@example.org"], &["--full-name"]),
            (&["keys", "rotate", "--algorithm", "HS512"], &["HS512", "EdDSA"]),
            (
                &["mail", "preview", "nonsense"],
                &["nonsense", "possible values", "verify_email"],
            ),
            (&["mail", "list", "--state", "lost"], &["lost", "waiting, sent, failed"]),
            (&["mail", "show", "1"], &["no id of a mail", "portcullis mail list"]),
            (
                &["audit", "verify", "--expect-head", "7"],
                &["--expect-head", "NUMBER:HASH"],
            ),
            (
                &["audit", "export", "--since", "monday"],
                &["--since", "2026-11-22T09:30:00Z"],
            ),
        ] {
            let text = told(arguments);
            assert!(text.starts_with("error: "), "{text}");
            assert!(named.iter().all(|part| text.contains(part)), "{text}");
        }
    }

    #[test]
    fn a_role_may_be_typed_in_any_letter_case() {
        for role in ["ADMIN", "admin", "Admin", "user"] {
            for arguments in [
                &["user", "set-role", "ada@example.org", role][..],
                &["user", "list", "--role", role],
                &[
                    "user",
                    "create",
                    "--email",
                    "ada@example.org",
                    "--full-name",
                    "Ada",
                    "--role",
                    role,
                ],
            ] {
                let all = ["portcullis"].iter().chain(arguments).map(OsString::from);
                assert!(parse(&all.collect::<Vec<_>>()).is_ok(), "{arguments:?}");
            }
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
            let line = told(arguments);
            assert!(!line.contains("hunter2"), "{line}");
        }
    }

    #[test]
    fn where_a_password_belongs_is_said_of_commands_that_take_one() {
        let says = |arguments: &[&str]| told(arguments).contains("read with --password-stdin");
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
