//! What browsers are told about every answer.

use crate::public_url::OwnAddress;
use actix_web::http::header::{HeaderName, HeaderValue, STRICT_TRANSPORT_SECURITY};
use actix_web::middleware::DefaultHeaders;

/// Nothing here is a page, so nothing may be loaded, framed, sniffed, kept or used of the device. An answer that is a page, or
/// that may be kept, says so itself.
const SECURITY_HEADERS: [(&str, &str); 7] = [
    ("cache-control", "no-store"),
    (
        "content-security-policy",
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    ),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), \
         midi=(), payment=(), usb=()",
    ),
];

/// A year (RFC 6797). Subdomains are left out: they may be other services of the operator, which do without TLS.
const A_YEAR_OF_TLS: &str = "max-age=31536000";

/// Adds them. Names and values that are static are copied into an answer without a count of references. A client that came
/// without TLS ignores that it has to use it.
pub(crate) fn security_headers(address: &OwnAddress) -> DefaultHeaders {
    let headers = SECURITY_HEADERS
        .into_iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .fold(DefaultHeaders::new(), DefaultHeaders::add);
    if address.is_https() {
        headers.add((STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(A_YEAR_OF_TLS)))
    } else {
        headers
    }
}
