//! What others see of a request: its figures, and its span in a trace.

use crate::ports::{Ports, RequestMeter, RequestTraces, Route};
use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;
use actix_web::http::{Method, StatusCode};
use portcullis_domain::RequestId;
use std::rc::Rc;
use std::time::Duration;
use tracing::Span;
use tracing::field::Empty;

/// What stands in the place of a route where none answered.
const UNMATCHED: &str = "unmatched";

/// A request that is observed from its beginning to its end.
pub(crate) struct Observed {
    counted: Option<Counted>,
    traces: Option<RequestTraces>,
    span: Span,
}

/// A request that counts as in flight.
struct Counted {
    ports: Rc<Ports>,
    began: Duration,
}

impl Counted {
    fn begin(ports: &Rc<Ports>) -> Option<Self> {
        let meter = ports.requests.as_ref()?;
        meter.began();
        Some(Self {
            ports: Rc::clone(ports),
            began: ports.clock.monotonic(),
        })
    }

    fn answered(&self, route: Route<'_>, method: &Method, status: StatusCode) {
        let took = self.ports.clock.monotonic().saturating_sub(self.began);
        self.tell(|meter| meter.answered(route, method, status, took));
    }

    fn tell(&self, news: impl FnOnce(&dyn RequestMeter)) {
        if let Some(meter) = &self.ports.requests {
            news(&**meter);
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.tell(|meter| meter.ended());
    }
}

impl Observed {
    pub(crate) fn begin(ports: &Rc<Ports>, method: &Method, headers: &HeaderMap, id: &RequestId) -> Self {
        let span = ports.traces.map_or_else(Span::none, |traces| {
            let span = span(method, id);
            (traces.join)(&span, headers);
            span
        });
        Self {
            counted: Counted::begin(ports),
            traces: ports.traces,
            span,
        }
    }

    /// What it does for the trace is done in this span.
    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    /// Tells how it was answered.
    pub(crate) fn answered(&self, route: &AnsweringRoute, method: &Method, status: StatusCode) {
        if let Some(counted) = &self.counted {
            counted.answered(route.for_figures(), method, status);
        }
        let Some(traces) = self.traces else { return };
        let name = route.name();
        (traces.name)(&self.span, format!("{} {name}", known(method)));
        self.span.record("http.route", name);
        self.span.record("http.response.status_code", status.as_u16());
        if status.is_server_error() {
            self.span.record("otel.status_code", "ERROR");
        }
    }
}

/// The names are those of OpenTelemetry's conventions. What a client typed, such as the path and its query, is left out. The
/// target is one that no filter of the log lets through.
fn span(method: &Method, id: &RequestId) -> Span {
    tracing::info_span!(
        target: "trace::request",
        "request",
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = known(method),
        http.route = Empty,
        http.response.status_code = Empty,
        request_id = id.as_str(),
    )
}

/// A client may make methods up.
fn known(method: &Method) -> &str {
    match *method {
        Method::GET | Method::HEAD | Method::POST | Method::PUT | Method::PATCH | Method::DELETE | Method::OPTIONS => {
            method.as_str()
        }
        _ => "_OTHER",
    }
}

/// The route that answered a request.
pub(crate) struct AnsweringRoute {
    asked_all_the_time: Option<(usize, &'static str)>,
    pattern: Option<String>,
}

impl AnsweringRoute {
    pub(crate) fn of(request: &HttpRequest, asked_all_the_time: &[&'static str]) -> Self {
        // Found by its path, which is its pattern: to look for a pattern takes longer than what else is done here.
        let mut numbered = asked_all_the_time.iter().copied().enumerate();
        let asked_all_the_time = numbered.find(|(_, path)| *path == request.path());
        Self {
            pattern: asked_all_the_time.is_none().then(|| request.match_pattern()).flatten(),
            asked_all_the_time,
        }
    }

    pub(crate) fn is_asked_all_the_time(&self) -> bool {
        self.asked_all_the_time.is_some()
    }

    /// The route's pattern.
    pub(crate) fn name(&self) -> &str {
        let asked = self.asked_all_the_time.map(|(_, path)| path);
        asked.or(self.pattern.as_deref()).unwrap_or(UNMATCHED)
    }

    fn for_figures(&self) -> Route<'_> {
        match (self.asked_all_the_time, &self.pattern) {
            (Some((index, _)), _) => Route::AskedAllTheTime(index),
            (None, Some(pattern)) => Route::Pattern(pattern),
            (None, None) => Route::Unmatched,
        }
    }
}
