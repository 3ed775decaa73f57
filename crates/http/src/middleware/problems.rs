//! Refusals and failures become problem documents (RFC 9457).

use crate::problem::Problem;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse};
use portcullis_domain::RequestId;

/// Gives every error answer its body and logs what the client is not told. Errors that are none of ours are
/// failures of ours.
pub(crate) async fn render_problems<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let answer = next.call(request).await?.map_into_boxed_body();
    let Some(error) = answer.response().error() else {
        return Ok(answer);
    };
    let request_id = answer.request().extensions().get::<RequestId>().cloned();
    if let Some(problem) = error.as_error::<Problem>() {
        problem.log();
        let body = problem.to_json(request_id.as_ref());
        return Ok(answer.map_body(|_, _| BoxBody::new(body)));
    }
    let problem = Problem::internal(error);
    problem.log();
    let body = problem.to_json(request_id.as_ref());
    let response = HttpResponse::from_error(problem).set_body(BoxBody::new(body));
    Ok(answer.into_response(response))
}
