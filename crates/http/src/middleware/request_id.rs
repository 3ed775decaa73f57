//! Names every request, and writes one line about it.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::{Clock, Entropy};
use portcullis_domain::ids::uuid_v7;
use tracing::Instrument;

/// The header that carries a request's id, both ways.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const MAX_LENGTH: usize = 128;

/// What a request is called in its answer and in the log: 1 to 128 letters, digits, dots, hyphens and underscores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestId(String);

impl RequestId {
    /// The client's own name for the request, where it can be shown everywhere.
    fn from_client(value: &HeaderValue) -> Option<Self> {
        let text = value.to_str().ok()?;
        let is_plain = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
        ((1..=MAX_LENGTH).contains(&text.len()) && is_plain).then(|| Self(text.to_owned()))
    }

    /// A new UUIDv7.
    pub(crate) fn new(at: DateTime<Utc>, entropy: &dyn Entropy) -> Self {
        Self(uuid_v7(at, entropy.bytes()).to_string())
    }

    /// The one that the OpenAPI document shows.
    pub(crate) fn example() -> Self {
        Self("019338a1-7c00-7a3b-8d52-6f1e0c9b4a27".to_owned())
    }

    /// The id as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

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
        .and_then(RequestId::from_client)
        .unwrap_or_else(|| RequestId::new(began, entropy.as_ref()));
    let method = request.method().clone();
    request.extensions_mut().insert(id.clone());

    let span = tracing::info_span!("request", request_id = id.as_str());
    async move {
        let mut answer = next.call(request).await?;
        if let Ok(value) = HeaderValue::from_str(id.as_str()) {
            answer.headers_mut().insert(X_REQUEST_ID, value);
        }
        let route = answer.request().match_pattern();
        tracing::info!(
            method = method.as_str(),
            route = route.as_deref().unwrap_or("unmatched"),
            status = answer.status().as_u16(),
            duration_ms = milliseconds_between(began, clock.now()),
            "answered"
        );
        Ok(answer)
    }
    .instrument(span)
    .await
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
