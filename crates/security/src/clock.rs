//! The time of the operating system.

use chrono::{DateTime, SubsecRound, Utc};
use portcullis_application::ports::Clock;
use shaku::Component;

/// [`Clock`] of the operating system.
#[derive(Component)]
#[shaku(interface = Clock)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the port that everything else asks")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
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
}
