//! Where clients reach the server, and the links to it that it writes.

use crate::loopback::is_loopback;
use portcullis_domain::{Issuer, IssuerError};
use std::str::FromStr;
use url::{Host, Url};

/// Where clients reach the server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum OwnAddress {
    /// At an address that was set.
    Public(PublicUrl),
    /// On this machine, where nothing was set.
    #[default]
    Loopback,
}

impl OwnAddress {
    /// The path that everything of ours is below for clients: `/`, or what a proxy takes away, such as `/auth`.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::Public(url) if !url.path.is_empty() => &url.path,
            Self::Public(_) | Self::Loopback => "/",
        }
    }

    /// The path by which clients ask for a path of ours, which starts with `/`.
    #[must_use]
    pub fn path_to(&self, path: &str) -> String {
        format!("{}{path}", self.path().trim_end_matches('/'))
    }

    /// Whether clients speak TLS. This server does not, so a proxy does it.
    #[must_use]
    pub fn is_https(&self) -> bool {
        matches!(self, Self::Public(url) if url.is_https())
    }

    /// The name of the provider that OAuth clients find here, on a server that listens on `host` and `port`.
    ///
    /// # Errors
    /// Why there is none.
    pub fn issuer(&self, host: &str, port: u16) -> Result<Issuer, NoIssuer> {
        let url = match self {
            Self::Public(url) => url.as_written().to_owned(),
            Self::Loopback if !is_loopback(host) => return Err(NoIssuer::Unset),
            Self::Loopback if port == 0 => return Err(NoIssuer::AnyPort),
            Self::Loopback => format!("http://127.0.0.1:{port}"),
        };
        Issuer::parse(&url, is_loopback).map_err(NoIssuer::Unfit)
    }

    /// The origins of pages that are ours (RFC 6454), for a server that listens on that port.
    #[must_use]
    pub fn origins(&self, port: u16) -> Vec<String> {
        match self {
            Self::Public(url) => vec![url.origin.clone()],
            Self::Loopback => ["127.0.0.1", "localhost", "[::1]"]
                .map(|host| format!("http://{host}:{port}"))
                .to_vec(),
        }
    }
}

/// Why OAuth clients find no provider here, and the line that would change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoIssuer {
    /// Others reach the server, by a name that it was not told.
    #[error(
        "PUBLIC_URL is not set, so nobody knows by which address clients reach the server; add \
             PUBLIC_URL=https://auth.example.org with the address that they use"
    )]
    Unset,
    /// The port is chosen at the start.
    #[error("PORT=0 takes another port at each start; set PORT, or PUBLIC_URL")]
    AnyPort,
    /// The address is none that can name a provider.
    #[error(
        "PUBLIC_URL {0}, and clients compare it byte for byte with what they are told; add a line as \
             PUBLIC_URL=https://auth.example.org, with a host of its own"
    )]
    Unfit(IssuerError),
}

/// The address that clients reach the server by: scheme, host, port, and the path that a proxy takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    written: String,
    origin: String,
    host: String,
    /// Empty, or with `/` at its start and none at its end.
    path: String,
}

/// Why a text is no such address. It is not shown where it may hold a password.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicUrlError {
    /// Not a URL, or one of something else.
    #[error("is not an http or https address")]
    NotAnAddress,
    /// There is a user or a password in it.
    #[error("names a user or a password; take it out")]
    User,
    /// There is a query or a fragment in it.
    #[error("has a query or a fragment; take it out")]
    QueryOrFragment,
    /// Its host ends with a dot.
    #[error("has a dot at the end of its host, which browsers take for another one; take it out")]
    Dot,
    /// The parser of URLs would have to mend it.
    #[error("is not written as it is read; write {0}")]
    Mended(String),
    /// The path would have to be encoded in some of the places that it is written to.
    #[error("has a path with other characters than letters, digits, -, ., _ and ~ between single slashes")]
    Path,
}

impl PublicUrl {
    /// The text, byte for byte.
    #[must_use]
    pub fn as_written(&self) -> &str {
        &self.written
    }

    /// Whether clients speak TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https:")
    }

    /// The origin of pages that are ours (RFC 6454).
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The host, with an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether a header `Host` names this machine and the address's port, by another name than the address, which is of this
    /// machine, too. Browsers keep cookies and passkeys by the name.
    #[must_use]
    pub fn is_asked_by_another_name(&self, host: &str) -> bool {
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.contains(']') => (name, format!(":{port}")),
            Some(_) | None => (host, String::new()),
        };
        is_loopback(&self.host)
            && is_loopback(name)
            && !name.eq_ignore_ascii_case(&self.host)
            && self.origin == format!("http://{}{port}", self.host)
    }

    /// The whole address of a path of ours, which starts with `/`.
    #[must_use]
    pub fn link_to(&self, path: &str) -> String {
        format!("{}{}{path}", self.origin, self.path)
    }
}

