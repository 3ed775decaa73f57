//! Refusals and failures are written for those who read them.

use crate::public_url::OwnAddress;
use crate::refusal::Refusal;
use crate::site::{ForPeople, Surface, Surfaces};
use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _, HttpResponse};

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

/// What is written, and for whom.
fn body_of(answer: &ServiceResponse, refusal: &Refusal) -> Option<(Surface, String)> {
    let request = answer.request();
    let by_path = || {
        request
            .app_data::<Surfaces>()
            .map(|surfaces| surfaces.at(request.path()))
    };
    let by_reader = || {
        request
            .extensions()
            .get::<ForPeople>()
            .map(|ForPeople(surface)| *surface)
    };
    let of_scope = request.app_data::<Surface>().copied();
    let surface = of_scope.or_else(by_reader).or_else(by_path)?;
    let address = request.app_data::<Data<OwnAddress>>()?;
    Some((surface, (surface.write)(refusal, request, address)))
}

fn with_body(mut answer: ServiceResponse, body: Option<(Surface, String)>) -> ServiceResponse {
    let Some((surface, body)) = body else {
        return answer;
    };
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(surface.media_type));
    for (name, value) in surface.headers {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    answer.map_body(|_, _| BoxBody::new(body))
}
