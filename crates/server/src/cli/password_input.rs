//! A password, from a terminal or from standard input: arguments and the environment of a program can be seen by others.

use crate::signals;
use crate::text_ends;
use anyhow::{Context as _, bail};
use clap::Args;
use portcullis_domain::password::MAX_SENT_BYTES;
use portcullis_domain::{Password, PasswordPolicy, SecretText};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use std::io::{self, IsTerminal as _, Read};
use zeroize::Zeroizing;

/// How a password comes in.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct PasswordFlags {
    /// Read the password from standard input. The line end behind it is no part of it. Without this, the command asks for it
    /// on a terminal.
    #[arg(long)]
    password_stdin: bool,
}

impl PasswordFlags {
    /// Whether somebody is asked for it.
    pub(super) fn is_typed() -> bool {
        io::stdin().is_terminal()
    }

    /// Reads a password: typed twice at a terminal, which does not show it, or else from standard input to its end.
    pub(super) fn read(self, policy: PasswordPolicy) -> anyhow::Result<Password> {
        let input = io::stdin();
        if input.is_terminal() {
            typed(policy)
        } else if self.password_stdin {
            read_from(input.lock(), policy)
        } else {
            bail!(
                "there is no terminal to ask for the password; write it to standard input and add --password-stdin, as \
                 in: printf %s \"$PASSWORD\" | portcullis user … --password-stdin"
            )
        }
    }
}

fn typed(policy: PasswordPolicy) -> anyhow::Result<Password> {
    const UNREAD: &str = "the password can't be read from the terminal";
    show_again_at_the_end().context(UNREAD)?;
    let first = Zeroizing::new(rpassword::prompt_password("Password, which is not shown: ").context(UNREAD)?);
    let password = parsed(&first, policy).context("the password is refused; choose another one")?;
    let second = Zeroizing::new(rpassword::prompt_password("The same again: ").context(UNREAD)?);
    if *first != *second {
        bail!("the two passwords are not the same; nothing was changed");
    }
    Ok(password)
}

/// A signal ends the program before it is told to show again what is typed, and not every shell does it.
fn show_again_at_the_end() -> io::Result<()> {
    let as_it_was = tcgetattr(io::stdin())?;
    signals::end_after(move || {
        if let Err(error) = tcsetattr(io::stdin(), OptionalActions::Now, &as_it_was) {
            tracing::warn!(%error, "the terminal can't be set back; type: stty echo");
        }
        eprintln!();
    })
}

/// For a byte order mark and some line ends, and for what shows that there is more than any password holds.
const ROOM: usize = 64;

fn read_from(input: impl Read, policy: PasswordPolicy) -> anyhow::Result<Password> {
    let most = MAX_SENT_BYTES + ROOM;
    let mut bytes = Zeroizing::new(Vec::with_capacity(most));
    input
        .take(u64::try_from(most)?)
        .read_to_end(&mut bytes)
        .context("the password can't be read from standard input")?;
    if bytes.is_empty() {
        bail!("standard input is empty; write the password to it, as in: printf %s \"$PASSWORD\" | portcullis user …");
    }
    let text = std::str::from_utf8(&bytes).ok().context("the password is not UTF-8")?;
    let password = text_ends::trimmed(text);
    if text_ends::has_lines(password) {
        bail!("there is more than one line on standard input; write the password alone");
    }
    parsed(password, policy).context("the password on standard input is refused; choose another one")
}

fn parsed(text: &str, policy: PasswordPolicy) -> anyhow::Result<Password> {
    Ok(Password::parse(SecretText::new(text.to_owned()), policy)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &[u8]) -> anyhow::Result<String> {
        let password = read_from(input, PasswordPolicy::default())?;
        Ok(password.expose().to_owned())
    }

    #[test]
    fn what_an_editor_puts_at_the_ends_is_dropped() {
        for (input, password) in [
            ("correct horse", "correct horse"),
            ("correct horse\n", "correct horse"),
            ("correct horse\r\n", "correct horse"),
            ("correct horse\n\n", "correct horse"),
            ("\u{feff}correct horse\r\n\r\n", "correct horse"),
            (" correct horse \n", " correct horse "),
            ("zoe\u{308} zoe\u{308} zoe\u{308}", "zo\u{eb} zo\u{eb} zo\u{eb}"),
            (&"\u{1112}\u{1161}\u{11ab}".repeat(128), &"\u{d55c}".repeat(128)),
        ] {
            assert_eq!(read(input.as_bytes()).unwrap(), password, "{input:?}");
        }
    }

    #[test]
    fn what_is_no_password_is_refused_and_not_shown() {
        let long = "x".repeat(1_000_000);
        for (input, reason) in [
            (&b""[..], "standard input is empty"),
            (b"\n", "at least 8 characters"),
            (b"hunter2\n", "at least 8 characters"),
            (b"correct\0horse", "NUL"),
            (b"correct\xffhorse", "not UTF-8"),
            (long.as_bytes(), "at most 128 characters"),
            (b"correct horse\nhunter2\n", "more than one line"),
            (b"\ncorrect horse\n", "more than one line"),
        ] {
            let line = format!("{:#}", read(input).unwrap_err());
            assert!(line.contains(reason), "{line}");
            assert!(!line.contains("hunter2") && !line.contains("horse"), "{line}");
        }
    }
}