impl FromStr for PublicUrl {
    type Err = PublicUrlError;

    /// Takes what the parser of URLs reads as it stands. Others might read what it mends in another way.
    fn from_str(text: &str) -> Result<Self, PublicUrlError> {
        let url = Url::parse(text).map_err(|_| PublicUrlError::NotAnAddress)?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none_or(|host| host == Host::Domain("")) {
            return Err(PublicUrlError::NotAnAddress);
        }
        if url.host_str().is_some_and(|host| host.ends_with('.')) {
            return Err(PublicUrlError::Dot);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(PublicUrlError::User);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(PublicUrlError::QueryOrFragment);
        }
        let read = url.as_str();
        let path = url.path().trim_end_matches('/');
        if read != text && read.strip_suffix('/') != Some(text) {
            let mended = read.trim_end_matches('/');
            // What would be refused next is no advice.
            return Err(match mended.parse::<Self>() {
                Ok(_) => PublicUrlError::Mended(mended.to_owned()),
                Err(refusal) => refusal,
            });
        }
        if url.path().ends_with("//") || !path.split('/').skip(1).all(is_plain_segment) {
            return Err(PublicUrlError::Path);
        }
        Ok(Self {
            written: text.to_owned(),
            origin: url.origin().ascii_serialization(),
            host: url.host_str().unwrap_or_default().to_owned(),
            path: path.to_owned(),
        })
    }
}

