//! What the server works with: the threads that hash, the store, what it remembers.

use super::{Measure, gauge, measure, whole};
use crate::logging::lost_lines;
use portcullis_security::HashingLoad;
use portcullis_storage::StoreLoad;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// From what an idle thread takes to what a full queue does.
const WAITS: [f64; 10] = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0];

/// From a disk with a cache to one that hardly answers.
const COMMITS: [f64; 10] = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0];

/// Up to the most units of one commit.
const BATCHES: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// Of the threads that hash passwords.
pub(super) struct HashingFigures {
    waiting: Gauge,
    capacity: Gauge,
    running: Gauge,
    wait: Histogram,
}

impl HashingFigures {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            waiting: gauge(registry, "hashing_queue_depth", "Passwords that wait for a thread"),
            capacity: gauge(registry, "hashing_queue_capacity", "Passwords that may wait"),
            running: gauge(registry, "hashing_running", "Passwords that are worked on"),
            wait: histogram(
                registry,
                "hashing_wait_seconds",
                "How long passwords waited for a thread",
                &WAITS,
            ),
        }
    }

    pub(super) fn waited(&self, time: Duration) {
        self.wait.observe(time.as_secs_f64());
    }

    pub(super) fn set(&self, load: HashingLoad) {
        self.waiting.set(whole(load.waiting));
        self.capacity.set(whole(load.capacity));
        self.running.set(whole(load.running));
    }
}

/// Of the store.
pub(super) struct StoreFigures {
    in_use: Gauge,
    connections: Gauge,
    waiting: Gauge,
    writes: Gauge,
    write_capacity: Gauge,
    commits: Histogram,
    batches: Histogram,
}

impl StoreFigures {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            in_use: gauge(
                registry,
                "store_connections_in_use",
                "Connections in use; on SQLite those that read",
            ),
            connections: gauge(registry, "store_connections_max", "Connections that may be in use"),
            waiting: gauge(
                registry,
                "store_connections_waiting",
                "Units of work that wait for a connection",
            ),
            writes: gauge(
                registry,
                "store_write_queue_depth",
                "Units of work that wait for the thread that writes to SQLite",
            ),
            write_capacity: gauge(
                registry,
                "store_write_queue_capacity",
                "Units of work that may wait for that thread; 0 on PostgreSQL, which has none",
            ),
            commits: histogram(
                registry,
                "store_commit_duration_seconds",
                "How long commits took",
                &COMMITS,
            ),
            batches: histogram(
                registry,
                "store_commit_units",
                "How many units of work a commit held",
                &BATCHES,
            ),
        }
    }

    pub(super) fn committed(&self, units: usize, time: Duration) {
        self.commits.observe(time.as_secs_f64());
        self.batches
            .observe(f64::from(u32::try_from(units).unwrap_or(u32::MAX)));
    }

    pub(super) fn set(&self, load: StoreLoad) {
        self.in_use.set(whole(load.in_use));
        self.connections.set(whole(load.connections));
        self.waiting.set(whole(load.waiting));
        if let Some(writes) = load.writes {
            self.writes.set(whole(writes.waiting));
            self.write_capacity.set(whole(writes.capacity));
        }
    }
}

/// Of the log.
pub(super) struct LogFigures {
    lost: Counter,
}

impl LogFigures {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let lost = Counter::default();
        registry.register(
            "log_lines_lost",
            "Lines of the log that nobody read in time",
            lost.clone(),
        );
        Self { lost }
    }

    pub(super) fn set(&self) {
        self.lost.inner().store(lost_lines(), Ordering::Relaxed);
    }
}

/// How old something is that has to be new.
pub(super) struct AgeFigures {
    revocations: Age,
    audit_trail: Age,
}

struct Age {
    shown: Measure,
    /// By the monotonic clock.
    renewed_at: Mutex<Duration>,
}

impl AgeFigures {
    /// What was never renewed is as old as the server.
    pub(super) fn register(registry: &mut Registry, now: Duration) -> Self {
        let mut age = |name, help| Age {
            shown: measure(registry, name, help),
            renewed_at: Mutex::new(now),
        };
        Self {
            revocations: age(
                "revocation_lag_seconds",
                "How long ago the server last read what other servers revoked",
            ),
            audit_trail: age(
                "audit_seal_lag_seconds",
                "How long ago the whole audit trail was sealed the last time",
            ),
        }
    }

    pub(super) fn revocations_read(&self, now: Duration) {
        self.revocations.renew(now);
    }

    pub(super) fn audit_trail_sealed(&self, now: Duration) {
        self.audit_trail.renew(now);
    }

    pub(super) fn set(&self, now: Duration) {
        self.revocations.show(now);
        self.audit_trail.show(now);
    }
}

impl Age {
    fn renew(&self, now: Duration) {
        *self.renewed_at.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    fn show(&self, now: Duration) {
        let renewed_at = *self.renewed_at.lock().unwrap_or_else(PoisonError::into_inner);
        self.shown.set(now.saturating_sub(renewed_at).as_secs_f64());
    }
}

fn histogram(registry: &mut Registry, name: &str, help: &str, buckets: &[f64]) -> Histogram {
    let histogram = Histogram::new(buckets.iter().copied());
    registry.register(name, help, histogram.clone());
    histogram
}
