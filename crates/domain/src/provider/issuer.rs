//! The name of the provider: the URL that its tokens and metadata carry.

use std::fmt;

/// The issuer (RFC 8414, section 2): `https`, or `http` on this machine, without path, query and fragment. It is compared
/// byte for byte, so it stays as it was written, a lone slash at its end included.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Issuer(String);

/// Why a URL can't name a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// Tokens and codes would travel without TLS.
    #[error("is http, and not on this machine")]
    Plain,
    /// Clients put their own path behind the host, or in front of it.
    #[error("has a path")]
    Path,
    /// No URL of a server, or with a user, a query or a fragment.
    #[error("is no https address of a server")]
    NotAnAddress,
}

impl Issuer {
    /// Takes a URL whose host was read by the parser of URLs. `is_loopback` judges hosts.
    ///
    /// # Errors
    /// The first of [`IssuerError`] that holds.
    pub fn parse(url: &str, is_loopback: impl FnOnce(&str) -> bool) -> Result<Self, IssuerError> {
        let (is_https, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(IssuerError::NotAnAddress),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.is_empty() || authority.contains(['?', '#', '@', '\\', ' ']) {
            return Err(IssuerError::NotAnAddress);
        }
        if authority.contains('/') {
            return Err(IssuerError::Path);
        }
        if !is_https && !is_loopback(host_of(authority)) {
            return Err(IssuerError::Plain);
        }
        Ok(Self(url.to_owned()))
    }

    /// The text, byte for byte.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether clients speak TLS. Where not, everything is on this machine.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }

    /// Whether it ends with a slash. Half of the clients take that away and then find another issuer in the tokens.
    #[must_use]
    pub fn ends_with_a_slash(&self) -> bool {
        self.0.ends_with('/')
    }

    /// The whole address of a path of ours, which starts with `/`.
    #[must_use]
    pub fn link_to(&self, path: &str) -> String {
        format!("{}{path}", self.0.trim_end_matches('/'))
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The host without its port; an IPv6 address keeps its brackets.
fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        Some(_) | None => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<String, IssuerError> {
        Issuer::parse(url, |host| matches!(host, "127.0.0.1" | "[::1]" | "localhost")).map(|issuer| issuer.0)
    }

    #[test]
    fn an_issuer_stays_as_it_was_written() {
        for url in [
            "https://auth.example.org",
            "https://auth.example.org/",
            "https://auth.example.org:8443",
            "http://127.0.0.1:8000",
            "http://[::1]:8000",
            "http://[::1]",
            "http://localhost",
        ] {
            assert_eq!(parse(url).as_deref(), Ok(url));
        }
    }

    #[test]
    fn plain_http_elsewhere_a_path_and_what_is_no_address_are_refused() {
        for (url, refusal) in [
            ("http://auth.example.org", IssuerError::Plain),
            ("http://auth.example.org:80", IssuerError::Plain),
            ("https://example.org/auth", IssuerError::Path),
            ("https://example.org//", IssuerError::Path),
            ("https://example.org?a", IssuerError::NotAnAddress),
            ("https://ada@example.org", IssuerError::NotAnAddress),
            ("https://", IssuerError::NotAnAddress),
            ("portcullis", IssuerError::NotAnAddress),
        ] {
            assert_eq!(parse(url), Err(refusal), "{url}");
        }
    }

    #[test]
    fn a_link_starts_with_the_issuer_and_has_one_slash() {
        for url in ["https://auth.example.org", "https://auth.example.org/"] {
            let issuer = Issuer::parse(url, |_| false).unwrap();
            assert_eq!(issuer.link_to("/oauth2/token"), "https://auth.example.org/oauth2/token");
        }
    }
}
