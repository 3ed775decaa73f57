//! The ports that the server itself calls.

use actix_web::http::header::HeaderMap;
use actix_web::http::{Method, StatusCode};
use portcullis_application::ports::{Clock, Entropy};
use std::sync::Arc;
use std::time::Duration;
use tracing::Span;

/// What names and measures requests.
#[derive(Clone)]
pub struct Ports {
    /// Stamps request ids and measures requests.
    pub clock: Arc<dyn Clock>,
    /// Makes request ids.
    pub entropy: Arc<dyn Entropy>,
    /// Counts requests, where somebody wants to know.
    pub requests: Option<Arc<dyn RequestMeter>>,
    /// What is done to the span of a request, where traces are sent.
    pub traces: Option<RequestTraces>,
}

/// What is done to the span of a request in a trace.
#[derive(Debug, Clone, Copy)]
pub struct RequestTraces {
    /// Joins it to the trace that the request's headers name.
    pub join: fn(&Span, &HeaderMap),
    /// Gives it the name that is known once the request is answered.
    pub name: fn(&Span, String),
}

/// Counts requests. Each call returns at once and can't fail.
pub trait RequestMeter: Send + Sync {
    /// A request has come.
    fn began(&self);
    /// A request that came is over, whether it was answered or its client went away.
    fn ended(&self);
    /// An answer was made after so long.
    fn answered(&self, route: Route<'_>, method: &Method, status: StatusCode, time: Duration);
}

/// Which route answered. There are as many as are mounted: what a client types is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route<'r> {
    /// One of those that are [asked all the time](crate::Site::asked_all_the_time), by its place among them.
    AskedAllTheTime(usize),
    /// Another one, by its pattern.
    Pattern(&'r str),
    /// None.
    Unmatched,
}
