//! HEAD, wherever GET is (RFC 9110, section 9.3.2).

use actix_web::Error;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::Method;

/// Routes HEAD as GET. The connection still knows that it was HEAD and sends the head of the answer alone.
pub(crate) fn answer_as_get<S>(mut request: ServiceRequest, next: &S) -> S::Future
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    next.call(request)
}
