//! One spelling for each path.

use crate::problem::{Code, Problem};
use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

/// Answers 404 to percent-encoded paths. The router would decode them, and what stands before the server and
/// guards by path might not.
pub(crate) async fn refuse_encoded_paths<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.uri().path().contains('%') {
        let (request, _) = request.into_parts();
        return Ok(ServiceResponse::from_err(Problem::from(Code::NotFound), request));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}
