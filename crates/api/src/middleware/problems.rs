//! Refusals and failures become problem documents (RFC 9457).

use crate::problem::Problem;
use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::{Error, HttpMessage, HttpResponse};
use portcullis_domain::RequestId;

/// Gives every error answer its body and logs what the client is not told. Errors that are none of ours are
/// failures of ours.
pub(crate) fn render_problems<S>(
    request: ServiceRequest,
    next: &S,
) -> impl Future<Output = Result<ServiceResponse, Error>> + use<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    let answer = next.call(request);
    async move { Ok(rendered(answer.await?)) }
}

fn rendered(answer: ServiceResponse) -> ServiceResponse {
    let Some(error) = answer.response().error() else {
        return answer;
    };
    let request_id = answer.request().extensions().get::<RequestId>().cloned();
    if let Some(problem) = error.as_error::<Problem>() {
        problem.log();
        let body = problem.to_json(request_id.as_ref());
        return answer.map_body(|_, _| BoxBody::new(body));
    }
    let problem = Problem::internal(error);
    problem.log();
    let body = problem.to_json(request_id.as_ref());
    let response = HttpResponse::from_error(problem).set_body(BoxBody::new(body));
    answer.into_response(response)
}
