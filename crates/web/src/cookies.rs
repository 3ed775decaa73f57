//! Cookies of ours: what they are called, what they say, and how they are read.
//!
//! No library reads them. Those at hand take white space of Unicode away around a name, which browsers keep: so a sibling
//! of ours could set a cookie whose name passes for one with a prefix that only we may set.

use crate::loopback::is_loopback;
use crate::public_url::OwnAddress;
use actix_web::http::header::{COOKIE, HeaderMap, HeaderValue};
use portcullis_domain::SecretText;
use std::time::Duration;

/// The most bytes of a value. Browsers keep about as much of a whole cookie (RFC 6265, section 6.1).
const MAX_VALUE: usize = 4096;

/// A cookie that the server sets.
#[derive(Debug, PartialEq, Eq)]
pub struct OwnCookie {
    /// Its name, without a prefix.
    pub name: &'static str,
    /// Which requests carry it.
    pub same_site: SameSite,
}

/// Which requests of a browser carry a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameSite {
    /// Those that pages of the same site make.
    Strict,
    /// Those, and what a user follows from elsewhere.
    Lax,
}

/// The one rule of our cookies: it follows from where clients reach the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookies {
    /// Has browsers hold the cookie to what it says (RFC 6265bis, section 4.1.3).
    prefix: &'static str,
    secure: &'static str,
    path: String,
    /// Where else a cookie of such a name may be set that browsers send to us: attributes of `Set-Cookie`.
    elsewhere: Vec<String>,
}

/// A text that can't be the value of a cookie (RFC 6265, section 4.1.1).
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("this can't be the value of a cookie")]
pub struct NoCookieValue;

impl Cookies {
    /// The rule at that address, for a server that listens on that host. `None` where there are no cookies: where clients
    /// come without TLS from other machines, anybody on the way could take them.
    #[must_use]
    pub fn at(address: &OwnAddress, listening_host: &str) -> Option<Self> {
        let path = address.path().to_owned();
        if address.is_https() {
            let prefix = if path == "/" { "__Host-" } else { "__Secure-" };
            let secure = "; Secure";
            let elsewhere = match address {
                OwnAddress::Public(url) if path != "/" => places_beside(url.host(), &path),
                OwnAddress::Public(_) | OwnAddress::Loopback => Vec::new(),
            };
            return Some(Self {
                prefix,
                secure,
                path,
                elsewhere,
            });
        }
        let elsewhere = match path.as_str() {
            "/" => Vec::new(),
            _ => vec!["Path=/".to_owned()],
        };
        let host = match address {
            OwnAddress::Public(url) => url.host(),
            OwnAddress::Loopback => listening_host,
        };
        is_loopback(host).then_some(Self {
            prefix: "",
            secure: "",
            path,
            elsewhere,
        })
    }

    /// The cookie's whole name.
    #[must_use]
    pub fn name_of(&self, cookie: &OwnCookie) -> String {
        format!("{}{}", self.prefix, cookie.name)
    }

    /// The value of `Set-Cookie` that gives a browser the cookie for that long.
    ///
    /// # Errors
    /// The value has other characters than a cookie may have, or too many.
    pub fn set(&self, cookie: &OwnCookie, value: &SecretText, life: Duration) -> Result<HeaderValue, NoCookieValue> {
        Ok(self.written(cookie, judged(value)?, Some(life), &self.place()))
    }

    /// The value of `Set-Cookie` that gives a browser the cookie until it is closed (RFC 6265, section 4.1.2.2).
    ///
    /// # Errors
    /// The value has other characters than a cookie may have, or too many.
    pub fn set_until_closed(&self, cookie: &OwnCookie, value: &SecretText) -> Result<HeaderValue, NoCookieValue> {
        Ok(self.written(cookie, judged(value)?, None, &self.place()))
    }

    /// The value of `Set-Cookie` that takes the cookie away.
    #[must_use]
    pub fn clear(&self, cookie: &OwnCookie) -> HeaderValue {
        self.written(cookie, "", Some(Duration::ZERO), &self.place())
    }

