//! A request names a host, whichever it is.

use crate::refusal::{Refusal, kind};
use actix_web::Error;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::header::HOST;
use actix_web::http::uri::Authority;
use futures_util::future::Either;
use std::future::{Ready, ready};
use url::Url;

/// Answers 400 where `Host`, or the target in absolute form, names what is no host (RFC 9112, section 3.2). What stands
/// before the server might read it otherwise. actix-http has refused two of them, and none where HTTP/1.1 needs one.
pub(crate) fn refuse_what_names_no_host<S>(
    request: ServiceRequest,
    next: &S,
) -> Either<S::Future, Ready<Result<ServiceResponse, Error>>>
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    let header = request.headers().get(HOST);
    let is_right = header.is_none_or(|value| Authority::try_from(value.as_bytes()).is_ok_and(|host| is_host(&host)))
        && request.uri().authority().is_none_or(is_host);
    if is_right {
        return Either::Left(next.call(request));
    }
    let (request, _) = request.into_parts();
    let answer = ServiceResponse::from_err(Refusal::from(kind::MALFORMED_HOST), request);
    Either::Right(ready(Ok(answer)))
}

/// Whether it is a host, with or without a port. The parser of authorities refuses what can't stand in one; the parser of
/// URLs, which would repair such, knows what a host and a port are.
fn is_host(authority: &Authority) -> bool {
    let text = authority.as_str();
    !text.contains('@') && Url::parse(&format!("http://{text}")).is_ok()
}
