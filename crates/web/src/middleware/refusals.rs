//! Refusals and failures are written for those who read them.

use crate::public_url::OwnAddress;
use crate::refusal::Refusal;
use crate::site::Surface;
use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpResponse};
use portcullis_domain::RequestId;

/// Gives every error answer its body and logs what the client is not told. Errors that are none of ours are
/// failures of ours.
pub(crate) fn write_refusals<S>(
    request: ServiceRequest,
    next: &S,
) -> impl Future<Output = Result<ServiceResponse, Error>> + use<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    let answer = next.call(request);
    async move { Ok(written(answer.await?)) }
}

fn written(answer: ServiceResponse) -> ServiceResponse {
    let Some(error) = answer.response().error() else {
        return answer;
    };
    if let Some(refusal) = error.as_error::<Refusal>() {
        refusal.log();
        let body = body_of(&answer, refusal);
        return with_body(answer, body);
    }
    let refusal = Refusal::internal(error);
    refusal.log();
    let body = body_of(&answer, &refusal);
    let response = HttpResponse::from_error(refusal);
    with_body(answer.into_response(response), body)
}

/// What is written, and its media type.
fn body_of(answer: &ServiceResponse, refusal: &Refusal) -> Option<(&'static str, String)> {
    let surface = answer.request().app_data::<Surface>()?;
    let address = answer.request().app_data::<Data<OwnAddress>>()?;
    let extensions = answer.request().extensions();
    let body = (surface.write)(refusal, extensions.get::<RequestId>(), address);
    Some((surface.media_type, body))
}

fn with_body(mut answer: ServiceResponse, body: Option<(&'static str, String)>) -> ServiceResponse {
    let Some((media_type, body)) = body else {
        return answer;
    };
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer.map_body(|_, _| BoxBody::new(body))
}
