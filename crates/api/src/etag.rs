//! The version of what is answered, and the version that a change is for (RFC 9110, sections 8.8.3 and 13.1.1).

use actix_web::HttpRequest;
use actix_web::http::header::{ETAG, HeaderName, IF_MATCH};
use portcullis_domain::Version;

/// No version that there ever is.
const NONE: Version = Version::new(0);

/// The header that tells a version.
pub(crate) fn etag(version: Version) -> (HeaderName, String) {
    (ETAG, format!("\"{version}\""))
}

/// The version that the header `If-Match` names; `None` where any will do. What names no version of ours, or several, fits
/// to none.
pub(crate) fn if_match(request: &HttpRequest) -> Option<Version> {
    let mut values = request.headers().get_all(IF_MATCH);
    let value = values.next()?.to_str().unwrap_or_default().trim();
    if value == "*" && values.next().is_none() {
        return None;
    }
    let number = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let version = number.and_then(|number| number.parse().ok()).map_or(NONE, Version::new);
    // Tags are compared character by character (section 8.8.3.2): another way to write the number is another tag.
    let is_our_tag = etag(version).1 == value;
    Some(if is_our_tag && values.next().is_none() {
        version
    } else {
        NONE
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_change_is_for_the_version_that_was_seen() {
        let named = |value: &str| {
            if_match(
                &TestRequest::default()
                    .insert_header((IF_MATCH, value))
                    .to_http_request(),
            )
        };
        assert_eq!(named("\"7\""), Some(Version::new(7)));
        assert_eq!(named("*"), None);
        for value in ["7", "W/\"7\"", "\"7\", \"8\"", "\"07\"", "\"+7\"", "\" 7\"", "\"\"", ""] {
            assert_eq!(named(value), Some(NONE), "{value:?}");
        }
        assert_eq!(if_match(&TestRequest::default().to_http_request()), None);
        assert_eq!(etag(Version::new(7)), (ETAG, "\"7\"".to_owned()));
    }
}