    /// The values of `Set-Cookie` that take it away, with others of its name that somebody else set: for a parent of our
    /// domain, or below another path of ours.
    #[must_use]
    pub fn clear_all(&self, cookie: &OwnCookie) -> Vec<HeaderValue> {
        let elsewhere = self.elsewhere.iter();
        let others = elsewhere.map(|place| self.written(cookie, "", Some(Duration::ZERO), place));
        std::iter::once(self.clear(cookie)).chain(others).collect()
    }

    /// Whether a request has several of that name.
    #[must_use]
    pub fn are_several(&self, cookie: &OwnCookie, headers: &HeaderMap) -> bool {
        values(&self.name_of(cookie), headers).count() > 1
    }

    /// The cookie's value in a request. `None` where it is missing, empty or too long, and where it comes twice: one of the
    /// two was set by somebody else, and nobody knows which.
    #[must_use]
    pub fn find(&self, cookie: &OwnCookie, headers: &HeaderMap) -> Option<SecretText> {
        let name = self.name_of(cookie);
        let mut values = values(&name, headers);
        let value = values.next()?;
        if values.next().is_some() || value.is_empty() || value.len() > MAX_VALUE {
            return None;
        }
        let text = str::from_utf8(value).ok()?;
        Some(SecretText::new(text.to_owned()))
    }

    fn place(&self) -> String {
        format!("Path={}", self.path)
    }

    #[expect(
        clippy::expect_used,
        reason = "names are ours, a path is of unreserved characters, and the value was judged"
    )]
    fn written(&self, cookie: &OwnCookie, value: &str, life: Option<Duration>, place: &str) -> HeaderValue {
        let Self { prefix, secure, .. } = self;
        let same_site = match cookie.same_site {
            SameSite::Strict => "Strict",
            SameSite::Lax => "Lax",
        };
        let name = cookie.name;
        let life = life.map_or_else(String::new, |life| format!("; Max-Age={}", life.as_secs()));
        let text = format!("{prefix}{name}={value}; {place}{life}; HttpOnly; SameSite={same_site}{secure}");
        let mut header = HeaderValue::try_from(text).expect("a cookie is the value of a header");
        header.set_sensitive(true);
        header
    }
}

/// The value, if it can be that of a cookie.
fn judged(value: &SecretText) -> Result<&str, NoCookieValue> {
    let value = value.expose();
    let fits = !value.is_empty() && value.len() <= MAX_VALUE && value.bytes().all(is_of_a_value);
    fits.then_some(value).ok_or(NoCookieValue)
}

/// Where others may set a cookie that goes to that host below that path: at the host itself, and for each domain above it.
/// Browsers refuse the domains that nobody may set one for.
fn places_beside(host: &str, path: &str) -> Vec<String> {
    let parents = host.match_indices('.').filter_map(|(at, _)| host.get(at + 1..));
    let is_name = host.parse::<std::net::IpAddr>().is_err() && !host.starts_with('[');
    let domains = std::iter::once(host).chain(parents).filter(|_| is_name);
    let of_domains = domains.flat_map(|domain| {
        let on_path = |path: &str| format!("Path={path}; Domain={domain}");
        [on_path("/"), on_path(path)]
    });
    std::iter::once("Path=/".to_owned()).chain(of_domains).collect()
}

/// The values of the cookies of that name.
fn values<'h>(name: &str, headers: &'h HeaderMap) -> impl Iterator<Item = &'h [u8]> {
    let pairs = headers
        .get_all(COOKIE)
        .flat_map(|header| header.as_bytes().split(|byte| *byte == b';'));
    pairs.filter_map(move |pair| value_of(pair.trim_ascii(), name.as_bytes()))
}

/// The value of a pair that has that name, byte for byte.
fn value_of<'p>(pair: &'p [u8], name: &[u8]) -> Option<&'p [u8]> {
    pair.strip_prefix(name)?.strip_prefix(b"=")
}

