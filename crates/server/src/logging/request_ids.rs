//! The id of a request, kept with its span.

use std::fmt::Debug;
use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Keeps the id of a request with its span.
pub(super) struct RequestIds;

pub(super) struct RequestIdOfSpan(pub(super) Box<str>);

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for RequestIds {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut found = FoundRequestId(None);
        attributes.record(&mut found);
        if let (Some(request_id), Some(span)) = (found.0, context.span(id)) {
            span.extensions_mut().insert(RequestIdOfSpan(request_id));
        }
    }
}

struct FoundRequestId(Option<Box<str>>);

impl Visit for FoundRequestId {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "request_id" {
            self.0 = Some(value.into());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}
