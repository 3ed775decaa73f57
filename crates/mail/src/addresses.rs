//! Where the links of mails lead. Settings alone say it, never a request.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use portcullis_domain::{LinkPurpose, SecretText};
use std::str::FromStr;
use url::Url;

/// RFC 3986, section 2.3: what stands in a URI as it is.
const NOT_UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where links of one purpose lead: an http or https address, to whose query the link's text is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkPlace(Url);

impl FromStr for LinkPlace {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|_| "is not an http or https address")?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err("is not an http or https address");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("names a user or a password; take it out");
        }
        Ok(Self(url))
    }
}

/// Where links lead.
#[derive(Debug, Clone)]
pub struct LinkAddresses {
    base: String,
    own: Vec<(LinkPurpose, LinkPlace)>,
}

impl LinkAddresses {
    /// To the server's own pages below `base`, but for those purposes that have a place of their own.
    #[must_use]
    pub fn new(base: &str, own: Vec<(LinkPurpose, LinkPlace)>) -> Self {
        Self {
            base: base.trim_end_matches('/').to_owned(),
            own,
        }
    }

    /// The host that the mails' ids end with.
    #[must_use]
    pub fn host(&self) -> String {
        let host = Url::parse(&self.base)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned));
        host.map_or_else(
            || "localhost".to_owned(),
            |host| host.trim_matches(['[', ']']).to_owned(),
        )
    }

    /// The whole address of a link.
    #[must_use]
    pub fn link(&self, purpose: LinkPurpose, token: &SecretText) -> String {
        let token = utf8_percent_encode(token.expose(), NOT_UNRESERVED);
        let Some((_, LinkPlace(place))) = self.own.iter().find(|(of, _)| *of == purpose) else {
            return format!("{}{}?token={token}", self.base, page(purpose));
        };
        // A place may have a query of its own, and a fragment that a page of one file finds its way by.
        let mut place = place.clone();
        let query = match place.query() {
            Some(query) if !query.is_empty() => format!("{query}&token={token}"),
            Some(_) | None => format!("token={token}"),
        };
        place.set_query(Some(&query));
        place.into()
    }
}

const fn page(purpose: LinkPurpose) -> &'static str {
    match purpose {
        LinkPurpose::VerifyEmail => "/verify-email",
        LinkPurpose::ResetPassword => "/new-password",
        LinkPurpose::UndoEmail => "/undo-email",
        LinkPurpose::NotMe => "/was-it-you",
        LinkPurpose::Join => "/join",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> SecretText {
        SecretText::new("pml_a-b".to_owned())
    }

    #[test]
    fn a_link_leads_to_the_page_or_to_where_it_was_set() {
        let place = "https://app.example/#/reset".parse().unwrap();
        let with_query = "https://app.example/verify?lang=ko".parse().unwrap();
        let addresses = LinkAddresses::new(
            "https://example.org/sso/",
            vec![
                (LinkPurpose::ResetPassword, place),
                (LinkPurpose::VerifyEmail, with_query),
            ],
        );
        for (purpose, link) in [
            (LinkPurpose::Join, "https://example.org/sso/join?token=pml_a-b"),
            (LinkPurpose::ResetPassword, "https://app.example/?token=pml_a-b#/reset"),
            (
                LinkPurpose::VerifyEmail,
                "https://app.example/verify?lang=ko&token=pml_a-b",
            ),
        ] {
            assert_eq!(addresses.link(purpose, &token()), link);
        }
        assert_eq!(addresses.host(), "example.org");
    }

    #[test]
    fn a_place_is_an_http_address_without_a_user() {
        for bad in [
            "",
            "javascript:alert(1)",
            "ftp://x.test",
            "app.example",
            "https://a:b@x.test",
        ] {
            assert!(bad.parse::<LinkPlace>().is_err(), "{bad}");
        }
    }
}
