//! The time of the operating system.

use chrono::{DateTime, SubsecRound, Utc};
use portcullis_application::ports::Clock;
use shaku::Component;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// [`Clock`] of the operating system.
#[derive(Component)]
#[shaku(interface = Clock)]
pub struct SystemClock;

/// The fixed moment of all that is monotonic here: when it was first asked for.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the port that everything else asks")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }

    fn monotonic(&self) -> Duration {
        START.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_whole_microseconds() {
        for _ in 0..1000 {
            assert_eq!(SystemClock.now().timestamp_subsec_nanos() % 1000, 0);
        }
    }

    #[test]
    fn the_monotonic_clock_goes_on() {
        let before = SystemClock.monotonic();
        assert!((0..1_000_000).any(|_| SystemClock.monotonic() > before));
    }
}
