//! How long to wait after a failure.

use aws_lc_rs::rand;
use std::time::Duration;

/// Doubles with every failure in a row, up to a bound. Half of each span is left to chance, so that the many services
/// that lost one server don't all come back at the same moment.
#[derive(Debug)]
pub(super) struct Backoff {
    first: Duration,
    longest: Duration,
    failures: u32,
}

impl Backoff {
    pub(super) fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            failures: 0,
        }
    }

    /// The wait after one more failure.
    pub(super) fn next(&mut self) -> Duration {
        let span = self.first.saturating_mul(1 << self.failures.min(16)).min(self.longest);
        self.failures = self.failures.saturating_add(1);
        let half = span / 2;
        half + half.mul_f64(chance())
    }

    /// Ends the row of failures; whether there was one.
    pub(super) fn reset(&mut self) -> bool {
        std::mem::take(&mut self.failures) > 0
    }

    /// Whether the last try failed.
    pub(super) fn is_failing(&self) -> bool {
        self.failures > 0
    }
}

/// From 0 up to 1. Without chance the wait is the shortest, which does no harm.
fn chance() -> f64 {
    let mut bytes = [0; 2];
    match rand::fill(&mut bytes) {
        Ok(()) => f64::from(u16::from_le_bytes(bytes)) / 65_536.0,
        Err(_) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_bound_and_begin_anew_after_a_success() {
        let seconds = Duration::from_secs;
        let mut backoff = Backoff::new(seconds(1), seconds(30));
        assert!(!backoff.reset());
        for span in [1, 2, 4, 8, 16, 30, 30] {
            let wait = backoff.next();
            assert!(
                seconds(span) / 2 <= wait && wait < seconds(span),
                "{wait:?} of {span} s"
            );
        }
        assert!(backoff.reset());
        assert!(backoff.next() < seconds(1));
    }

    #[test]
    fn chance_takes_part() {
        let waits: std::collections::HashSet<_> = (0..20)
            .map(|_| Backoff::new(Duration::from_secs(1), Duration::from_secs(1)).next())
            .collect();
        assert!(waits.len() > 1);
    }
}
