//! Whether a redirect URI that was sent is one that was registered.

use super::{RedirectKind, RedirectUri, authority_of, split_port};

/// Which port a redirect to this machine may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoopbackPort {
    /// The registered one.
    Registered,
    /// Any: a native app listens where the system lets it (RFC 8252, section 7.3).
    Any,
}

impl RedirectUri {
    /// Whether `sent` is this registered one: byte for byte (RFC 9700, section 4.1.3), but for the port where that is free.
    /// Nothing is normalized, and no host is taken for another.
    #[must_use]
    pub fn matches(&self, sent: &Self, port: LoopbackPort) -> bool {
        match port {
            LoopbackPort::Any if self.kind == RedirectKind::Loopback && sent.kind == RedirectKind::Loopback => {
                without_port(&self.text) == without_port(&sent.text)
            }
            LoopbackPort::Any | LoopbackPort::Registered => self.text == sent.text,
        }
    }
}

/// Scheme, host, and what follows the port.
fn without_port(text: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let (authority, rest) = authority_of(rest);
    Some((scheme, split_port(authority).0, rest))
}
