//! `SECRET_KEY`: what it must be, and a new one.

mod samples;

pub use samples::is_secret_command;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_application::ports::Entropy;
use portcullis_domain::SecretText;
use std::fmt;
use zeroize::Zeroizing;

/// The least length of a key: as long as the digest of HS256 (RFC 7518, section 3.2).
const MIN_BYTES: usize = 32;
/// How long a word is, in characters, that is no key when it is repeated.
const LONGEST_WORD: usize = 12;
/// Chance in a key that we make; 64 characters of base64url.
const GENERATED_BYTES: usize = 48;

/// `SECRET_KEY`: its UTF-8 bytes are the key. Prints nothing, wiped on drop.
#[derive(Clone)]
pub struct SecretKey(SecretText);

/// Why a text is no key. Says nothing of the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretKeyError {
    /// A shell command that would make a key: anybody can guess it.
    #[error("this is a command, not its output")]
    Command,
    /// Fewer than 32 bytes.
    #[error("a secret key has at least {MIN_BYTES} bytes")]
    TooShort,
    /// White space alone.
    #[error("a secret key is not blank")]
    Blank,
    /// A value from somebody's documentation: it can be guessed.
    #[error("this is a sample, not a secret key")]
    Sample,
    /// A character or a short word over and over.
    #[error("a secret key is more than one character or one short word over and over")]
    Repeated,
}

impl SecretKey {
    /// Takes a text as a key.
    ///
    /// # Errors
    /// The first of [`SecretKeyError`] that holds.
    pub fn parse(text: SecretText) -> Result<Self, SecretKeyError> {
        if is_secret_command(text.expose()) {
            Err(SecretKeyError::Command)
        } else if text.expose().len() < MIN_BYTES {
            Err(SecretKeyError::TooShort)
        } else if text.expose().trim().is_empty() {
            Err(SecretKeyError::Blank)
        } else if samples::is_sample(text.expose()) {
            Err(SecretKeyError::Sample)
        } else if is_repeated(text.expose()) {
            Err(SecretKeyError::Repeated)
        } else {
            Ok(Self(text))
        }
    }

    /// The text of a new key: 64 URL-safe characters of 48 random bytes.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> SecretText {
        let mut bytes = Zeroizing::new([0; GENERATED_BYTES]);
        entropy.fill(&mut *bytes);
        SecretText::new(URL_SAFE_NO_PAD.encode(*bytes))
    }

    pub(crate) fn expose(&self) -> &[u8] {
        self.0.expose().as_bytes()
    }
}

/// Whether it is a word of at most [`LONGEST_WORD`] characters over and over, the last time perhaps cut.
fn is_repeated(text: &str) -> bool {
    let characters: Zeroizing<Vec<char>> = Zeroizing::new(text.chars().collect());
    let longest = LONGEST_WORD.min(characters.len() / 2);
    (1..=longest).any(|word| characters.iter().zip(characters.iter().skip(word)).all(|(a, b)| a == b))
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SecretKey(…)")
    }
}

