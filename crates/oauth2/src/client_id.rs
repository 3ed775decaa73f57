//! The name of a client.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

/// A client's id: 1 to 1,024 visible ASCII characters and spaces (RFC 6749, appendix A.1). That it is well formed says nothing
/// of whether there is such a client.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(String);

/// Why a text is no client's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClientIdError {
    /// There is no text.
    #[error("a client id is not empty")]
    Empty,
    /// More than 1,024 characters.
    #[error("a client id has at most {} characters", ClientId::MOST)]
    TooLong,
    /// A character that is not visible ASCII.
    #[error("a client id is made of visible ASCII characters")]
    Character,
}

impl ClientId {
    /// The most characters of one.
    pub const MOST: usize = 1024;

    /// Takes a text for an id.
    ///
    /// # Errors
    /// The first of [`ClientIdError`] that holds.
    pub fn parse(text: &str) -> Result<Self, ClientIdError> {
        if text.is_empty() {
            Err(ClientIdError::Empty)
        } else if text.len() > Self::MOST {
            Err(ClientIdError::TooLong)
        } else if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ClientIdError::Character)
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ClientId {
    type Err = ClientIdError;

    fn from_str(text: &str) -> Result<Self, ClientIdError> {
        Self::parse(text)
    }
}

impl Borrow<str> for ClientId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_visible_ascii() {
        for text in ["shop", "a b", "https://app.example/metadata", "~"] {
            assert_eq!(ClientId::parse(text).map(|id| id.to_string()), Ok(text.to_owned()));
        }
        for (text, error) in [
            ("", ClientIdError::Empty),
            ("a\n", ClientIdError::Character),
            ("한", ClientIdError::Character),
            (&"x".repeat(1025), ClientIdError::TooLong),
        ] {
            assert_eq!(ClientId::parse(text), Err(error));
        }
    }
}
