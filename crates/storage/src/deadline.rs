//! How long a caller waits, and how often the log says the same.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// When a caller must have its answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    pub(crate) fn after(wait: Duration) -> Self {
        Self(Instant::now() + wait)
    }

    /// What is left of the wait; zero when it is over.
    pub(crate) fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}

/// Lets one line a second into the log: what fails for one caller fails for a thousand.
#[derive(Debug, Default)]
pub(crate) struct LogRate(Mutex<Option<Instant>>);

impl LogRate {
    const PAUSE: Duration = Duration::from_secs(1);

    /// Whether a line is due. It counts as written.
    pub(crate) fn is_due(&self) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.is_none_or(|last| last.elapsed() >= Self::PAUSE);
        if due {
            *last = Some(Instant::now());
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_line_at_once_is_not_due() {
        let rate = LogRate::default();
        assert!(rate.is_due());
        assert!(!rate.is_due());
    }
}
