//! Time: asked for by one trait, so that tests decide it.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime};

/// A wait that [`Clock::sleep`] began.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Tells the time and waits.
pub trait Clock: Send + Sync + 'static {
    /// The time of day, which the times in tokens and revocations are compared with.
    fn now(&self) -> SystemTime;

    /// How long a fixed moment has been over. Never runs backwards, also when somebody sets the time of day.
    fn monotonic(&self) -> Duration;

    /// Waits.
    fn sleep(&self, duration: Duration) -> Sleep;
}

/// The clock of the system.
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock whose fixed moment is now.
    #[must_use]
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that is behind the trait")]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// One moment by both ways to tell the time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// The time of day.
    pub(super) wall: SystemTime,
    monotonic: Duration,
}

impl Moment {
    pub(super) fn of(clock: &dyn Clock) -> Self {
        Self {
            wall: clock.now(),
            monotonic: clock.monotonic(),
        }
    }

    /// How long `earlier` has been over, at the most: the monotonic clock of a machine that slept may not have moved,
    /// and the time of day may have been set back.
    pub(super) fn since(self, earlier: Self) -> Duration {
        let by_wall = self.wall.duration_since(earlier.wall).unwrap_or_default();
        by_wall.max(self.monotonic.saturating_sub(earlier.monotonic))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(wall: u64, monotonic: u64) -> Moment {
        Moment {
            wall: SystemTime::UNIX_EPOCH + Duration::from_secs(wall),
            monotonic: Duration::from_secs(monotonic),
        }
    }

    #[test]
    fn the_longer_of_both_spans_counts() {
        for (later, seconds) in [
            (moment(105, 15), 5),
            (moment(700, 11), 600),
            (moment(40, 19), 9),
            (moment(40, 10), 0),
        ] {
            let span = later.since(moment(100, 10));
            assert_eq!(span, Duration::from_secs(seconds), "{later:?}");
        }
    }
}
