//! Traces, sent to a collector by OTLP where one is set.
//!
//! A thread of its own sends them in batches, from a bounded queue. Where the collector is away or slow, spans are dropped and
//! nobody waits.

mod watched;

use crate::config::Collector;
use actix_web::http::header::{HeaderMap, HeaderName};
use anyhow::Context as _;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::{SpanContext, TraceContextExt as _, TraceFlags, TraceState, TracerProvider as _};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracer, SdkTracerProvider};
use portcullis_web::RequestTraces;
use std::time::Duration;
use tracing::{Metadata, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;
use watched::Watched;

/// How long the collector may take for a batch.
const SEND: Duration = Duration::from_secs(5);

/// The most spans that wait.
const QUEUE: usize = 2_048;

/// The most spans of one batch.
const BATCH: usize = 512;

/// The longest that a span waits for others.
const PAUSE: Duration = Duration::from_secs(2);

/// How long the last batch may take at a stop.
const LAST_BATCH: Duration = Duration::from_secs(2);

/// Traces that are sent until this is dropped: then the last ones are.
#[derive(Debug)]
pub(crate) struct Traces(Option<SdkTracerProvider>);

impl Traces {
    /// Sends none.
    pub(crate) const fn off() -> Self {
        Self(None)
    }

    /// Begins to send to the collector.
    ///
    /// # Errors
    /// The operating system gives no thread, or no file with the authorities that are trusted.
    pub(crate) fn to(collector: &Collector) -> anyhow::Result<Self> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_endpoint(collector.traces())
            .with_timeout(SEND)
            .with_retry_policy(opentelemetry_otlp::RetryPolicy::disabled())
            .build()
            .with_context(|| format!("OTEL_EXPORTER_OTLP_ENDPOINT: {collector} can't be sent to"))?;
        let bounds = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE)
            .with_max_export_batch_size(BATCH)
            .with_scheduled_delay(PAUSE)
            .build();
        let processor = BatchSpanProcessor::builder(Watched::around(exporter))
            .with_batch_config(bounds)
            .build();
        let resource = Resource::builder().with_attribute(opentelemetry::KeyValue::new(
            "service.version",
            env!("CARGO_PKG_VERSION"),
        ));
        let resource = match std::env::var_os("OTEL_SERVICE_NAME") {
            Some(_) => resource,
            None => resource.with_service_name("portcullis"),
        };
        Ok(Self(Some(
            SdkTracerProvider::builder()
                .with_span_processor(processor)
                .with_resource(resource.build())
                .build(),
        )))
    }

    /// What makes the spans; `None` where none are sent.
    pub(crate) fn tracer(&self) -> Option<SdkTracer> {
        self.0.as_ref().map(|provider| provider.tracer("portcullis"))
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Some(provider) = &self.0 {
            // Whatever became of it: the log has told of a collector that is away.
            let _ = provider.shutdown_with_timeout(LAST_BATCH);
        }
    }
}

/// Whether it is a span of a request, or one below it. Lines of the log are not sent, nor what the server does by itself.
pub(crate) fn is_traced<S>(metadata: &Metadata<'_>, context: &Context<'_, S>) -> bool
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    if !metadata.is_span() {
        return false;
    }
    match metadata.target().strip_prefix("trace::") {
        Some("request") => true,
        Some(_) => context.lookup_current().is_some(),
        None => false,
    }
}

/// What is done to the spans of requests.
pub(crate) const OF_REQUESTS: RequestTraces = RequestTraces { join, name };

/// The bridge takes a new name only as long as there is no span below.
fn name(span: &Span, name: String) {
    span.context().span().update_name(name);
}

/// Joins a span to the trace that the headers of its request name (W3C Trace Context). What can't be read names none. That is
/// all they may say: a stranger neither switches the span off nor adds a text to it.
fn join(span: &Span, headers: &HeaderMap) {
    if headers.contains_key("traceparent") {
        let named = TraceContextPropagator::new().extract(&Headers(headers));
        let named = named.span().span_context().clone();
        let (trace, parent) = (named.trace_id(), named.span_id());
        let parent = SpanContext::new(trace, parent, TraceFlags::SAMPLED, true, TraceState::default());
        let context = opentelemetry::Context::new().with_remote_span_context(parent);
        // Fails where nobody wants the span.
        let _ = span.set_parent(context);
    }
}

struct Headers<'h>(&'h HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}
