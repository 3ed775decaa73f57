//! What is said of arguments that can't be understood.

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// One line that says what is wrong with the arguments, and where to read on. It shows no argument that may be a
/// password which somebody put where none belongs.
pub(super) fn line(error: &clap::Error) -> String {
    let text = match error.kind() {
        ErrorKind::UnknownArgument if is_bare(error.get(ContextKind::InvalidArg)) => {
            "there is one argument too many; a password is read with --password-stdin".to_owned()
        }
        ErrorKind::TooManyValues => match error.get(ContextKind::InvalidArg) {
            Some(ContextValue::String(option)) => format!("{option} takes no value"),
            _ => "an option takes no value".to_owned(),
        },
        _ => first_paragraph(&error.to_string()),
    };
    format!("{}; see portcullis --help", text.trim_start_matches("error: "))
}

/// Whether it is a value rather than an option.
fn is_bare(argument: Option<&ContextValue>) -> bool {
    match argument {
        Some(ContextValue::String(text)) => !text.starts_with('-'),
        _ => true,
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

    fn line(arguments: &[&str]) -> String {
        let arguments = std::iter::once(&"portcullis").chain(arguments);
        super::line(&Arguments::try_parse_from(arguments).unwrap_err())
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
            (&["user", "disable", "nobody"], &["nobody", "not an email address"]),
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
        ] {
            let line = line(arguments);
            assert!(!line.contains("hunter2"), "{line}");
        }
    }
}