/// The keys of one server.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Signs, and is accepted.
    pub current: SecretKey,
    /// Is accepted still, for tokens from before the change of key.
    pub previous: Option<SecretKey>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OsEntropy;

    fn parse(text: &str) -> Result<SecretKey, SecretKeyError> {
        SecretKey::parse(SecretText::new(text.to_owned()))
    }

    #[test]
    fn a_key_of_32_bytes_is_taken_as_it_is() {
        let key = parse("x7Kq2mPz9RtWv4YbN6cJ8fLs3hDg5eUé").unwrap();
        assert_eq!(key.expose(), "x7Kq2mPz9RtWv4YbN6cJ8fLs3hDg5eUé".as_bytes());
        assert_eq!(
            parse("x7Kq2mPz9RtWv4YbN6cJ8fLs3hDg5eU").unwrap_err(),
            SecretKeyError::TooShort
        );
    }

    #[test]
    fn samples_are_refused_however_they_are_written() {
        for text in [
            "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
            "09D25E094FAA6CA2556C818166B7A9563B93F7099F6F0F4CAA6CF63B88E8D3E7",
            " 09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7\n",
            "your-secret-key-change-in-production",
            "YOUR_SECRET_KEY_CHANGE_IN_PRODUCTION_2024",
            "your super secret key, please keep it",
            "change-me-to-a-long-random-string",
            "<replace with 32 or more random bytes>",
            "please-change-this-key-at-least-32-bytes",
            "<the SECRET_KEY before the present one>",
            "[put your own key of 32 bytes in here]",
            "secret-secret-secret-secret-secret",
            "my-super-secret-key-for-jwt-tokens",
            "my_secret_key_my_secret_key_my_secret",
            "SuperSecretKeyThatNobodyKnows1234567",
            "\"your-secret-key-change-in-production\"",
            "======================BezKoder=Spring===========================",
            "ayM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
            "this is a secret that nobody will ever guess",
            "<the key that was set before the key>",
            "insert-a-long-random-string-here-please",
            "thisisaverysecretkeyforjsonwebtokens",
            "9a4f2c8d3b7a1e6f45c8a0b3f267d8b1d4e6f3c8a9d2b5f8e3a9c8b5f6v8a3d9",
            "3cfa76ef14937c1c0ea519f8fc057a80fcd04a7420f8e8bcd0a7567c272e007b",
        ] {
            assert_eq!(parse(text).unwrap_err(), SecretKeyError::Sample, "{text}");
        }
    }

    #[test]
    fn what_holds_nothing_is_refused() {
        for text in [" ".repeat(40), "\t \n".repeat(20), "\u{a0}".repeat(40)] {
            assert_eq!(parse(&text).unwrap_err(), SecretKeyError::Blank, "{text:?}");
        }
        for text in [
            "x".repeat(40),
            "0".repeat(64),
            "가".repeat(11),
            "\u{200b}".repeat(40),
            "*".repeat(32),
            "changeme".repeat(5),
            "correct-hors".repeat(3),
            "hunter2hunter2hunter2hunter2hunter2hunt".to_owned(),
        ] {
            assert_eq!(parse(&text).unwrap_err(), SecretKeyError::Repeated, "{text:?}");
        }
        // Whoever wants to may have such a key: no length or mixture says what can be guessed.
        assert!(parse(&format!("{}y", "x".repeat(40))).is_ok());
    }

    #[test]
    fn a_key_that_holds_a_part_of_a_sample_is_taken() {
        for text in [
            "mysecretary8f7f3a1c9e5b2d4f6a8c0e1b",
            "secretkey-Zm9vYmFyYmF6cXV4cXV1eGNvcmdl",
            "verysecretive+8f7f3a1c9e5b2d4f6a8c0e1b",
            "8f7f3a1c9e5b2d4f6a8c0e1bChangeMe8f7f3a1c",
            "your-secret-key-change-in-production-8f7f3a1c9e5b2d4f",
            "(a phrase of six words in parentheses)",
            "<a phrase of six words between angles>",
            "[a phrase of six words, in brackets ]",
            "$(8F7f3a1c 9e5b2d4f6a8c0e1b8f7f3a1c)",
            "$(head -c 48 /dev/urandom of old)8f7f",
            "`f7f3a1c89e5b2d4f6a8c0e1b8f7f3a1c9e`",
        ] {
            assert!(parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_command_that_was_not_run_is_refused() {
        for text in [
            "$(openssl rand -base64 48)",
            "(openssl rand -base64 48) and some more of it",
            "`OpenSSL  rand -hex 48`",
            " $(head -c 48 /dev/urandom | base64)",
            "(head -c 48 /dev/urandom | base64)",
            "`head -c 48 /dev/urandom | base64`",
            "$(cat /run/secrets/key)",
            "$(/usr/bin/pass show portcullis)",
            "$(uuidgen)",
        ] {
            assert_eq!(parse(text).unwrap_err(), SecretKeyError::Command, "{text}");
        }
    }

    #[test]
    fn a_new_key_is_a_good_one_and_another_each_time() {
        let keys: Vec<SecretText> = (0..200).map(|_| SecretKey::generate(&OsEntropy)).collect();
        for key in &keys {
            assert_eq!(key.expose().len(), 64);
            assert!(
                key.expose()
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            );
            assert!(SecretKey::parse(key.clone()).is_ok());
        }
        assert_ne!(keys[0].expose(), keys[1].expose());
    }

    #[test]
    fn nothing_of_a_key_is_printed() {
        let current = parse("x7Kq2mPz9RtWv4YbN6cJ8fLs3hDg5eUw").unwrap();
        let keys = Keys {
            previous: Some(current.clone()),
            current,
        };
        let printed = format!("{keys:?}");
        assert!(!printed.contains("x7Kq") && !printed.contains("120"), "{printed}");
    }
}
