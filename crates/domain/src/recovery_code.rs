//! Recovery codes: the way back in when the authenticator app is gone. Each works once.

use crate::{Digest32, SecretText, UserId};
use sha2::{Digest as _, Sha256};
use std::fmt;
use zeroize::Zeroizing;

/// Letters and digits that nobody takes for one another: without `1`, `i`, `l` and `o`.
const ALPHABET: &[u8; 32] = b"23456789abcdefghjkmnpqrstuvwxyz0";

/// Characters of a code: 80 bits of chance.
const CHARACTERS: usize = 16;

/// Characters between two dashes.
const GROUP: usize = 4;

/// What stands in a context of its own, so that no other digest is one of a recovery code.
const CONTEXT: &[u8] = b"portcullis recovery code v1";

/// A recovery code, without its dashes. Prints nothing.
#[derive(Clone)]
pub struct RecoveryCode(Zeroizing<String>);

impl RecoveryCode {
    /// How many a user is given at once.
    pub const AT_ONCE: usize = 10;

    /// Chance that one code takes.
    pub const ENTROPY_BYTES: usize = CHARACTERS * 5 / 8;

    /// The code of that chance.
    #[must_use]
    pub fn of(random: [u8; Self::ENTROPY_BYTES]) -> Self {
        let number = random
            .iter()
            .fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
        let letters = (0..CHARACTERS).rev().map(|place| {
            let index = usize::try_from((number >> (place * 5)) & 31).unwrap_or_default();
            ALPHABET.get(index).copied().map_or('2', char::from)
        });
        Self(Zeroizing::new(letters.collect()))
    }

    /// Takes what somebody typed: letter case, white space and dashes do not count. `None` for what can be no code.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        // A code of ours is short, however widely it is spaced.
        if typed.len() > 256 {
            return None;
        }
        let mut code = Zeroizing::new(String::with_capacity(CHARACTERS));
        for character in typed.chars().filter(|character| !is_passed_over(*character)) {
            // There is no letter `o` among them.
            let letter = match character.to_ascii_lowercase() {
                'o' => '0',
                other => other,
            };
            let is_known = u8::try_from(letter).is_ok_and(|byte| ALPHABET.contains(&byte));
            if !is_known || code.len() == CHARACTERS {
                return None;
            }
            code.push(letter);
        }
        (code.len() == CHARACTERS).then_some(Self(code))
    }

    /// The code as people are shown it.
    #[must_use]
    pub fn shown(&self) -> SecretText {
        let mut text = Zeroizing::new(String::with_capacity(CHARACTERS + CHARACTERS / GROUP));
        for (place, letter) in self.0.chars().enumerate() {
            if place > 0 && place % GROUP == 0 {
                text.push('-');
            }
            text.push(letter);
        }
        text.into()
    }

    /// What is kept of it: a digest that is of no other user's code.
    #[must_use]
    pub fn digest(&self, user: UserId) -> Digest32 {
        let mut hasher = Sha256::new();
        hasher.update(CONTEXT);
        hasher.update(user.as_uuid().as_bytes());
        hasher.update(self.0.as_bytes());
        Digest32::new(hasher.finalize().into())
    }
}

/// White space, and the dashes that keyboards and mail programs put in the place of one another.
fn is_passed_over(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '-' | '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}'
        )
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("RecoveryCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn user(number: u8) -> UserId {
        UserId::new(DateTime::UNIX_EPOCH, [number; 10])
    }

    #[test]
    fn a_code_has_four_groups_of_four_that_nobody_misreads() {
        let first = RecoveryCode::of([0; 10]).shown();
        assert_eq!(first.expose(), "2222-2222-2222-2222");
        let bytes = [0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf];
        assert_eq!(RecoveryCode::of(bytes).shown().expose(), "2345-6789-abcd-efgh");
        assert_eq!(RecoveryCode::of([0xff; 10]).shown().expose(), "0000-0000-0000-0000");
    }

    #[test]
    fn a_code_is_taken_however_it_is_typed() {
        let code = RecoveryCode::of([0x5a; 10]);
        let shown = code.shown();
        let text = shown.expose();
        for typed in [
            text.to_owned(),
            text.to_uppercase(),
            text.replace('-', ""),
            text.replace('-', " "),
            text.replace('-', "\u{2013}"),
            format!("  {}\n", text.replace('-', " - ")),
        ] {
            let parsed = RecoveryCode::parse(&typed).unwrap();
            assert_eq!(parsed.digest(user(1)), code.digest(user(1)), "{typed:?}");
        }
    }

    #[test]
    fn what_can_be_no_code_is_none() {
        let long = "2".repeat(17);
        for typed in [
            "",
            "-",
            "222222222222222",
            long.as_str(),
            "222222222222222l",
            "222222222222222\u{662}",
            "2222_2222_2222_2222",
            "123456",
        ] {
            assert!(RecoveryCode::parse(typed).is_none(), "{typed:?}");
        }
        assert!(RecoveryCode::parse(&" ".repeat(300)).is_none());
    }

    #[test]
    fn a_digest_is_of_one_user_and_one_code() {
        let code = RecoveryCode::of([1; 10]);
        assert_ne!(code.digest(user(1)), code.digest(user(2)));
        assert_ne!(code.digest(user(1)), RecoveryCode::of([2; 10]).digest(user(1)));
        assert_eq!(format!("{code:?}"), "RecoveryCode(…)");
    }
}
