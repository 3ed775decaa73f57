//! What a user is called.

use unicode_normalization::UnicodeNormalization;

const MIN_CHARACTERS: usize = 2;
const MAX_CHARACTERS: usize = 100;

/// A person's name in any script: trimmed, in Unicode's NFC, 2 to 100 characters, all of them visible or spaces.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FullName(String);

/// Why a text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FullNameError {
    /// Fewer than 2 characters.
    #[error("a full name has at least {MIN_CHARACTERS} characters")]
    TooShort,
    /// More than 100 characters.
    #[error("a full name has at most {MAX_CHARACTERS} characters")]
    TooLong,
    /// Control characters, line ends, marks that turn the direction of text, or nothing that can be seen.
    #[error("a full name has visible characters and no control characters")]
    ControlCharacter,
}

impl FullName {
    /// Parses and normalizes.
    ///
    /// # Errors
    /// The first of [`FullNameError`] that holds.
    pub fn parse(text: &str) -> Result<Self, FullNameError> {
        let name = composed(text.trim());
        let characters = name.chars().count();
        if characters < MIN_CHARACTERS {
            return Err(FullNameError::TooShort);
        }
        if characters > MAX_CHARACTERS {
            return Err(FullNameError::TooLong);
        }
        if name.chars().any(changes_other_text) || name.chars().all(is_invisible) {
            return Err(FullNameError::ControlCharacter);
        }
        Ok(Self(name))
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

/// Characters that act on the text around them: in a list or a mail they could pass for other people's words.
fn changes_other_text(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// Spaces, fillers and joiners: some scripts need them between letters, but they are no name by themselves.
fn is_invisible(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200d}' | '\u{3164}' | '\u{ffa0}'
        )
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
    }

    #[test]
    fn characters_that_act_on_other_text_are_refused() {
        for text in [
            "Ada\0Lovelace",
            "Ada\r\nAdmin",
            "Ada\u{202e}nimda",
            "Ada\u{2028}x",
            "Ada\u{1b}[31m",
            "Ada\u{200f}\u{61c}",
            "\u{e0041}\u{e0042}",
            "\u{200b}\u{200b}",
            "\u{3164} \u{3164}",
        ] {
            assert_eq!(FullName::parse(text), Err(FullNameError::ControlCharacter), "{text:?}");
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
