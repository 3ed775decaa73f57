//! A clock that stands still until it is moved.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use portcullis_application::ports::Clock;
use shaku::Component;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Microseconds since 1970 of [`FakeClock::start`]: 2030-03-17 17:46:40.123456 UTC.
const START: i64 = 1_900_000_000_123_456;

/// Tells the time that it was last set to. Clones share it, so a test can move what a service reads.
#[derive(Clone, Component)]
#[shaku(interface = Clock)]
pub struct FakeClock {
    /// Microseconds since 1970.
    #[shaku(default = Arc::new(AtomicI64::new(START)))]
    now: Arc<AtomicI64>,
}

impl FakeClock {
    /// A clock at [`FakeClock::start`].
    #[must_use]
    pub fn new() -> Self {
        Self {
            now: Arc::new(AtomicI64::new(START)),
        }
    }

    /// The moment that every fake clock begins with. It has microseconds, and is no whole second.
    #[must_use]
    pub fn start() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::microseconds(START)
    }

    /// Moves the clock to `now`, cut to whole microseconds.
    pub fn set(&self, now: DateTime<Utc>) {
        self.now
            .store(now.trunc_subsecs(6).timestamp_micros(), Ordering::SeqCst);
    }

    /// Moves the clock by `time`, backwards where that is negative.
    pub fn advance(&self, time: TimeDelta) {
        self.set(self.now() + time);
    }
}

impl Default for FakeClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for FakeClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::microseconds(self.now.load(Ordering::SeqCst))
    }
}
