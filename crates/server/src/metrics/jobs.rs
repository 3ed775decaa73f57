//! What the server does by itself.

use super::Measure;
use chrono::{DateTime, Utc};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

type Job = [(&'static str, &'static str); 1];

/// Of each job that ran on this server. The names are those of the table of jobs.
pub(super) struct JobFigures {
    runs: Family<[(&'static str, &'static str); 2], Counter>,
    last_run: Family<Job, Measure>,
    last_success: Family<Job, Measure>,
    has_succeeded: Family<Job, Gauge>,
}

impl JobFigures {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let figures = Self {
            runs: Family::default(),
            last_run: Family::default(),
            last_success: Family::default(),
            has_succeeded: Family::default(),
        };
        registry.register(
            "job_runs",
            "Rounds of jobs on this server, by outcome",
            figures.runs.clone(),
        );
        registry.register(
            "job_last_run_timestamp_seconds",
            "When a round of the job last ended on this server",
            figures.last_run.clone(),
        );
        registry.register(
            "job_last_success_timestamp_seconds",
            "When a round of the job last ended well on this server",
            figures.last_success.clone(),
        );
        registry.register(
            "job_last_run_success",
            "Whether the last round of the job on this server ended well",
            figures.has_succeeded.clone(),
        );
        figures
    }

    pub(super) fn ended(&self, job: &'static str, is_success: bool, now: DateTime<Utc>) {
        let labels = [("job_name", job)];
        let at = seconds(now);
        self.last_run.get_or_create(&labels).set(at);
        self.has_succeeded.get_or_create(&labels).set(i64::from(is_success));
        if is_success {
            self.last_success.get_or_create(&labels).set(at);
        }
        let outcome = if is_success { "success" } else { "failure" };
        self.runs
            .get_or_create(&[("job_name", job), ("outcome", outcome)])
            .inc();
    }
}

/// Since 1970, with milliseconds.
fn seconds(at: DateTime<Utc>) -> f64 {
    let whole = i32::try_from(at.timestamp()).map_or(f64::from(i32::MAX), f64::from);
    whole + f64::from(at.timestamp_subsec_millis()) / 1_000.0
}
