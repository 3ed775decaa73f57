//! Whose pages may call with a cookie, and read what is answered.

use crate::loopback::is_loopback;
use crate::same_site::is_same_site;
use actix_web::http::header::{HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use url::Url;

/// Where a browser says that a request comes from (Fetch Metadata, section 2.3).
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The origins of other servers' pages whose scripts may call: scheme, host and port, as browsers write them (RFC 6454,
/// section 6.2). Clones share them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedOrigins(Arc<[String]>);

/// Why a text is no list of origins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AllowedOriginsError {
    /// Nothing stands before, between or behind commas.
    #[error("has a comma with nothing before or behind it")]
    Empty,
    /// Every page could act for whoever looks at it.
    #[error("{0:?} has a star, and cookies are never for every origin; write each origin whole")]
    Star(String),
    /// Browsers say it of files and of pages in a sandbox, whosever they are.
    #[error("null is no origin that one could trust; write the address that the pages are served from")]
    Null,
    /// Neither http nor https, or no address at all.
    #[error("{0:?} is no origin, which is a scheme, a host and a port where there is one")]
    NoOrigin(String),
    /// An origin with something behind or in it that browsers leave out, or written in another way.
    #[error("{written:?} is not written as browsers write an origin; write {right}")]
    Mended {
        /// As it is.
        written: String,
        /// As it should be.
        right: String,
    },
    /// It stands twice.
    #[error("{0} stands there twice")]
    Twice(String),
}

impl AllowedOrigins {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether that is one of them, byte for byte.
    #[must_use]
    pub fn hold(&self, origin: &str) -> bool {
        self.0.iter().any(|allowed| allowed == origin)
    }

    /// Those of another site than all of `own`. Their pages never send a cookie with `SameSite=Strict`.
    pub fn of_another_site<'o>(&'o self, own: &'o [String]) -> impl Iterator<Item = &'o str> {
        let is_ours = |origin: &&String| own.iter().any(|own| is_same_site(own, origin));
        self.0.iter().filter(move |origin| !is_ours(origin)).map(String::as_str)
    }

    /// Those without TLS of other machines, whose pages anybody on the way can change.
    pub fn in_clear(&self) -> impl Iterator<Item = &str> {
        let host = |origin: &str| Some(Url::parse(origin).ok()?.host_str()?.to_owned());
        let is_ours = move |origin: &str| host(origin).is_some_and(|host| is_loopback(&host));
        let plain = self
            .0
            .iter()
            .map(String::as_str)
            .filter(|origin| origin.starts_with("http:"));
        plain.filter(move |origin| !is_ours(origin))
    }

    /// The origin that the request comes from, where it is one of these.
    pub(crate) fn caller<'r>(&self, headers: &'r HeaderMap) -> Option<&'r HeaderValue> {
        let origin = single(headers, &ORIGIN)?;
        self.hold(origin.to_str().ok()?).then_some(origin)
    }
}

impl FromStr for AllowedOrigins {
    type Err = AllowedOriginsError;

    /// Reads origins that commas part.
    fn from_str(text: &str) -> Result<Self, AllowedOriginsError> {
        let mut origins: Vec<String> = Vec::new();
        for part in text.split(',').map(str::trim) {
            let origin = origin(part)?;
            if origins.contains(&origin) {
                return Err(AllowedOriginsError::Twice(origin));
            }
            origins.push(origin);
        }
        Ok(Self(origins.into()))
    }
}

impl fmt::Display for AllowedOrigins {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.join(", "))
    }
}

fn origin(text: &str) -> Result<String, AllowedOriginsError> {
    let no_origin = || AllowedOriginsError::NoOrigin(text.to_owned());
    if text.is_empty() {
        return Err(AllowedOriginsError::Empty);
    }
    if text.contains('*') {
        return Err(AllowedOriginsError::Star(text.to_owned()));
    }
    if text.eq_ignore_ascii_case("null") {
        return Err(AllowedOriginsError::Null);
    }
    let url = Url::parse(text).map_err(|_| no_origin())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(no_origin());
    }
    let right = url.origin().ascii_serialization();
    if right != text {
        // A password that somebody wrote into it is not repeated.
        let written = if url.username().is_empty() && url.password().is_none() {
            text.to_owned()
        } else {
            right.clone()
        };
        return Err(AllowedOriginsError::Mended { written, right });
    }
    Ok(right)
}

/// Whose pages may call with a cookie: those of this server, and those that were allowed.
#[derive(Debug, Clone, Default)]
pub struct TrustedPages {
    /// Our own origins.
    pub own: Vec<String>,
    /// Those that were allowed.
    pub allowed: AllowedOrigins,
}

impl TrustedPages {
    /// Whether a page of theirs made the request, by what browsers say and no script can say otherwise. `Origin` decides
    /// where it is; a browser leaves it out of some requests that stay within an origin.
    #[must_use]
    pub fn made(&self, headers: &HeaderMap) -> bool {
        if headers.contains_key(ORIGIN) {
            let origin = single(headers, &ORIGIN).and_then(|origin| origin.to_str().ok());
            return origin.is_some_and(|origin| self.own.iter().any(|own| own == origin) || self.allowed.hold(origin));
        }
        single(headers, &SEC_FETCH_SITE).is_some_and(|site| site == "same-origin")
    }

    /// Whether a page made the request that is none of theirs, and was not served from the host that the request is for.
    /// Programs send neither header, and are no pages.
    #[must_use]
    pub fn are_not_where_it_comes_from(&self, headers: &HeaderMap) -> bool {
        if headers.contains_key(ORIGIN) {
            return !self.made(headers) && !is_of_its_host(headers);
        }
        single(headers, &SEC_FETCH_SITE).is_some_and(|site| site != "same-origin" && site != "none")
    }
}

/// Whether the origin is the host that the request is for, as on a server that nobody told its address.
fn is_of_its_host(headers: &HeaderMap) -> bool {
    let origin = single(headers, &ORIGIN).and_then(|origin| origin.to_str().ok());
    let authority = origin
        .and_then(|origin| origin.split_once("://"))
        .map(|(_, authority)| authority);
    let host = single(headers, &HOST).and_then(|host| host.to_str().ok());
    authority.is_some() && authority == host
}

/// The value of a header that stands once.
pub(crate) fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h HeaderValue> {
    let mut values = headers.get_all(name);
    values.next().filter(|_| values.next().is_none())
}

#[cfg(test)]
mod tests;
