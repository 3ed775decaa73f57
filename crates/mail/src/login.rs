//! The login at the mail server, and what hides it where the mail server repeats it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use lettre::transport::smtp::authentication::Credentials;
use std::fmt;

/// What stands in the place of the login.
const HIDDEN: &str = "[hidden]";

/// A user at the mail server, with the password. Prints neither.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Login {
    user: String,
    password: String,
}

impl Login {
    pub(crate) const fn new(user: String, password: String) -> Self {
        Self { user, password }
    }

    pub(crate) fn credentials(&self) -> Credentials {
        Credentials::new(self.user.clone(), self.password.clone())
    }

    /// The text without user and password, as they are and as a login carries them (RFC 4616, section 2).
    pub(crate) fn hidden_in(&self, text: &str) -> String {
        let Self { user, password } = self;
        let plain = format!("\0{user}\0{password}");
        // Without padding, which is left where it follows.
        let carried = [plain.as_str(), password, user].map(|text| STANDARD_NO_PAD.encode(text));
        let mut words: Vec<&str> = carried
            .iter()
            .map(String::as_str)
            .chain([password.as_str(), user])
            .collect();
        // One may be a part of another.
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        hidden(text, &words)
    }
}

/// The text without those words, whichever of their ASCII letters are capital. Of two that begin at one place, the first counts.
fn hidden(text: &str, words: &[&str]) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let begins_with = |word: &&&str| {
            let begin = rest.get(..word.len());
            !word.is_empty() && begin.is_some_and(|begin| begin.eq_ignore_ascii_case(word))
        };
        let step = if let Some(word) = words.iter().find(begins_with) {
            shown.push_str(HIDDEN);
            word.len()
        } else {
            shown.push(next);
            next.len_utf8()
        };
        rest = rest.get(step..).unwrap_or_default();
    }
    shown
}

impl fmt::Debug for Login {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Login")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_that_is_repeated_is_hidden_however_it_is_written() {
        let login = Login::new("ada@example.org".to_owned(), "h\u{e4}nt er2".to_owned());
        for (said, shown) in [
            ("no such user ada@example.org.", "no such user [hidden]."),
            ("ADA@EXAMPLE.ORG/H\u{e4}NT ER2", "[hidden]/[hidden]"),
            (
                "AUTH PLAIN AGFkYUBleGFtcGxlLm9yZwBow6RudCBlcjI=",
                "AUTH PLAIN [hidden]=",
            ),
            (
                "user YWRhQGV4YW1wbGUub3Jn, password aMOkbnQgZXIy",
                "user [hidden], password [hidden]",
            ),
            ("5.7.8 not accepted \u{2013} ada", "5.7.8 not accepted \u{2013} ada"),
        ] {
            assert_eq!(login.hidden_in(said), shown);
        }
        assert_eq!(format!("{login:?}"), "Login");
    }

    #[test]
    fn a_password_within_the_user_and_the_other_way_round_are_hidden_whole() {
        let login = Login::new("ada".to_owned(), "ada99".to_owned());
        assert_eq!(
            login.hidden_in("ada ada99 adaada99"),
            "[hidden] [hidden] [hidden][hidden]"
        );
        let login = Login::new("ada99".to_owned(), "9".to_owned());
        assert_eq!(login.hidden_in("ada99 has 9"), "[hidden] has [hidden]");
    }
}
