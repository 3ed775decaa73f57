//! Figures for whoever watches the server, as Prometheus reads them.
//!
//! The crate that keeps them is known here alone. What happens is told by the application's port `Meter` and by that of
//! requests; what is at one moment, such as the length of a queue, is asked when somebody reads.

mod client_tokens;
mod endpoint;
mod jobs;
mod machinery;
mod mails;
mod meter;
mod process;
mod requests;
mod use_cases;

pub(crate) use endpoint::{Endpoint, start};
pub use meter::{PrometheusMeter, PrometheusMeterParameters};

use jobs::JobFigures;
use machinery::{AgeFigures, HashingFigures, LogFigures, StoreFigures};
use mails::MailFigures;
use portcullis_application::ports::Clock;
use portcullis_security::HashingLoad;
use portcullis_storage::StoreLoad;
use portcullis_web::RequestMeter;
use process::ProcessFigures;
use prometheus_client::encoding::prometheus_text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use requests::RequestFigures;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use use_cases::UseCaseFigures;

/// A gauge of seconds and the like.
type Measure = Gauge<f64, AtomicU64>;

/// The figures of one server, or nothing where nobody wants them. Clones share them.
#[derive(Clone)]
pub struct Metrics(Option<Arc<Figures>>);

struct Figures {
    registry: Registry,
    clock: Arc<dyn Clock>,
    requests: RequestFigures,
    use_cases: UseCaseFigures,
    hashing: HashingFigures,
    store: StoreFigures,
    ages: AgeFigures,
    mails: MailFigures,
    jobs: JobFigures,
    process: ProcessFigures,
    log: LogFigures,
}

impl Metrics {
    /// No figures.
    #[must_use]
    pub const fn off() -> Self {
        Self(None)
    }

    /// Figures by that clock.
    #[must_use]
    pub fn on(clock: Arc<dyn Clock>) -> Self {
        let mut registry = Registry::default();
        let process = ProcessFigures::register(&mut registry);
        build_info(&mut registry);
        let ours = registry.sub_registry_with_prefix("portcullis");
        let figures = Figures {
            requests: RequestFigures::register(ours, portcullis_api::ASKED_ALL_THE_TIME),
            use_cases: UseCaseFigures::register(ours),
            hashing: HashingFigures::register(ours),
            store: StoreFigures::register(ours),
            ages: AgeFigures::register(ours, clock.monotonic()),
            mails: MailFigures::register(ours),
            jobs: JobFigures::register(ours),
            log: LogFigures::register(ours),
            process,
            clock,
            registry,
        };
        Self(Some(Arc::new(figures)))
    }

    /// What counts requests, where somebody wants to know.
    pub(crate) fn requests(&self) -> Option<Arc<dyn RequestMeter>> {
        self.0
            .is_some()
            .then(|| Arc::new(self.clone()) as Arc<dyn RequestMeter>)
    }

    /// A round of a job ended.
    pub(crate) fn job_ended(&self, job: &'static str, is_success: bool) {
        if let Some(figures) = &self.0 {
            figures.jobs.ended(job, is_success, figures.clock.now());
        }
    }

    /// All of them, in Prometheus' text format; empty where there are none.
    fn text(&self, hashing: HashingLoad, store: StoreLoad) -> String {
        let mut text = String::new();
        if let Some(figures) = &self.0 {
            figures.hashing.set(hashing);
            figures.store.set(store);
            figures.ages.set(figures.clock.monotonic());
            figures.process.set();
            figures.log.set();
            // A text takes whatever is written to it.
            let _ = prometheus_text::encode(&mut text, &figures.registry);
        }
        text
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if self.0.is_some() {
            "Metrics(on)"
        } else {
            "Metrics(off)"
        })
    }
}

fn build_info(registry: &mut Registry) {
    let info = Family::<[(&'static str, &'static str); 1], Gauge>::default();
    info.get_or_create(&[("version", env!("PORTCULLIS_VERSION"))]).set(1);
    registry.register(
        "portcullis_build_info",
        "What the server was built of; the value is always 1",
        info,
    );
}

/// A counter for each value of a label. All are there from the start, at zero, so that a first event shows as an increase.
fn counters(
    registry: &mut Registry,
    name: &str,
    help: &str,
    label: &'static str,
    values: impl IntoIterator<Item = &'static str>,
) -> Vec<Counter> {
    let family = Family::<[(&'static str, &'static str); 1], Counter>::default();
    registry.register(name, help, family.clone());
    let values = values.into_iter();
    values
        .map(|value| family.get_or_create_owned(&[(label, value)]))
        .collect()
}

/// A gauge with that name.
fn gauge(registry: &mut Registry, name: &str, help: &str) -> Gauge {
    let gauge = Gauge::default();
    registry.register(name, help, gauge.clone());
    gauge
}

/// A gauge of a measure with that name.
fn measure(registry: &mut Registry, name: &str, help: &str) -> Measure {
    let measure = Measure::default();
    registry.register(name, help, measure.clone());
    measure
}

/// As a gauge takes it.
fn whole(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
