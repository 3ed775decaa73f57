//! What a client would rather read.

use actix_web::HttpRequest;
use actix_web::http::header::{Accept, Header as _, Quality};
use actix_web::mime::{APPLICATION, HTML, JSON, STAR, TEXT};

/// Whether the client would rather have HTML than JSON (RFC 9110, section 12.5.1). One that takes anything is a program.
pub(crate) fn prefers_a_page(request: &HttpRequest) -> bool {
    let accept = Accept::parse(request).map(|accept| accept.0).unwrap_or_default();
    let taken = accept.into_iter().filter(|item| item.quality > Quality::ZERO);
    let ranked = Accept(taken.collect()).ranked();
    let first = ranked
        .iter()
        .find_map(|media_type| match (media_type.type_(), media_type.subtype()) {
            (TEXT, HTML | STAR) => Some(true),
            (APPLICATION, JSON | STAR) | (STAR, STAR) => Some(false),
            _ => None,
        });
    first.unwrap_or(false)
}
