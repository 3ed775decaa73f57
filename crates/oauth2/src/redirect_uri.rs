//! Where an authorization ends: the redirect URI of a client.

mod error;
mod matching;

pub use error::RedirectUriError;
pub use matching::LoopbackPort;

use crate::form;
use std::fmt;
use std::str::FromStr;
use url::Url;

/// A URI to which answers of the authorization endpoint may go, kept byte for byte (RFC 6749, section 3.1.2). One that is read
/// is `https`, `http` on this machine, or of a scheme that belongs to an app (RFC 8252, section 7).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RedirectUri {
    text: String,
    kind: RedirectKind,
}

/// What kind of place a redirect URI names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RedirectKind {
    /// `https`, a host that its owner has proved (RFC 8252, section 7.2).
    Https,
    /// `http` on `127.0.0.1`, `[::1]` or `localhost` (RFC 8252, section 7.3). Any program of the machine may listen there.
    Loopback,
    /// A scheme with a dot, such as `com.example.app` (RFC 8252, section 7.1). Any app of the machine may claim it.
    CustomScheme,
}

/// The hosts of this machine, by these texts alone: there are many ways to write an address, and a name may mean any.
const LOOPBACK_HOSTS: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

impl RedirectUri {
    /// The most characters of one.
    pub const MOST: usize = 2000;

    /// Takes a text for a redirect URI.
    ///
    /// # Errors
    /// The first of [`RedirectUriError`] that holds.
    pub fn parse(text: &str) -> Result<Self, RedirectUriError> {
        if text.len() > Self::MOST {
            return Err(RedirectUriError::TooLong);
        }
        if text.contains('#') {
            return Err(RedirectUriError::Fragment);
        }
        if !form::is_made_of_uri_characters(text) {
            return Err(RedirectUriError::Character);
        }
        let (scheme, rest) = text.split_once(':').ok_or(RedirectUriError::Relative)?;
        if !is_scheme(scheme) {
            return Err(RedirectUriError::Relative);
        }
        let kind = kind_of(scheme, rest)?;
        if Url::parse(text).is_err() {
            return Err(RedirectUriError::Host);
        }
        Ok(Self {
            text: text.to_owned(),
            kind,
        })
    }

    /// The text, as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What kind of place it names.
    #[must_use]
    pub const fn kind(&self) -> RedirectKind {
        self.kind
    }

    /// Scheme, host and port as browsers write them, without the port that a scheme has by itself; of an app's scheme, the
    /// scheme and `:`. The directive `form-action` of a content security policy takes it.
    #[must_use]
    pub fn origin(&self) -> String {
        let scheme = self.text.split_once(':').map_or("", |(scheme, _)| scheme);
        match (self.kind, Url::parse(&self.text)) {
            (RedirectKind::Https | RedirectKind::Loopback, Ok(url)) => url.origin().ascii_serialization(),
            // A scheme is told from another without regard to case (RFC 3986, section 3.1).
            (RedirectKind::CustomScheme, _) | (_, Err(_)) => format!("{}:", scheme.to_ascii_lowercase()),
        }
    }

    /// The host as it stands there, of those that have one. It is for people's eyes.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        match self.kind {
            RedirectKind::Https | RedirectKind::Loopback => {
                let (_, rest) = self.text.split_once("://")?;
                Some(split_port(authority_of(rest).0).0)
            }
            RedirectKind::CustomScheme => None,
        }
    }

    /// The URI with these parameters in its query, behind those that it has (RFC 6749, section 4.1.2).
    #[must_use]
    pub fn with_query(&self, parameters: &[(&str, &str)]) -> String {
        let mut uri = self.text.clone();
        if !uri.contains('?') {
            uri.push('?');
        }
        for (name, value) in parameters {
            form::append(name, value, &mut uri);
        }
        uri
    }
}

fn kind_of(scheme: &str, rest: &str) -> Result<RedirectKind, RedirectUriError> {
    if scheme.contains('.') {
        return Ok(RedirectKind::CustomScheme);
    }
    let kind = match scheme.to_ascii_lowercase().as_str() {
        "https" => RedirectKind::Https,
        "http" => RedirectKind::Loopback,
        _ => return Err(RedirectUriError::Scheme),
    };
    let (authority, _) = authority_of(rest.strip_prefix("//").ok_or(RedirectUriError::Host)?);
    if authority.contains('@') {
        return Err(RedirectUriError::UserInfo);
    }
    let (host, port) = split_port(authority);
    if host.is_empty() || port.is_some_and(|port| !is_port(port)) {
        return Err(RedirectUriError::Host);
    }
    if host.contains('*') {
        return Err(RedirectUriError::Pattern);
    }
    if kind == RedirectKind::Loopback && !LOOPBACK_HOSTS.contains(&host) {
        return Err(RedirectUriError::PlainHttp);
    }
    Ok(kind)
}

/// What stands before the path or query, and the rest.
fn authority_of(rest: &str) -> (&str, &str) {
    rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()))
}

/// The host, and what stands behind the colon of a port.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    let end_of_address = authority.rfind(']').unwrap_or(0);
    match authority.rfind(':').filter(|at| *at >= end_of_address) {
        Some(at) => {
            let (host, port) = authority.split_at(at);
            (host, port.strip_prefix(':'))
        }
        None => (authority, None),
    }
}

/// A port as everybody writes it.
fn is_port(text: &str) -> bool {
    !text.starts_with('0')
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse().is_ok_and(|port: u16| port > 0)
}

/// RFC 3986, section 3.1.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

impl FromStr for RedirectUri {
    type Err = RedirectUriError;

    fn from_str(text: &str) -> Result<Self, RedirectUriError> {
        Self::parse(text)
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
