//! Names every request, finds out whose it is, and writes one line about it.

use crate::client_address::{ClientAddress, ClientAddresses};
use crate::middleware::observed::{AnsweringRoute, Observed};
use crate::ports::Ports;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{Error, HttpMessage};
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_domain::RequestId;
use portcullis_domain::ids::ID_ENTROPY_BYTES;
use std::cell::RefCell;
use std::rc::Rc;
use tracing::Instrument;
use tracing::field::display;

/// The header that carries a request's id, both ways.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static REQUEST_ID: RequestId;
}

/// The id of the request that the running task answers. `None` elsewhere: in tasks that it spawned, and on other threads.
#[must_use]
pub fn current_request_id() -> Option<RequestId> {
    REQUEST_ID.try_with(Clone::clone).ok()
}

/// The target of the span of a request.
pub const REQUEST_SPAN: &str = "portcullis_web::request";

/// How many ids' chance is drawn at once. To ask the operating system for each would take a twentieth of the shortest
/// request.
const IDS_AT_ONCE: usize = 64;

/// What ids are made of, one for each worker.
pub(crate) struct Identification {
    ports: Rc<Ports>,
    addresses: ClientAddresses,
    asked_all_the_time: &'static [&'static str],
    /// Drawn and not used yet.
    drawn: RefCell<Vec<[u8; ID_ENTROPY_BYTES]>>,
}

impl Identification {
    pub(crate) fn new(ports: Ports, addresses: ClientAddresses, asked_all_the_time: &'static [&'static str]) -> Self {
        Self {
            ports: Rc::new(ports),
            addresses,
            asked_all_the_time,
            drawn: RefCell::new(Vec::with_capacity(IDS_AT_ONCE)),
        }
    }

    fn new_id(&self, now: DateTime<Utc>) -> RequestId {
        let mut drawn = self.drawn.borrow_mut();
        if drawn.is_empty() {
            let bytes: [u8; IDS_AT_ONCE * ID_ENTROPY_BYTES] = self.ports.entropy.bytes();
            drawn.extend(bytes.as_chunks::<ID_ENTROPY_BYTES>().0);
        }
        RequestId::new(now, drawn.pop().unwrap_or_else(|| self.ports.entropy.bytes()))
    }
}

/// Gives the request its id, which every line has that its task logs, and writes one line when it is answered. That line shows
/// the pattern of the route, never the path: paths may hold what is secret.
pub(crate) fn identify<S>(
    identification: &Rc<Identification>,
    request: ServiceRequest,
    next: &S,
) -> impl Future<Output = Result<ServiceResponse, Error>> + use<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    let identification = Rc::clone(identification);
    let began = identification.ports.clock.now();
    let id = request
        .headers()
        .get(X_REQUEST_ID)
        .and_then(|value| RequestId::parse(value.to_str().ok()?))
        .unwrap_or_else(|| identification.new_id(began));
    let method = request.method().clone();
    let observed = Observed::begin(&identification.ports, &method, request.headers(), &id);
    // For teams with a subscriber of their own. The filter of our log turns it off, and the log asks for the id: to make a span
    // and to enter it takes as long as to write the line.
    let span = observed
        .span()
        .in_scope(|| tracing::info_span!(target: REQUEST_SPAN, "request", request_id = id.as_str()));
    let traced = observed.span().clone();
    let header = HeaderValue::from_str(id.as_str());
    let peer = request.peer_addr().map(|peer| peer.ip());
    let (client, answer) = REQUEST_ID.sync_scope(id.clone(), || {
        span.in_scope(|| {
            let client = identification.addresses.find(peer, request.headers(), began);
            request.extensions_mut().insert(id.clone());
            request.extensions_mut().insert(client);
            (client, next.call(request))
        })
    });
    let answered = async move {
        let mut answer = answer.await?;
        if let Ok(header) = header {
            answer.headers_mut().insert(X_REQUEST_ID, header);
        }
        let route = AnsweringRoute::of(answer.request(), identification.asked_all_the_time);
        observed.answered(&route, &method, answer.status());
        log_answer(&route, &method, client, answer.status(), || {
            milliseconds_between(began, identification.ports.clock.now())
        });
        Ok(answer)
    };
    // Both spans, since a subscriber may enable only one of them.
    REQUEST_ID.scope(id, answered.instrument(span).instrument(traced))
}

/// What proxies, orchestrators and services ask all the time is told at `debug` alone, as long as it goes well. A proxy or a
/// service writes a line of its own about what follows.
fn log_answer(
    route: &AnsweringRoute,
    method: &Method,
    client: ClientAddress,
    status: StatusCode,
    duration_ms: impl Fn() -> f64,
) {
    let is_quiet = route.is_asked_all_the_time() && status.is_success();
    let (method, route, status) = (method.as_str(), route.name(), status.as_u16());
    let client = client.0.map(display);
    if is_quiet {
        tracing::debug!(method, route, status, client, duration_ms = duration_ms(), "answered");
    } else {
        tracing::info!(method, route, status, client, duration_ms = duration_ms(), "answered");
    }
}

/// With three decimals. A clock that was set back meanwhile gives nothing less than zero.
fn milliseconds_between(began: DateTime<Utc>, ended: DateTime<Utc>) -> f64 {
    let microseconds = (ended - began).max(TimeDelta::zero()).num_microseconds();
    // An hour and more is shown as 71 minutes; no request takes that long.
    let shown = microseconds
        .and_then(|count| u32::try_from(count).ok())
        .unwrap_or(u32::MAX);
    f64::from(shown) / 1_000.0
}
