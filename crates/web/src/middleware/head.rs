//! HEAD, wherever GET is (RFC 9110, section 9.3.2).

use actix_web::Error;
use actix_web::HttpMessage as _;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::Method;

/// Stands with a request that was HEAD. A handler whose GET may write looks for it.
#[derive(Debug, Clone, Copy)]
pub struct HeadAlone;

/// Routes HEAD as GET. The connection still knows that it was HEAD and sends the head of the answer alone.
pub(crate) fn answer_as_get<S>(mut request: ServiceRequest, next: &S) -> S::Future
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
        request.extensions_mut().insert(HeadAlone);
    }
    next.call(request)
}
