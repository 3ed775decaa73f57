//! A form that a browser sent: whether it was shown that form, and what stands in it.

use crate::visit::Visit;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, ORIGIN};
use portcullis_domain::SecretText;
use portcullis_web::{Fields, Incoming, Kind, Refusal};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A form of another site.
pub(crate) const CROSS_SITE: &Kind = &Kind::new(
    "cross_site_request",
    StatusCode::FORBIDDEN,
    "The request comes from another site",
    "Send the form from its own page.",
);

/// A form that was not shown to this browser, or too long ago.
pub(crate) const FORM_EXPIRED: &Kind = &Kind::new(
    "form_expired",
    StatusCode::FORBIDDEN,
    "The form is not current",
    "Open its page once more and send the form from there.",
);

/// What was sent.
pub(crate) struct Sent {
    fields: Fields,
    /// Whether this browser was shown the form not too long ago. One that was not is shown the form again.
    pub(crate) is_shown: bool,
}

impl Sent {
    /// Reads the form.
    ///
    /// # Errors
    /// `cross_site_request`, and what is no form.
    pub(crate) async fn read(visit: &Visit, incoming: Incoming) -> Result<Self, Refusal> {
        Self::read_judged(visit, incoming, |proof, _| {
            visit.browser.was_shown(proof, "", &visit.pages)
        })
        .await
    }

    /// The same of a form that is about something. `is_shown` judges the proof by what stands beside it.
    ///
    /// # Errors
    /// As those of [`read`](Self::read).
    pub(crate) async fn read_judged(
        visit: &Visit,
        incoming: Incoming,
        is_shown: impl FnOnce(&str, &mut Fields) -> bool,
    ) -> Result<Self, Refusal> {
        if !is_of_ours(visit.headers(), &visit.pages.settings.origins) {
            return Err(CROSS_SITE.into());
        }
        let mut fields = incoming.form().await?;
        let proof = fields.optional_text("csrf").unwrap_or_default();
        Ok(Self {
            is_shown: is_shown(&proof, &mut fields),
            fields,
        })
    }

    /// A field that was sent with something in it.
    pub(crate) fn given(&mut self, name: &'static str) -> Option<String> {
        self.fields.optional_text(name)
    }

    /// A field as it was sent. One that is missing is empty.
    pub(crate) fn text(&mut self, name: &'static str) -> String {
        self.given(name).unwrap_or_default()
    }

    /// The same of a secret.
    pub(crate) fn secret(&mut self, name: &'static str) -> SecretText {
        SecretText::new(self.text(name))
    }
}

/// Whether the browser says that a page of ours sent it. One of the two headers has to be there, and both have to be right:
/// browsers send `Origin` with every form, and most of them `Sec-Fetch-Site`.
fn is_of_ours(headers: &HeaderMap, origins: &[String]) -> bool {
    let site = headers.get(SEC_FETCH_SITE);
    let origin = headers.get(ORIGIN);
    let is_right_site = site.is_none_or(|site| site == "same-origin" || site == "none");
    let is_right_origin = origin.is_none_or(|origin| origins.iter().any(|ours| origin == ours.as_str()));
    (site.is_some() || origin.is_some()) && is_right_site && is_right_origin
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn a_form_comes_from_a_page_of_ours_or_is_refused() {
        let ours = ["https://a.example".to_owned()];
        for (site, origin, expected) in [
            (Some("same-origin"), Some("https://a.example"), true),
            (Some("none"), Some("https://a.example"), true),
            (Some("same-origin"), None, true),
            (None, Some("https://a.example"), true),
            (None, None, false),
            (Some("cross-site"), Some("https://a.example"), false),
            (Some("same-site"), None, false),
            (Some("same-origin"), Some("null"), false),
            (Some("same-origin"), Some("https://b.example"), false),
            (None, Some("null"), false),
            (None, Some("https://a.example.evil.example"), false),
            (None, Some("http://a.example"), false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(site) = site {
                headers.insert(SEC_FETCH_SITE, HeaderValue::from_static(site));
            }
            if let Some(origin) = origin {
                headers.insert(ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(is_of_ours(&headers, &ours), expected, "{site:?} {origin:?}");
        }
    }
}
