//! A clock that stands still until it is moved.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use portcullis_application::ports::Clock;
use shaku::Component;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// Microseconds since 1970 of [`FakeClock::start`]: 2030-03-17 17:46:40.123456 UTC.
const START: i64 = 1_900_000_000_123_456;

/// Tells the time that it was last set to. Clones share it, so a test can move what a service reads.
#[derive(Clone, Component)]
#[shaku(interface = Clock)]
pub struct FakeClock {
    /// Microseconds since 1970.
    #[shaku(default = Arc::new(AtomicI64::new(START)))]
    now: Arc<AtomicI64>,
    /// Microseconds by which it was moved forward.
    #[shaku(default)]
    passed: Arc<AtomicU64>,
}

impl FakeClock {
    /// A clock at [`FakeClock::start`].
    #[must_use]
    pub fn new() -> Self {
        Self {
            now: Arc::new(AtomicI64::new(START)),
            passed: Arc::default(),
        }
    }

    /// The moment that every fake clock begins with. It has microseconds, and is no whole second.
    #[must_use]
    pub fn start() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::microseconds(START)
    }

    /// Sets the time of day to `now`, cut to whole microseconds, as somebody who sets a clock does: no time passes.
    pub fn set(&self, now: DateTime<Utc>) {
        self.now
            .store(now.trunc_subsecs(6).timestamp_micros(), Ordering::SeqCst);
    }

    /// Lets that time pass; where it is negative, sets the time of day back.
    pub fn advance(&self, time: TimeDelta) {
        let passed = u64::try_from(time.num_microseconds().unwrap_or_default()).unwrap_or(0);
        self.passed.fetch_add(passed, Ordering::SeqCst);
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

    fn monotonic(&self) -> Duration {
        Duration::from_micros(self.passed.load(Ordering::SeqCst))
    }
}
