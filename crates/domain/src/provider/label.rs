//! What clients, resources, secrets and passkeys are called.

use crate::full_name::composed;
use crate::visibility::{changes_other_text, stands_by_itself};
use crate::{Device, DeviceName};

/// The most characters (code points) of a label.
pub const MAX_CHARACTERS: usize = 100;

/// What people call a client, a resource, a secret or a passkey: 1 to 100 characters in Unicode's NFC, one of which at least can be
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

    /// What a passkey is called that was added on that device and got no other name.
    #[must_use]
    pub fn of_passkey_on(device: &Device) -> Self {
        let name = device.user_agent.as_ref().map(|agent| match DeviceName::of(agent) {
            name @ DeviceName::Browser(..) => name.to_string(),
            DeviceName::Program(word) => word,
        });
        let label = name.and_then(|name| Self::parse(&name).ok());
        label.unwrap_or_else(|| Self("Passkey".to_owned()))
    }

    /// The same with that number behind it, for one of several that would be called alike.
    #[must_use]
    pub fn numbered(&self, number: usize) -> Self {
        let number = format!(" {number}");
        let kept = MAX_CHARACTERS.saturating_sub(number.chars().count());
        let text: String = self.0.chars().take(kept).collect();
        Self(text.trim_end().to_owned() + &number)
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
    use crate::UserAgent;

    #[test]
    fn a_passkey_is_called_as_its_device_where_it_has_no_name() {
        for (agent, expected) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
            ),
            ("curl/8.0", "curl/8.0"),
            ("\u{202e}", "Passkey"),
        ] {
            let device = Device {
                address: None,
                user_agent: UserAgent::from_text(agent),
            };
            assert_eq!(Label::of_passkey_on(&device).as_str(), expected, "{agent}");
        }
        assert_eq!(Label::of_passkey_on(&Device::default()).as_str(), "Passkey");
    }

    #[test]
    fn a_number_behind_a_label_leaves_it_short() {
        let label = |text: &str| Label::parse(text).unwrap();
        assert_eq!(label("Chrome on Linux").numbered(2).as_str(), "Chrome on Linux 2");
        let long = label(&"x".repeat(100)).numbered(12);
        assert_eq!(
            (long.as_str().len(), Label::parse(long.as_str())),
            (100, Ok(long.clone()))
        );
    }

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
