//! What a user is called.

use crate::visibility::{changes_other_text, counts, stands_by_itself};
use unicode_normalization::UnicodeNormalization;

const MIN_CHARACTERS: usize = 2;
/// The most characters (code points) of a name.
pub const MAX_CHARACTERS: usize = 100;

/// A person's name in any script: trimmed of blanks and of what a copy brings along, in Unicode's NFC, at most 100
/// characters, of which 2 or more count and one or more can be seen by itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FullName(String);

/// Why a text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FullNameError {
    /// Fewer than 2 characters, of which those don't count that nobody can see.
    #[error("a full name has at least {MIN_CHARACTERS} characters that can be seen")]
    TooShort,
    /// More than 100 characters.
    #[error("a full name has at most {MAX_CHARACTERS} characters")]
    TooLong,
    /// Control characters, line ends, or marks that turn the direction of text.
    #[error("a full name has no control characters, and no marks that turn the direction of text")]
    ControlCharacter,
    /// Nothing but spaces, fillers, joiners and marks without a letter to stand on.
    #[error("a full name has a letter, a number or another character that can be seen by itself")]
    Invisible,
}

impl FullName {
    /// Parses and normalizes.
    ///
    /// # Errors
    /// The first of [`FullNameError`] that holds.
    pub fn parse(text: &str) -> Result<Self, FullNameError> {
        let name = composed(text.trim_matches(is_trimmed));
        let characters = name.chars().count();
        if characters < MIN_CHARACTERS {
            return Err(FullNameError::TooShort);
        }
        if characters > MAX_CHARACTERS {
            return Err(FullNameError::TooLong);
        }
        if name.chars().any(changes_other_text) {
            return Err(FullNameError::ControlCharacter);
        }
        if !name.chars().any(stands_by_itself) {
            return Err(FullNameError::Invisible);
        }
        if name.chars().filter(|character| counts(*character)).count() < MIN_CHARACTERS {
            return Err(FullNameError::TooShort);
        }
        Ok(Self(name))
    }

    /// That of somebody of whom no name is known.
    pub(crate) fn unknown() -> Self {
        Self("Unknown".to_owned())
    }

    /// The name in its canonical form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text in Unicode's NFC: the form that names are kept in, and in which their characters are counted.
#[must_use]
pub fn composed(text: &str) -> String {
    text.nfc().collect()
}

/// What does not belong to a name at its ends: blanks, marks of the direction in which it was copied, a byte order mark and
/// the joiner of words. Other joiners and selectors change the letter beside them.
fn is_trimmed(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_any_script_are_kept_trimmed_and_composed() {
        for (text, name) in [
            (" Ada Lovelace ", "Ada Lovelace"),
            ("김철수", "김철수"),
            ("\u{1100}\u{1161}\u{1102}\u{1161}", "가나"),
            ("Zoe\u{308}", "Zoë"),
            ("O'Brien; DROP TABLE users", "O'Brien; DROP TABLE users"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("\u{200f}محمد علي", "محمد علي"),
            ("\u{200e} \u{61c}محمد علي \u{200f}\u{feff} \u{2060}", "محمد علي"),
            ("\u{feff}Ada\u{feff}", "Ada"),
            ("\u{200c}Ada\u{200d}", "\u{200c}Ada\u{200d}"),
        ] {
            assert_eq!(FullName::parse(text).unwrap().as_str(), name, "{text:?}");
        }
    }

    #[test]
    fn lengths_count_characters_not_bytes() {
        assert!(FullName::parse(&"가".repeat(100)).is_ok());
        assert_eq!(FullName::parse(&"가".repeat(101)), Err(FullNameError::TooLong));
        assert!(FullName::parse("이수").is_ok());
        assert_eq!(FullName::parse("이"), Err(FullNameError::TooShort));
        assert_eq!(FullName::parse("  A  "), Err(FullNameError::TooShort));
        assert_eq!(FullName::parse("\u{200f} \u{feff}"), Err(FullNameError::TooShort));
    }

    #[test]
    fn characters_that_act_on_other_text_are_refused() {
        for text in [
            "Ada\0Lovelace",
            "Ada\r\nAdmin",
            "Ada\u{202e}nimda",
            "Ada\u{2028}x",
            "Ada\u{1b}[31m",
            "Ada\u{200f}\u{61c}x",
            "Ada \u{200e} Lovelace",
            "Ada\u{2060}x",
            "Ada\u{feff}x",
            "\u{202b}Ada",
            "\u{e0041}\u{e0042}",
        ] {
            assert_eq!(FullName::parse(text), Err(FullNameError::ControlCharacter), "{text:?}");
        }
    }

    #[test]
    fn a_name_that_nobody_can_see_is_refused() {
        for text in [
            "\u{200b}\u{200b}",
            "\u{3164} \u{3164}",
            "\u{2800}\u{2800}",
            "\u{180e}\u{180e}",
            "\u{200b}\u{200c}\u{200d}",
            "\u{115f}\u{1160}",
            "\u{17b4}\u{17b5}",
            "\u{fe0f}\u{fe0f}",
            "\u{e0100}\u{e01ef}",
            "\u{1d159}\u{1d173}",
            "\u{13441}\u{13442}",
            "\u{301}\u{302}",
            "\u{20dd} \u{20dd}",
            "\u{16fe4}\u{16fe4}",
            "\u{2800} \u{301} \u{200b}",
        ] {
            assert_eq!(FullName::parse(text), Err(FullNameError::Invisible), "{text:?}");
        }
    }

    #[test]
    fn what_nobody_can_see_does_not_count_as_a_second_character() {
        for text in [
            "A\u{2800}",
            "\u{200b}A\u{200d}",
            "\u{3164}이",
            "☺\u{fe0f}",
            "A\u{ad}\u{34f}",
        ] {
            assert_eq!(FullName::parse(text), Err(FullNameError::TooShort), "{text:?}");
        }
        assert!(FullName::parse("A\u{2800}B").is_ok());
    }

    #[test]
    fn joiners_and_marks_stay_where_a_name_needs_them() {
        for text in [
            "\u{1f469}\u{200d}\u{1f680}",
            "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}",
            "क्\u{200d}ष",
            "ශ්\u{200d}රී",
            "ᠮᠣᠩ\u{180b}ᠭᠣᠯ",
            "葛\u{e0100}城",
            "M\u{304}a",
            "7\u{20e3}7",
            "สม",
            "&.",
            "\u{e000}\u{e001}",
        ] {
            assert_eq!(FullName::parse(text).unwrap().as_str(), composed(text), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn parsing_again_changes_nothing(text in "\\PC{0,120}") {
            if let Ok(name) = FullName::parse(&text) {
                prop_assert_eq!(FullName::parse(name.as_str()), Ok(name.clone()));
            }
        }
    }
}