/// RFC 6265, section 4.1.1: `cookie-octet`.
fn is_of_a_value(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COOKIE_OF_A_TEST: &OwnCookie = &OwnCookie {
        name: "portcullis-test",
        same_site: SameSite::Strict,
    };

    fn at(address: &str, host: &str) -> Option<Cookies> {
        let address = match address {
            "" => OwnAddress::Loopback,
            address => OwnAddress::Public(address.parse().unwrap()),
        };
        Cookies::at(&address, host)
    }

    fn set_at(address: &str, host: &str) -> Option<String> {
        let set = at(address, host)?.set(
            COOKIE_OF_A_TEST,
            &SecretText::new("value".to_owned()),
            Duration::from_mins(1),
        );
        Some(set.unwrap().to_str().unwrap().to_owned())
    }

    fn found(headers: &[&str]) -> Option<String> {
        let mut map = HeaderMap::new();
        for header in headers {
            map.append(COOKIE, HeaderValue::from_bytes(header.as_bytes()).unwrap());
        }
        let value = at("https://example.org", "0.0.0.0")
            .unwrap()
            .find(COOKIE_OF_A_TEST, &map)?;
        Some(value.expose().to_owned())
    }

    #[test]
    fn the_address_decides_the_name_and_what_the_cookie_says() {
        let host = "__Host-portcullis-test=value; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure";
        let secure = "__Secure-portcullis-test=value; Path=/sso; Max-Age=60; HttpOnly; SameSite=Strict; Secure";
        let plain = "portcullis-test=value; Path=/; Max-Age=60; HttpOnly; SameSite=Strict";
        let below = "portcullis-test=value; Path=/sso; Max-Age=60; HttpOnly; SameSite=Strict";
        for (address, listening, expected) in [
            ("https://example.org", "0.0.0.0", Some(host)),
            ("https://example.org/", "127.0.0.1", Some(host)),
            ("https://localhost:8443", "127.0.0.1", Some(host)),
            ("https://example.org/sso", "0.0.0.0", Some(secure)),
            ("https://example.org/sso/", "0.0.0.0", Some(secure)),
            ("http://localhost:8000", "0.0.0.0", Some(plain)),
            ("http://[::1]:8000", "0.0.0.0", Some(plain)),
            ("http://127.0.0.1:8000/sso", "0.0.0.0", Some(below)),
            ("", "127.0.0.1", Some(plain)),
            ("", "localhost", Some(plain)),
            ("", "[::1]", Some(plain)),
            ("http://example.org", "127.0.0.1", None),
            ("http://192.168.0.7:8000", "127.0.0.1", None),
            ("", "0.0.0.0", None),
            ("", "::", None),
            ("", "192.168.0.7", None),
        ] {
            assert_eq!(set_at(address, listening).as_deref(), expected, "{address} {listening}");
        }
    }

    #[test]
    fn a_cookie_that_ends_with_the_browser_says_no_time() {
        let value = SecretText::new("value".to_owned());
        let set = at("https://example.org", "")
            .unwrap()
            .set_until_closed(COOKIE_OF_A_TEST, &value);
        assert_eq!(
            set.unwrap(),
            "__Host-portcullis-test=value; Path=/; HttpOnly; SameSite=Strict; Secure"
        );
    }

    #[test]
    fn a_cookie_is_cleared_by_the_name_and_path_that_it_was_set_with() {
        let cleared = at("https://example.org/sso", "").unwrap().clear(COOKIE_OF_A_TEST);
        assert_eq!(
            cleared,
            "__Secure-portcullis-test=; Path=/sso; Max-Age=0; HttpOnly; SameSite=Strict; Secure"
        );
    }

    #[test]
    fn cookies_of_its_name_are_cleared_wherever_somebody_may_have_set_them() {
        let cleared = |address: &str| -> Vec<String> {
            let all = at(address, "127.0.0.1").unwrap().clear_all(COOKIE_OF_A_TEST);
            let places = all.iter().map(|line| {
                let (_, rest) = line.to_str().unwrap().split_once("=; ").unwrap();
                rest.split_once("; Max-Age=0").unwrap().0.to_owned()
            });
            places.collect()
        };
        // A browser takes no other cookie with that prefix.
        assert_eq!(cleared("https://auth.example.org"), ["Path=/"]);
        assert_eq!(
            cleared("https://auth.example.org/sso"),
            [
                "Path=/sso",
                "Path=/",
                "Path=/; Domain=auth.example.org",
                "Path=/sso; Domain=auth.example.org",
                "Path=/; Domain=example.org",
                "Path=/sso; Domain=example.org",
                "Path=/; Domain=org",
                "Path=/sso; Domain=org",
            ]
        );
        assert_eq!(cleared("https://192.0.2.1/sso"), ["Path=/sso", "Path=/"]);
        assert_eq!(cleared("http://localhost:8000/sso"), ["Path=/sso", "Path=/"]);
        assert_eq!(cleared(""), ["Path=/"]);
    }

    #[test]
    fn a_value_that_would_say_more_than_a_value_is_refused() {
        let cookies = at("", "127.0.0.1").unwrap();
        let too_long = "a".repeat(MAX_VALUE + 1);
        for value in ["", "a;b", "a b", "a,b", "a\"b", "a\\b", "a\r\nb", "é", &too_long] {
            let value = SecretText::new(value.to_owned());
            let set = cookies.set(COOKIE_OF_A_TEST, &value, Duration::ZERO);
            assert_eq!(set, Err(NoCookieValue), "{}", value.expose());
            let set = cookies.set_until_closed(COOKIE_OF_A_TEST, &value);
            assert_eq!(set, Err(NoCookieValue), "{}", value.expose());
        }
    }

    #[test]
    fn what_is_set_prints_no_secret() {
        let secret = SecretText::new("a-secret".to_owned());
        let set = at("", "127.0.0.1")
            .unwrap()
            .set(COOKIE_OF_A_TEST, &secret, Duration::ZERO);
        assert!(!format!("{set:?}").contains("a-secret"));
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        for headers in [
            &["__Host-portcullis-test=value"][..],
            &["a=1; __Host-portcullis-test=value; b=2"],
            &["a=1;__Host-portcullis-test=value;b=2"],
            &["a=1", "__Host-portcullis-test=value"],
            &["é=ü; broken; =; ;; __Host-portcullis-test=value"],
            &["portcullis-test=other; __Host-portcullis-test2=other; __Host-portcullis-test=value"],
        ] {
            assert_eq!(found(headers).as_deref(), Some("value"), "{headers:?}");
        }
        assert_eq!(found(&["__Host-portcullis-test=a=b"]).as_deref(), Some("a=b"));
    }

    #[test]
    fn a_cookie_that_comes_twice_counts_as_none() {
        for headers in [
            &["__Host-portcullis-test=value; __Host-portcullis-test=value"][..],
            &["__Host-portcullis-test=value; a=1; __Host-portcullis-test=other"],
            &["__Host-portcullis-test=value", "__Host-portcullis-test=other"],
            &["__Host-portcullis-test=value; __Host-portcullis-test="],
        ] {
            assert_eq!(found(headers), None, "{headers:?}");
        }
    }

    #[test]
    fn what_only_resembles_the_cookie_is_none() {
        let too_long = format!("__Host-portcullis-test={}", "a".repeat(MAX_VALUE + 1));
        for header in [
            "",
            "__Host-portcullis-test",
            "__Host-portcullis-test=",
            "__Host-portcullis-test =value",
            "__host-portcullis-test=value",
            "portcullis-test=value",
            "__Secure-portcullis-test=value",
            "\u{2000}__Host-portcullis-test=value",
            "\u{a0}__Host-portcullis-test=value",
            "\u{85}__Host-portcullis-test=value",
            "$Version=1, __Host-portcullis-test=value",
            "a=\"; __Host-portcullis-test\"=value",
            too_long.as_str(),
        ] {
            assert_eq!(found(&[header]), None, "{header}");
        }
    }
}
