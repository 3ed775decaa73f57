//! One spelling for each path.

use crate::refusal::{Refusal, kind};
use actix_web::Error;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use futures_util::future::Either;
use std::future::{Ready, ready};

/// Answers 404 to percent-encoded paths. The router would decode them, and what stands before the server and
/// guards by path might not.
pub(crate) fn refuse_encoded_paths<S>(
    request: ServiceRequest,
    next: &S,
) -> Either<S::Future, Ready<Result<ServiceResponse, Error>>>
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    if request.uri().path().contains('%') {
        let (request, _) = request.into_parts();
        let answer = ServiceResponse::from_err(Refusal::from(kind::NOT_FOUND), request);
        return Either::Right(ready(Ok(answer)));
    }
    Either::Left(next.call(request))
}
