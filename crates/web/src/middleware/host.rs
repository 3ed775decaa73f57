//! What stands in `Host` is a host, whichever it is.

use crate::refusal::{Refusal, kind};
use actix_web::Error;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::header::HOST;
use actix_web::http::uri::Authority;
use futures_util::future::Either;
use std::future::{Ready, ready};
use std::net::Ipv6Addr;

/// Answers 400 where `Host`, or the target in absolute form, names what is no host (RFC 9112, section 3.2). What stands
/// before the server might read it otherwise. An empty one is that of a request whose target has no host. actix-http has
/// refused two of them, and none where HTTP/1.1 needs one.
pub(crate) fn refuse_what_names_no_host<S>(
    request: ServiceRequest,
    next: &S,
) -> Either<S::Future, Ready<Result<ServiceResponse, Error>>>
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    let header = request.headers().get(HOST);
    let is_right = header.is_none_or(|value| {
        value.is_empty() || Authority::try_from(value.as_bytes()).is_ok_and(|authority| is_host(&authority))
    }) && request.uri().authority().is_none_or(is_host);
    if is_right {
        return Either::Left(next.call(request));
    }
    let (request, _) = request.into_parts();
    let answer = ServiceResponse::from_err(Refusal::from(kind::MALFORMED_HOST), request);
    Either::Right(ready(Ok(answer)))
}

/// Whether it is a host, with or without a port. The parser of authorities refuses what can't stand in one.
fn is_host(authority: &Authority) -> bool {
    let host = authority.host();
    // Before the host nothing may stand, such as a user.
    let port = authority.as_str().strip_prefix(host);
    is_name_or_address(host) && port.is_some_and(is_port)
}

fn is_name_or_address(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && !host.contains(['[', ']']),
    }
}

/// Whether it is what may follow a host: nothing, or a colon with or without a number (RFC 3986, section 3.2.3).
fn is_port(text: &str) -> bool {
    match text.strip_prefix(':') {
        Some(digits) => {
            digits.is_empty() || digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u16>().is_ok()
        }
        None => text.is_empty(),
    }
}