/// Of unreserved characters (RFC 3986, section 2.3), which stand as they are in a link, a cookie and a page.
fn is_plain_segment(segment: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_' | '~');
    !segment.is_empty() && segment.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> OwnAddress {
        OwnAddress::Public(text.parse().unwrap())
    }

    #[test]
    fn a_public_address_says_whether_clients_speak_tls() {
        assert!(address("https://auth.example.org").is_https());
        assert!(!address("http://https.example.org").is_https());
        assert!(!OwnAddress::Loopback.is_https());
    }

    #[test]
    fn links_start_with_the_address_and_its_path() {
        for (text, docs, link) in [
            ("https://auth.example.org", "/docs", "https://auth.example.org/docs"),
            ("https://auth.example.org/", "/docs", "https://auth.example.org/docs"),
            ("http://127.0.0.1:8000", "/docs", "http://127.0.0.1:8000/docs"),
            ("https://[::1]:8443/", "/docs", "https://[::1]:8443/docs"),
            ("https://example.org/sso", "/sso/docs", "https://example.org/sso/docs"),
            ("https://example.org/sso/", "/sso/docs", "https://example.org/sso/docs"),
            (
                "https://example.org/a/b.c-d_e~",
                "/a/b.c-d_e~/docs",
                "https://example.org/a/b.c-d_e~/docs",
            ),
        ] {
            let url: PublicUrl = text.parse().unwrap();
            assert_eq!((url.as_written(), url.link_to("/docs").as_str()), (text, link));
            assert_eq!(address(text).path_to("/docs"), docs, "{text}");
        }
        assert_eq!(OwnAddress::Loopback.path_to("/docs"), "/docs");
    }

    #[test]
    fn a_dot_at_the_end_of_the_host_is_refused() {
        for text in [
            "https://auth.example.org.",
            "http://localhost.:8000",
            "https://example.org./sso",
        ] {
            assert_eq!(text.parse::<PublicUrl>(), Err(PublicUrlError::Dot), "{text}");
        }
    }

    #[test]
    fn this_machine_has_more_names_than_one() {
        let url = |text: &str| text.parse::<PublicUrl>().unwrap();
        let localhost = url("http://localhost:8000");
        for (host, expected) in [
            ("127.0.0.1:8000", true),
            ("[::1]:8000", true),
            ("localhost:8000", false),
            ("LOCALHOST:8000", false),
            // Behind a proxy on this machine.
            ("127.0.0.1:8001", false),
            ("127.0.0.1", false),
            ("auth.example.org:8000", false),
            ("", false),
        ] {
            assert_eq!(localhost.is_asked_by_another_name(host), expected, "{host}");
        }
        assert!(url("http://127.0.0.1:8000").is_asked_by_another_name("localhost:8000"));
        assert!(!url("https://auth.example.org").is_asked_by_another_name("127.0.0.1"));
    }

    #[test]
    fn everything_is_below_one_path() {
        for (text, path) in [
            ("https://example.org", "/"),
            ("https://example.org/", "/"),
            ("https://example.org/sso", "/sso"),
            ("https://example.org/sso/", "/sso"),
        ] {
            assert_eq!(address(text).path(), path, "{text}");
        }
        assert_eq!(OwnAddress::Loopback.path(), "/");
    }

    #[test]
    fn the_issuer_is_the_public_address_as_it_stands_or_this_machine() {
        let issuer = |text: &str| address(text).issuer("0.0.0.0", 8000).map(|issuer| issuer.to_string());
        for text in [
            "https://auth.example.org",
            "https://auth.example.org/",
            "http://localhost:8000",
        ] {
            assert_eq!(issuer(text).as_deref(), Ok(text));
        }
        assert_eq!(
            issuer("https://example.org/sso"),
            Err(NoIssuer::Unfit(IssuerError::Path))
        );
        assert_eq!(issuer("http://example.org"), Err(NoIssuer::Unfit(IssuerError::Plain)));
        let unset = |host, port| OwnAddress::Loopback.issuer(host, port).map(|issuer| issuer.to_string());
        assert_eq!(unset("localhost", 8000).as_deref(), Ok("http://127.0.0.1:8000"));
        assert_eq!(unset("0.0.0.0", 8000), Err(NoIssuer::Unset));
        assert_eq!(unset("127.0.0.1", 0), Err(NoIssuer::AnyPort));
    }

    #[test]
    fn our_origins_are_that_of_the_address_or_those_of_this_machine() {
        assert_eq!(
            address("https://example.org:8443/sso").origins(1),
            ["https://example.org:8443"]
        );
        assert_eq!(
            OwnAddress::Loopback.origins(8000),
            ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"]
        );
    }

    #[test]
    fn what_would_have_to_be_mended_is_refused_with_the_right_text() {
        for (text, right) in [
            ("https:auth.example.org", "https://auth.example.org"),
            ("https:/auth.example.org", "https://auth.example.org"),
            ("https:///auth.example.org", "https://auth.example.org"),
            ("https:\\\\auth.example.org", "https://auth.example.org"),
            ("https://auth.example.org\\sso", "https://auth.example.org/sso"),
            (" https://auth.example.org", "https://auth.example.org"),
            ("https://auth.example.org ", "https://auth.example.org"),
            ("https://auth.exam\tple.org", "https://auth.example.org"),
            ("https://auth.example.org\n", "https://auth.example.org"),
            ("HTTPS://auth.example.org", "https://auth.example.org"),
            ("https://Auth.Example.org", "https://auth.example.org"),
            ("https://auth.example.org:443", "https://auth.example.org"),
            ("https://auth.example.org:/", "https://auth.example.org"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("http://127.1", "http://127.0.0.1"),
            ("https://@example.org", "https://example.org"),
            ("https://example.org/a/../sso", "https://example.org/sso"),
        ] {
            let refused = text.parse::<PublicUrl>().unwrap_err();
            assert_eq!(refused, PublicUrlError::Mended(right.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_address_of_a_server_is_refused() {
        for (text, refusal) in [
            ("", PublicUrlError::NotAnAddress),
            ("auth.example.org", PublicUrlError::NotAnAddress),
            ("/sso", PublicUrlError::NotAnAddress),
            ("https://", PublicUrlError::NotAnAddress),
            ("https://a b", PublicUrlError::NotAnAddress),
            ("https://example.org:port", PublicUrlError::NotAnAddress),
            ("ftp://example.org", PublicUrlError::NotAnAddress),
            ("localhost:8000", PublicUrlError::NotAnAddress),
            ("https://ada@example.org", PublicUrlError::User),
            ("https://ada:word@example.org", PublicUrlError::User),
            ("https:\\\\ada:word@example.org", PublicUrlError::User),
            ("https://example.org?", PublicUrlError::QueryOrFragment),
            ("https://example.org/?a=b", PublicUrlError::QueryOrFragment),
            ("https://example.org/sso#", PublicUrlError::QueryOrFragment),
            ("https://example.org//", PublicUrlError::Path),
            ("https://example.org/sso//", PublicUrlError::Path),
            ("https://example.org/a//b", PublicUrlError::Path),
            ("https://example.org/a%20b", PublicUrlError::Path),
            ("https://example.org/a;b", PublicUrlError::Path),
            ("https://example.org/a'b", PublicUrlError::Path),
            ("https://example.org/<sso>", PublicUrlError::Path),
            ("https://example.org/s so", PublicUrlError::Path),
        ] {
            assert_eq!(text.parse::<PublicUrl>(), Err(refusal), "{text:?}");
        }
    }
}
