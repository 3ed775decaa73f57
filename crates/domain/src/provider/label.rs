//! What clients, resources and secrets are called.

use crate::full_name::composed;
use crate::visibility::{changes_other_text, stands_by_itself};

/// The most characters (code points) of a label.
pub const MAX_CHARACTERS: usize = 100;

/// What people call a client, a resource or a secret: 1 to 100 characters in Unicode's NFC, one of which at least can be
/// seen by itself, and none acts on the text around it. It is shown as text and never as markup.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(String);

/// Why a text is no label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// Nothing that can be seen.
    #[error("this has at least one character that can be seen")]
    Empty,
    /// More than 100 characters.
    #[error("this has at most {MAX_CHARACTERS} characters")]
    TooLong,
    /// Control characters, line ends, or marks that turn the direction of text.
    #[error("this has no control characters, and no marks that turn the direction of text")]
    ControlCharacter,
}

impl Label {
    /// Parses and normalizes.
    ///
    /// # Errors
    /// The first of [`LabelError`] that holds.
    pub fn parse(text: &str) -> Result<Self, LabelError> {
        let label = composed(text.trim());
        if label.chars().count() > MAX_CHARACTERS {
            return Err(LabelError::TooLong);
        }
        if label.chars().any(changes_other_text) {
            return Err(LabelError::ControlCharacter);
        }
        if !label.chars().any(stands_by_itself) {
            return Err(LabelError::Empty);
        }
        Ok(Self(label))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_a_short_line_that_can_be_seen() {
        assert_eq!(Label::parse(" The Shop ").unwrap().as_str(), "The Shop");
        assert_eq!(Label::parse("<b>é</b>").unwrap().as_str(), "<b>é</b>");
        for (text, refusal) in [
            ("", LabelError::Empty),
            (" \u{200b} ", LabelError::Empty),
            ("a\nb", LabelError::ControlCharacter),
            ("a\u{202e}b", LabelError::ControlCharacter),
            (&"x".repeat(101), LabelError::TooLong),
        ] {
            assert_eq!(Label::parse(text), Err(refusal), "{text:?}");
        }
    }
}
