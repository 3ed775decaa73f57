//! For whom a token is meant.

use crate::form;
use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use url::{Host, Url};

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

// They are told apart by the text alone, so that one is found among others without being read again.
impl Borrow<str> for ResourceUri {
    fn borrow(&self) -> &str {
        &self.0
    }
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

    /// What stands before the first colon.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.0.split_once(':').map_or("", |(scheme, _)| scheme)
    }

    /// Whether it is written in the one way that other texts for the same place give way to (RFC 3986, section 6): a scheme and
    /// a host in small letters, no user, no port that goes without saying, no dot behind the host, no `.` and `..` in the path,
    /// and nothing encoded that need not be. A path of `/` alone may be left out.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let Ok(url) = Url::parse(&self.0) else { return false };
        let is_as_parsed = url.as_str() == self.0 || url.as_str().strip_suffix('/') == Some(self.0.as_str());
        let has_user = !url.username().is_empty() || url.password().is_some();
        let ends_with_a_dot = url.host_str().is_some_and(|host| host.ends_with('.'));
        is_as_parsed && !has_user && !ends_with_a_dot && !form::encodes_unreserved(&self.0)
    }

    /// The place on the web that it names, if it is `http` or `https`.
    #[must_use]
    pub fn place(&self) -> Option<WebPlace> {
        let url = Url::parse(&self.0).ok()?;
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        let is_loopback = match url.host()? {
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
            Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        };
        Some(WebPlace {
            host: url.host_str()?.to_owned(),
            port: url.port(),
            path: url.path().to_owned(),
            is_loopback,
        })
    }
}

/// A place on the web.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebPlace {
    host: String,
    /// `None` where it is the one that goes without saying.
    port: Option<u16>,
    path: String,
    is_loopback: bool,
}

impl WebPlace {
    /// The path, which starts with `/`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether both are of one server: by the same host, or by two names of this machine, and by the same port.
    #[must_use]
    pub fn is_beside(&self, other: &Self) -> bool {
        let is_same_host = self.host == other.host || (self.is_loopback && other.is_loopback);
        is_same_host && self.port == other.port
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

    #[test]
    fn one_way_to_write_a_place_is_plain() {
        let is_plain = |text: &str| ResourceUri::parse(text).unwrap().is_plain();
        for text in [
            "https://api.example.com",
            "https://api.example.com/",
            "https://api.example.com:8443/v1/orders?tenant=a%2Fb",
            "http://127.0.0.1:8000/a",
            "urn:example:orders",
        ] {
            assert!(is_plain(text), "{text}");
        }
        for text in [
            "HTTPS://api.example.com",
            "https://API.example.com",
            "https://api.example.com.",
            "https://api.example.com:443",
            "https://api.example.com:0443/a",
            "https://x@api.example.com",
            "https://api.example.com/./a",
            "https://api.example.com/a/../b",
            "https://api.example.com/%2e%2e/a",
            "https://api.example.com/%61",
            "https://api.example.com/%7Ea",
            "https:api.example.com",
            "http://2130706433:8000",
            "http://0x7f.1:8000",
            "URN:example:orders",
        ] {
            assert!(!is_plain(text), "{text}");
        }
    }

    #[test]
    fn places_of_one_server_are_beside_each_other() {
        let place = |text: &str| ResourceUri::parse(text).unwrap().place().unwrap();
        let own = place("http://127.0.0.1:8000");
        for text in [
            "http://127.0.0.1:8000/users",
            "http://localhost:8000",
            "https://[::1]:8000/x",
            "http://127.1.2.3:8000",
            "http://a.localhost:8000",
        ] {
            assert!(own.is_beside(&place(text)), "{text}");
        }
        for text in ["http://127.0.0.1:8001", "http://127.0.0.1", "http://example.com:8000"] {
            assert!(!own.is_beside(&place(text)), "{text}");
        }
        assert_eq!(place("https://a.example/x").path(), "/x");
        assert_eq!(ResourceUri::parse("urn:a:b").unwrap().place(), None);
    }

    proptest! {
        #[test]
        fn any_text_is_a_resource_or_refused(text: String) {
            let _ = ResourceUri::parse(&text);
        }
    }
}
