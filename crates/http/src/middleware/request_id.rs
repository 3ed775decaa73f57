//! Names every request, and writes one line about it.

use crate::controllers::forward_auth;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::{Clock, Entropy};
use portcullis_domain::RequestId;
use tracing::Instrument;

/// The header that carries a request's id, both ways.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request its id, opens the span that every line of the log about it stands in, and writes one line when
/// it is answered. The line shows the pattern of the route, never the path: paths may hold what is secret.
pub(crate) async fn identify<B: MessageBody + 'static>(
    clock: Data<dyn Clock>,
    entropy: Data<dyn Entropy>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let began = clock.now();
    let id = request
        .headers()
        .get(X_REQUEST_ID)
        .and_then(|value| RequestId::parse(value.to_str().ok()?))
        .unwrap_or_else(|| RequestId::new(began, entropy.bytes()));
    let method = request.method().clone();
    request.extensions_mut().insert(id.clone());

    let span = tracing::info_span!("request", request_id = id.as_str());
    async move {
        let mut answer = next.call(request).await?;
        if let Ok(value) = HeaderValue::from_str(id.as_str()) {
            answer.headers_mut().insert(X_REQUEST_ID, value);
        }
        log_answer(&method, &answer, milliseconds_between(began, clock.now()));
        Ok(answer)
    }
    .instrument(span)
    .await
}

/// A caller whom a proxy may let pass is told at `debug` alone: the proxy writes a line of its own about what follows,
/// and asks as often as it has requests.
fn log_answer<B>(method: &Method, answer: &ServiceResponse<B>, duration_ms: f64) {
    let (method, status) = (method.as_str(), answer.status().as_u16());
    let route = answer.request().match_pattern();
    let route = route.as_deref().unwrap_or("unmatched");
    if route == forward_auth::PATH && answer.status().is_success() {
        tracing::debug!(method, route, status, duration_ms, "answered");
    } else {
        tracing::info!(method, route, status, duration_ms, "answered");
    }
}

/// With three decimals. A clock that was set back meanwhile gives nothing less than zero.
pub(crate) fn milliseconds_between(began: DateTime<Utc>, ended: DateTime<Utc>) -> f64 {
    let microseconds = (ended - began).max(TimeDelta::zero()).num_microseconds();
    // An hour and more is shown as 71 minutes; no request takes that long.
    let shown = microseconds
        .and_then(|count| u32::try_from(count).ok())
        .unwrap_or(u32::MAX);
    f64::from(shown) / 1_000.0
}
