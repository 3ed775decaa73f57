//! Passwords: the rules for a new one, the one that somebody presents, and the hash that is kept.

use crate::secret::SecretText;
use std::fmt;
use unicode_normalization::{UnicodeNormalization as _, is_nfc};
use zeroize::Zeroizing;

/// The most characters (code points) of a password.
pub const MAX_CHARACTERS: usize = 128;
/// The most bytes of a password in UTF-8: every one of [`MAX_CHARACTERS`] may take four.
pub const MAX_BYTES: usize = 512;
/// The most bytes of a password as it is sent: in other forms than NFC no text takes more than three times as many.
pub const MAX_SENT_BYTES: usize = 3 * MAX_BYTES;
/// The least length that any policy may ask for (NIST SP 800-63B).
pub const LEAST_MIN_CHARACTERS: usize = 8;

/// What a new password must meet. There are no rules of composition (NIST SP 800-63B).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordPolicy {
    min_characters: usize,
}

/// A minimum length outside 8 to 128.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the minimum length of a password is {LEAST_MIN_CHARACTERS} to {MAX_CHARACTERS} characters")]
pub struct MinLengthOutOfRange;

impl PasswordPolicy {
    /// A policy that asks for `min_characters` code points or more.
    ///
    /// # Errors
    /// [`MinLengthOutOfRange`] below 8 and above 128.
    pub fn new(min_characters: usize) -> Result<Self, MinLengthOutOfRange> {
        if (LEAST_MIN_CHARACTERS..=MAX_CHARACTERS).contains(&min_characters) {
            Ok(Self { min_characters })
        } else {
            Err(MinLengthOutOfRange)
        }
    }

    /// The least number of code points.
    #[must_use]
    pub const fn min_characters(self) -> usize {
        self.min_characters
    }
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            min_characters: LEAST_MIN_CHARACTERS,
        }
    }
}

/// A password that may be set: it met the policy. It is in Unicode's NFC and otherwise exactly as it was sent.
#[derive(Debug, Clone)]
pub struct Password(SecretText);

/// Why a text can't be set as a password. Says nothing of the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer code points than the policy asks for.
    #[error("a password has at least {0} characters")]
    TooShort(usize),
    /// More than 128 code points or 512 bytes.
    #[error("a password has at most {MAX_CHARACTERS} characters")]
    TooLong,
    /// A NUL character: other implementations of bcrypt end there, so it would weaken the password when moved.
    #[error("a password has no NUL character")]
    Nul,
}

impl Password {
    /// Checks a text against the policy, once it is in NFC.
    ///
    /// # Errors
    /// The first of [`PasswordError`] that holds.
    pub fn parse(text: SecretText, policy: PasswordPolicy) -> Result<Self, PasswordError> {
        if text.expose().len() > MAX_SENT_BYTES {
            return Err(PasswordError::TooLong);
        }
        let text = composed(text);
        let characters = text.expose().chars().count();
        if characters < policy.min_characters {
            return Err(PasswordError::TooShort(policy.min_characters));
        }
        if characters > MAX_CHARACTERS || text.expose().len() > MAX_BYTES {
            return Err(PasswordError::TooLong);
        }
        if text.expose().contains('\0') {
            return Err(PasswordError::Nul);
        }
        Ok(Self(text))
    }

    /// The text, for the hasher alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// The same text in NFC, and in nothing else (RFC 8265, section 4.2.2): two systems that put the letters of one password
/// together otherwise send the same. The text must be bounded: this takes as long as the text is.
fn composed(text: SecretText) -> SecretText {
    if is_nfc(text.expose()) {
        return text;
    }
    // Room for the longest outcome: a text that grows leaves copies of itself behind.
    let mut composed = Zeroizing::new(String::with_capacity(3 * text.expose().len()));
    composed.extend(text.expose().nfc());
    SecretText::from(composed)
}

/// A text that somebody offers as their password, in NFC. It may be anything: an old policy may have allowed what the
/// present one refuses, and a text that never could be a password is simply the wrong one.
#[derive(Debug, Clone)]
pub struct PresentedPassword(SecretText);

impl PresentedPassword {
    /// Takes the text. One that is too large for any password stays as it was sent.
    #[must_use]
    pub fn new(text: SecretText) -> Self {
        if text.expose().len() > MAX_SENT_BYTES {
            Self(text)
        } else {
            Self(composed(text))
        }
    }

    /// The text, if it can be anybody's password at all. `None` keeps oversized texts away from the hasher.
    #[must_use]
    pub fn possible(&self) -> Option<&str> {
        let text = self.0.expose();
        (!text.is_empty() && text.len() <= MAX_BYTES && !text.contains('\0')).then_some(text)
    }

