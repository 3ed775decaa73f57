//! For whom a token is meant.

use crate::form;
use std::fmt;
use std::str::FromStr;
use url::Url;

/// The URI of a resource (RFC 8707, section 2): absolute, without a fragment, 512 characters at most. It is compared byte for
/// byte.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceUri(String);

/// Why a text is no resource's URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResourceUriError {
    /// More than 512 characters.
    #[error("a resource has at most {} characters", ResourceUri::MOST)]
    TooLong,
    /// A `#`.
    #[error("a resource has no fragment; remove `#` and what follows it")]
    Fragment,
    /// A character that no URI has.
    #[error("a resource has a character that must be percent-encoded")]
    Character,
    /// Not absolute, or no URI.
    #[error("a resource is an absolute URI, such as https://api.example.com")]
    Relative,
}

impl ResourceUri {
    /// The most characters of one.
    pub const MOST: usize = 512;

    /// Takes a text for a resource.
    ///
    /// # Errors
    /// The first of [`ResourceUriError`] that holds.
    pub fn parse(text: &str) -> Result<Self, ResourceUriError> {
        if text.len() > Self::MOST {
            Err(ResourceUriError::TooLong)
        } else if text.contains('#') {
            Err(ResourceUriError::Fragment)
        } else if !form::is_made_of_uri_characters(text) {
            Err(ResourceUriError::Character)
        } else if Url::parse(text).is_err() {
            Err(ResourceUriError::Relative)
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ResourceUri {
    type Err = ResourceUriError;

    fn from_str(text: &str) -> Result<Self, ResourceUriError> {
        Self::parse(text)
    }
}

impl fmt::Display for ResourceUri {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_resource_is_an_absolute_uri() {
        for text in [
            "https://api.example.com",
            "https://api.example.com/v1?tenant=a",
            "urn:example:orders",
        ] {
            assert_eq!(ResourceUri::parse(text).map(|uri| uri.to_string()), Ok(text.to_owned()));
        }
        for (text, error) in [
            ("", ResourceUriError::Relative),
            ("/orders", ResourceUriError::Relative),
            ("api.example.com", ResourceUriError::Relative),
            ("https://", ResourceUriError::Relative),
            ("https://api.example.com#", ResourceUriError::Fragment),
            ("https://api.example.com/a b", ResourceUriError::Character),
            (&format!("https://{}", "x".repeat(512)), ResourceUriError::TooLong),
        ] {
            assert_eq!(ResourceUri::parse(text), Err(error), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_resource_or_refused(text: String) {
            let _ = ResourceUri::parse(&text);
        }
    }
}
