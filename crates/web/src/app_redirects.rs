//! Where apps with a front end of their own are answered, after a sign-in at another provider.

use crate::loopback::is_loopback;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use url::Url;

/// The addresses that answers may go to, each compared byte for byte. Clones share them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppRedirects(Arc<[String]>);

/// Why a text is no list of such addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppRedirectsError {
    /// There is nothing between two commas, or at an end.
    #[error("has a comma with nothing beside it")]
    Empty,
    /// It is no address of an app.
    #[error(
        "{0:?} is no address of an app: https, http on this machine, or a scheme of the app's own with a dot in it"
    )]
    NoAddress(String),
    /// It has a fragment, a user or a password.
    #[error("{0:?} has a fragment, a user or a password; take it out")]
    More(String),
    /// It has a parameter that an answer has.
    #[error("{0:?} has code, error or linked in its query, which an answer has; take it out")]
    Answered(String),
    /// It stands there twice.
    #[error("{0:?} stands there twice")]
    Twice(String),
}

impl AppRedirects {
    /// Whether that is one of them, byte for byte.
    #[must_use]
    pub fn hold(&self, address: &str) -> bool {
        self.0.iter().any(|allowed| allowed == address)
    }
}

impl FromStr for AppRedirects {
    type Err = AppRedirectsError;

    /// Reads addresses that commas part.
    fn from_str(text: &str) -> Result<Self, AppRedirectsError> {
        let mut addresses: Vec<String> = Vec::new();
        for part in text.split(',').map(str::trim) {
            judge(part)?;
            if addresses.iter().any(|other| other == part) {
                return Err(AppRedirectsError::Twice(part.to_owned()));
            }
            addresses.push(part.to_owned());
        }
        Ok(Self(addresses.into()))
    }
}

fn judge(text: &str) -> Result<(), AppRedirectsError> {
    let no_address = || AppRedirectsError::NoAddress(text.to_owned());
    if text.is_empty() {
        return Err(AppRedirectsError::Empty);
    }
    if text.contains('*') || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(no_address());
    }
    let url = Url::parse(text).map_err(|_| no_address())?;
    if url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(AppRedirectsError::More(text.to_owned()));
    }
    // Of two parameters of one name each app takes the one that it likes.
    if url
        .query_pairs()
        .any(|(name, _)| matches!(&*name, "code" | "error" | "linked"))
    {
        return Err(AppRedirectsError::Answered(text.to_owned()));
    }
    let has_host = url.host_str().is_some_and(|host| !host.is_empty());
    let is_address = match url.scheme() {
        "https" => has_host,
        "http" => url.host_str().is_some_and(is_loopback),
        // What another app could take for its own has no dot (RFC 8252, section 7.1).
        scheme => scheme.contains('.'),
    };
    is_address.then_some(()).ok_or_else(no_address)
}

impl fmt::Display for AppRedirects {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_held_byte_for_byte() {
        let list: AppRedirects = "https://app.example/cb, http://localhost:3000/cb,com.example.app:/cb"
            .parse()
            .unwrap();
        for address in [
            "https://app.example/cb",
            "http://localhost:3000/cb",
            "com.example.app:/cb",
        ] {
            assert!(list.hold(address), "{address}");
        }
        for address in [
            "https://app.example/cb/",
            "https://app.example/cb?a=b",
            "https://APP.example/cb",
            "https://app.example/cb#a",
            "https://app.example",
            "https://evil.example/cb",
            "",
        ] {
            assert!(!list.hold(address), "{address}");
        }
    }

    #[test]
    fn what_is_no_address_of_an_app_is_refused() {
        for text in [
            "",
            "https://a.example,",
            "app.example",
            "http://app.example/cb",
            "javascript:alert(1)",
            "data:text/html,a",
            "myapp:/cb",
            "https://*.example/cb",
            "https://app.example/cb#a",
            "https://ada@app.example/cb",
            "https://app.example/c b",
            "https://app.example/cb,https://app.example/cb",
            "https://app.example/cb?code=a",
            "https://app.example/cb?a=b&error",
            "https://app.example/cb?l%69nked=",
        ] {
            assert!(text.parse::<AppRedirects>().is_err(), "{text}");
        }
    }
}
