//! Log lines, on standard error.

use crate::config::{Config, LogFormat, LoggingConfig};
use crate::traces::{Traces, is_traced};
use std::fmt::Debug;
use std::io::{IsTerminal, stderr};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets, dynamic_filter_fn};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging for the whole process, and to send traces where a collector is set, until what is returned is dropped. A
/// second call changes nothing.
///
/// # Errors
/// Traces can't be sent at all. A collector that does not answer is no such error.
pub fn start_logging_and_traces(config: &Config) -> anyhow::Result<Traces> {
    let traces = config.traces.as_ref().map_or(Ok(Traces::off()), Traces::to)?;
    start(&config.logging, &traces);
    Ok(traces)
}

/// Starts logging for the whole process. A second call changes nothing.
pub fn start_logging(config: &LoggingConfig) {
    start(config, &Traces::off());
}

fn start(config: &LoggingConfig, traces: &Traces) {
    let lines = match config.format {
        LogFormat::Json => json_lines().boxed(),
        LogFormat::Pretty => tracing_subscriber::fmt::layer()
            .with_writer(stderr)
            .with_ansi(stderr().is_terminal())
            .boxed(),
    };
    // Fails only where a subscriber is set already: by a team's own binary, whose choice stands.
    let _ = tracing_subscriber::registry()
        .with(RequestIds.with_filter(filter(config.level)))
        .with(lines.with_filter(filter(config.level)))
        .with(traces.tracer().map(|tracer| {
            tracing_opentelemetry::layer()
                .with_tracer(tracer)
                .with_location(false)
                .with_threads(false)
                .with_target(false)
                .with_tracked_inactivity(false)
                .with_context_activation(false)
                .with_filter(dynamic_filter_fn(is_traced))
        }))
        .try_init();
}

/// The id of the request stands beside what the line itself tells. All of the span there would be its name, too.
fn json_lines<S: Subscriber + for<'s> LookupSpan<'s>>() -> impl Layer<S> {
    let mut layer = json_subscriber::layer()
        .with_writer(stderr)
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false);
    layer
        .inner_layer_mut()
        .add_from_extension_ref::<RequestIdOfSpan, _, _>(REQUEST_ID, |id| Some(&id.0));
    layer
}

/// Keeps the id of a request with its span.
struct RequestIds;

struct RequestIdOfSpan(String);

const REQUEST_ID: &str = "request_id";

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for RequestIds {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut found = FoundRequestId(None);
        attributes.record(&mut found);
        if let (Some(request_id), Some(span)) = (found.0, context.span(id)) {
            span.extensions_mut().insert(RequestIdOfSpan(request_id));
        }
    }
}

struct FoundRequestId(Option<String>);

impl Visit for FoundRequestId {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == REQUEST_ID {
            self.0 = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

/// Libraries tell of their inner life at the finer levels; what goes wrong with them they tell as warnings.
fn filter(level: Level) -> Targets {
    let libraries = level.min(Level::WARN);
    // It calls it an error when a client, who need not even be known, sends what is no HTTP.
    let connections = if level >= Level::DEBUG {
        LevelFilter::from_level(libraries)
    } else {
        LevelFilter::OFF
    };
    Targets::new()
        .with_target("portcullis", level)
        .with_target("actix_http::h1", connections)
        .with_default(libraries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_sends_wrongly_is_no_error_of_the_server() {
        let dispatcher = "actix_http::h1::dispatcher";
        for level in [Level::ERROR, Level::WARN, Level::INFO] {
            assert!(!filter(level).would_enable(dispatcher, &Level::ERROR), "{level}");
        }
        assert!(filter(Level::DEBUG).would_enable(dispatcher, &Level::ERROR));
    }

    #[test]
    fn libraries_are_heard_when_something_goes_wrong_with_them() {
        let filter = filter(Level::INFO);
        assert!(filter.would_enable("portcullis_server::serve", &Level::INFO));
        assert!(filter.would_enable("actix_server::worker", &Level::WARN));
        assert!(!filter.would_enable("actix_server::worker", &Level::INFO));
    }
}
