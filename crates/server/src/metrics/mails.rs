//! Mails: what becomes of them, and what waits.

use super::{Measure, counters, gauge, measure, whole};
use portcullis_application::ports::{MailOutcome, WaitingMails};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

pub(super) struct MailFigures {
    ended: Vec<Counter>,
    waiting: Gauge,
    given_up: Gauge,
    oldest: Measure,
}

impl MailFigures {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            ended: counters(
                registry,
                "mails",
                "Attempts of this server to send a mail, by outcome",
                "outcome",
                MailOutcome::ALL.iter().map(|outcome| outcome.as_str()),
            ),
            waiting: gauge(registry, "mails_waiting", "Mails that are to be sent"),
            given_up: gauge(
                registry,
                "mails_given_up",
                "Mails that were tried for a day, and stay until somebody sends them again or discards them",
            ),
            oldest: measure(
                registry,
                "mails_oldest_waiting_seconds",
                "How long ago the oldest mail was written that is to be sent; 0 where none is",
            ),
        }
    }

    pub(super) fn attempted(&self, outcome: MailOutcome) {
        if let Some(counter) = self.ended.get(outcome as usize) {
            counter.inc();
        }
    }

    pub(super) fn set(&self, waiting: WaitingMails) {
        self.waiting.set(whole(waiting.count));
        self.given_up.set(whole(waiting.given_up));
        self.oldest.set(waiting.oldest.as_secs_f64());
    }
}
