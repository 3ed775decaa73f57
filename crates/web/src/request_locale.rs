//! The language that a request asks for.

use actix_web::dev::Payload;
use actix_web::http::header::ACCEPT_LANGUAGE;
use actix_web::{FromRequest, HttpRequest};
use portcullis_domain::Locale;
use std::convert::Infallible;
use std::future::{Ready, ready};

/// The most languages of a header that are looked at.
const MOST: usize = 16;

/// What `Accept-Language` asks for (RFC 9110, section 12.5.4): the language that it wants most among those that
/// Portcullis writes, else the one that it wants most. `None` where it names none.
pub struct RequestLocale(pub Option<Locale>);

impl RequestLocale {
    /// What that request asks for.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        let header = request.headers().get(ACCEPT_LANGUAGE);
        Self(header.and_then(|value| wanted(value.to_str().ok()?)))
    }
}

impl FromRequest for RequestLocale {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

fn wanted(header: &str) -> Option<Locale> {
    let mut ranges: Vec<(Locale, f32)> = header.split(',').take(MOST).filter_map(range).collect();
    // Those that are wanted alike stay in their order.
    ranges.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let written = ranges.iter().find(|(locale, _)| locale.language().is_some());
    written.or(ranges.first()).map(|(locale, _)| locale.clone())
}

/// A language and how much it is wanted.
fn range(text: &str) -> Option<(Locale, f32)> {
    let mut parts = text.split(';');
    let locale = Locale::parse(parts.next()?.trim()).ok()?;
    let weight = match parts.next() {
        Some(weight) => weight.trim().strip_prefix("q=")?.parse().ok()?,
        None => 1.0,
    };
    (weight > 0.0 && weight <= 1.0).then_some((locale, weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_that_is_wanted_most_among_those_that_are_written_counts() {
        for (header, expected) in [
            ("ko-KR,ko;q=0.9,en;q=0.8", Some("ko-KR")),
            ("de-CH, fr;q=0.9, en;q=0.2, ko;q=0.5", Some("ko")),
            ("de", Some("de")),
            ("en;q=0, ko;q=0.1", Some("ko")),
            ("*", None),
            ("", None),
            ("en;q=2,ko;q=x", None),
            ("<b>,en", Some("en")),
        ] {
            let wanted = wanted(header);
            assert_eq!(wanted.as_ref().map(Locale::as_str), expected, "{header}");
        }
    }
}
