//! Log lines, on standard error.

mod json;
mod lines;
mod pretty;
#[cfg(test)]
pub(crate) mod told;
mod writer;

pub(crate) use writer::lost_lines;

use crate::config::{Config, LogFormat, LoggingConfig};
use crate::traces::{Traces, is_traced};
use anstream::{AutoStream, ColorChoice};
use anyhow::Context as _;
use json::Json;
use lines::{Form, Lines, Out};
use portcullis_security::SystemClock;
use portcullis_web::{REQUEST_SPAN, current_request_id};
use pretty::Pretty;
use std::fmt;
use std::io::stderr;
use tracing::{Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets, dynamic_filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use writer::{LogThread, LogWriter};

/// Lines and traces that go out until this is dropped: then the last ones do, and later ones are lost.
pub struct Telling {
    /// Dropped first, since it may have something to tell.
    _traces: Traces,
    _lines: LogThread,
}

impl fmt::Debug for Telling {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Telling")
    }
}

/// Starts logging for the whole process, and to send traces where a collector is set, until what is returned is dropped. A
/// second call changes nothing.
///
/// Lines are written by a thread of their own: nobody waits for whoever reads them.
///
/// # Errors
/// The operating system gives no thread, or traces can't be sent at all. A collector that does not answer is no such error.
pub fn start_logging_and_traces(config: &Config) -> anyhow::Result<Telling> {
    let traces = config.traces.as_ref().map_or(Ok(Traces::off()), Traces::to)?;
    let (writer, thread) = LogWriter::start(stderr()).context("the log can't be written")?;
    start(&config.logging, &traces, writer);
    Ok(Telling {
        _traces: traces,
        _lines: thread,
    })
}

/// Starts logging for the whole process. Each line is written before its caller goes on. A second call changes nothing.
pub fn start_logging(config: &LoggingConfig) {
    start(config, &Traces::off(), stderr());
}

fn start(config: &LoggingConfig, traces: &Traces, out: impl Out) {
    let (registry, filter) = (tracing_subscriber::registry(), filter(config.level));
    // Fails only where a subscriber is set already: by a team's own binary, whose choice stands.
    let _ = match traces.tracer() {
        // One filter for all is asked once for each place that tells; two are asked each time.
        None => registry.with(filter).with(layer(config.format, out)).try_init(),
        Some(sender) => {
            let spans = tracing_opentelemetry::layer()
                .with_tracer(sender)
                .with_location(false)
                .with_threads(false)
                .with_target(false)
                .with_tracked_inactivity(false)
                .with_context_activation(false)
                .with_filter(dynamic_filter_fn(is_traced));
            registry
                .with(layer(config.format, out).with_filter(filter))
                .with(spans)
                .try_init()
        }
    };
}

fn layer<S>(format: LogFormat, out: impl Out) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber,
{
    match format {
        LogFormat::Json => layer_of(Json, out),
        LogFormat::Pretty => {
            let is_colored = AutoStream::choice(&stderr()) != ColorChoice::Never;
            layer_of(Pretty { is_colored }, out)
        }
    }
}

fn layer_of<S>(form: impl Form, out: impl Out) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber,
{
    Lines {
        form,
        clock: SystemClock,
        request_id: current_request_id,
        out,
    }
    .boxed()
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
    // It tells of each answer that is no good as an error, with all of what was sent. What matters of it we tell ourselves.
    let passkeys = LevelFilter::OFF;
    Targets::new()
        .with_target("portcullis", level)
        .with_target(REQUEST_SPAN, LevelFilter::OFF)
        .with_target("actix_http::h1", connections)
        .with_target("webauthn_rs", passkeys)
        .with_target("webauthn_rs_core", passkeys)
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
        for target in ["webauthn_rs_core::internals", "webauthn_rs::interface"] {
            assert!(!filter(Level::TRACE).would_enable(target, &Level::ERROR), "{target}");
        }
    }

    #[test]
    fn the_span_of_a_request_costs_nothing() {
        assert!(!filter(Level::TRACE).would_enable(REQUEST_SPAN, &Level::INFO));
    }

    #[test]
    fn libraries_are_heard_when_something_goes_wrong_with_them() {
        let filter = filter(Level::INFO);
        assert!(filter.would_enable("portcullis_server::serve", &Level::INFO));
        assert!(filter.would_enable("actix_server::worker", &Level::WARN));
        assert!(!filter.would_enable("actix_server::worker", &Level::INFO));
    }
}