    /// The same text as a password to hash again. Only for one that was just verified: it is accepted whatever
    /// the policy asks of new passwords today.
    #[must_use]
    pub fn into_verified(self) -> Password {
        Password(self.0)
    }
}

/// A password as it is kept: the text of its hash, with algorithm, cost and salt. Prints nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes a hash as the hasher wrote it or the store kept it; only the hasher judges what it says.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text of the hash, for the hasher and the store alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presented(text: &str) -> PresentedPassword {
        PresentedPassword::new(SecretText::new(text.to_owned()))
    }

    fn parse(text: &str) -> Result<Password, PasswordError> {
        Password::parse(SecretText::new(text.to_owned()), PasswordPolicy::default())
    }

    #[test]
    fn a_password_of_any_script_is_taken_as_it_is() {
        for text in [
            "12345678",
            " pass word 1 ",
            &"\u{1f600}".repeat(64),
            &"\u{1f600}".repeat(128),
            "비밀번호여덟글자",
        ] {
            assert_eq!(parse(text).unwrap().expose(), text);
        }
    }

    #[test]
    fn lengths_count_characters_not_bytes() {
        assert_eq!(parse("비밀번호일곱자").unwrap_err(), PasswordError::TooShort(8));
        assert_eq!(parse("1234567").unwrap_err(), PasswordError::TooShort(8));
        assert_eq!(parse(&"a".repeat(129)).unwrap_err(), PasswordError::TooLong);
        assert!(parse(&"a".repeat(128)).is_ok());
    }

    #[test]
    fn a_nul_is_refused() {
        assert_eq!(parse("abc\0defgh").unwrap_err(), PasswordError::Nul);
    }

    #[test]
    fn a_policy_may_ask_for_more_but_never_for_less_than_eight() {
        assert_eq!(PasswordPolicy::new(7), Err(MinLengthOutOfRange));
        assert_eq!(PasswordPolicy::new(129), Err(MinLengthOutOfRange));
        let strict = PasswordPolicy::new(15).unwrap();
        let fourteen = SecretText::new("a".repeat(14));
        assert_eq!(
            Password::parse(fourteen, strict).unwrap_err(),
            PasswordError::TooShort(15)
        );
    }

    #[test]
    fn texts_that_can_be_nobodys_password_never_reach_the_hasher() {
        for text in ["", "abc\0", &"a".repeat(513)] {
            assert_eq!(presented(text).possible(), None);
        }
        assert_eq!(presented("short").possible(), Some("short"));
    }

    #[test]
    fn a_password_is_the_same_however_its_letters_are_put_together() {
        for (sent, kept) in [
            ("zoe\u{308} zoe\u{308} zo\u{eb}", "zo\u{eb} zo\u{eb} zo\u{eb}"),
            ("\u{212b}ngstrom", "\u{c5}ngstrom"),
            (
                &"\u{1107}\u{1175}\u{1106}\u{1175}\u{11af}".repeat(4),
                &"\u{be44}\u{bc00}".repeat(4),
            ),
        ] {
            assert_eq!(parse(sent).unwrap().expose(), kept);
            assert_eq!(presented(sent).possible(), Some(kept));
        }
        // Neither letter case nor width nor space.
        for text in [" \u{ff21}da  Lovelace ", "stra\u{df}e \u{fb01}", "\u{200b}password"] {
            assert_eq!(parse(text).unwrap().expose(), text);
            assert_eq!(presented(text).possible(), Some(text));
        }
    }

    #[test]
    fn lengths_count_what_is_put_together() {
        // Seven letters, written as fourteen characters.
        assert_eq!(parse(&"e\u{308}".repeat(7)).unwrap_err(), PasswordError::TooShort(8));
        // Four characters, each of which NFC writes as two.
        assert!(parse(&"\u{958}".repeat(4)).is_ok());
        assert_eq!(parse(&"\u{958}".repeat(65)).unwrap_err(), PasswordError::TooLong);
        assert!(parse(&"e\u{308}".repeat(128)).is_ok());
    }

    #[test]
    fn whatever_may_be_set_signs_in_however_it_is_sent() {
        for kept in ["\u{ac01}", "\u{1f82}", "\u{390}", "\u{16d69}", "K", "`"] {
            let kept = kept.repeat(128);
            let sent: String = kept.nfd().map(singleton).collect();
            assert_eq!(parse(&sent).map(|_| ()), parse(&kept).map(|_| ()), "{kept}");
            assert_eq!(presented(&sent).possible(), presented(&kept).possible(), "{kept}");
        }
    }

    /// The longest way to write a character.
    fn singleton(character: char) -> char {
        match character {
            'K' => '\u{212a}',
            '`' => '\u{1fef}',
            other => other,
        }
    }

    #[test]
    fn an_oversized_text_is_refused_before_it_is_put_together() {
        let text = "e\u{308}".repeat(100_000);
        assert_eq!(parse(&text).unwrap_err(), PasswordError::TooLong);
        let presented = presented(&text);
        assert_eq!(presented.possible(), None);
        assert!(presented.0.expose() == text, "it was put together");
    }

    #[test]
    fn nothing_of_a_password_or_its_hash_is_printed() {
        let password = parse("correct horse").unwrap();
        let hash = PasswordHash::new("$2b$12$abc".to_owned());
        let presented = presented("correct horse");
        let printed = format!("{password:?} {hash:?} {presented:?}");
        assert!(!printed.contains("horse") && !printed.contains("2b"), "{printed}");
    }
}
