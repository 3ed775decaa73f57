//! What a command says of mails that go with what it did.

use crate::cli::output::shown;
use portcullis_application::Mailing;
use std::io::{self, IsTerminal as _};

/// Says to whoever types the command who is mailed, or that nobody is: whether mail is on depends on the settings of this
/// command, not on those of a server beside it. A program that reads standard error takes what stands there for a failure.
pub(super) fn tell(mailing: Mailing, mails: &str) {
    if !io::stderr().is_terminal() {
        return;
    }
    eprintln!("portcullis: {}", shown(&said(mailing, mails)));
}

fn said(mailing: Mailing, mails: &str) -> String {
    match mailing {
        Mailing::On => format!("{mails}, by a server that runs, within 15 seconds"),
        Mailing::Inside => format!("{mails}; MAILBOX=on keeps mails inside"),
        Mailing::Off => {
            "mail is off for this command, so that nobody is mailed; if the server has mail, give this command \
                         the same settings, as a file .env does"
                .to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_mailed_is_said_or_that_nobody_is() {
        for (mailing, words) in [
            (Mailing::On, "ada is mailed, by a server"),
            (Mailing::Inside, "ada is mailed; MAILBOX=on"),
            (Mailing::Off, "nobody is mailed"),
        ] {
            assert!(said(mailing, "ada is mailed").contains(words));
        }
    }
}
