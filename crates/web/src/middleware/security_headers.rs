//! What browsers are told about every answer.

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::DefaultHeaders;

/// Nothing here is a page, so nothing may be loaded, framed, sniffed or kept. An answer that is a page, or that may
/// be kept, says so itself.
const SECURITY_HEADERS: [(&str, &str); 6] = [
    ("cache-control", "no-store"),
    (
        "content-security-policy",
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    ),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// Adds them. Names and values that are static are copied into an answer without a count of references.
pub(crate) fn security_headers() -> DefaultHeaders {
    SECURITY_HEADERS
        .into_iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .fold(DefaultHeaders::new(), DefaultHeaders::add)
}
