//! Time.

use chrono::{DateTime, TimeDelta, Utc};
use shaku::Interface;
use std::time::Duration;

/// Tells the time.
pub trait Clock: Interface {
    /// Now, cut to whole microseconds: what PostgreSQL keeps, so that a time read back equals the one written.
    fn now(&self) -> DateTime<Utc>;

    /// How long a fixed moment has been over. It never runs backwards, also when somebody sets the time of day. It may stand
    /// still while the machine is suspended.
    fn monotonic(&self) -> Duration;
}

/// How far apart two threads may tell the time that look at it at once: one may be held up in between.
const TOLD_APART: TimeDelta = TimeDelta::milliseconds(100);

/// One moment by both ways to tell the time.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The time of day.
    pub wall: DateTime<Utc>,
    /// How long the clock's fixed moment was over.
    pub monotonic: Duration,
}

impl Moment {
    /// Now.
    #[must_use]
    pub fn of(clock: &dyn Clock) -> Self {
        Self {
            wall: clock.now(),
            monotonic: clock.monotonic(),
        }
    }

    /// Whether less than `limit` has gone by since `earlier`, which another thread may have told just after this moment was. Not
    /// where the time of day was set back in between.
    #[must_use]
    pub fn is_within(self, limit: TimeDelta, earlier: Self) -> bool {
        earlier.wall - TOLD_APART <= self.wall && self.since(earlier) < limit
    }

    /// How long `earlier` has been over, by the clock that says more: somebody may have set the time of day back, and the
    /// monotonic clock may have stood still.
    #[must_use]
    pub fn since(self, earlier: Self) -> TimeDelta {
        let by_monotonic = self.monotonic.saturating_sub(earlier.monotonic);
        let by_monotonic = TimeDelta::from_std(by_monotonic).unwrap_or(TimeDelta::MAX);
        (self.wall - earlier.wall).max(by_monotonic)
    }
}
