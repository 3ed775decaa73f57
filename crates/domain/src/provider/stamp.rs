//! What is remembered of an authorization request between two visits: when this browser first sent it.

use chrono::{DateTime, TimeDelta, Utc};

/// When a browser first sent a request, and what its user has chosen since. It travels in our own URLs, authenticated, and
/// bound to browser and request; nothing of it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// When the request was first seen.
    pub first_seen: DateTime<Utc>,
    /// Whether the user was asked which account it shall be, and chose the present one.
    pub has_chosen: bool,
}

impl Stamp {
    /// How long one counts. After that the request is new.
    pub const LIFE: TimeDelta = TimeDelta::hours(1);

    /// That of a request that comes for the first time.
    #[must_use]
    pub const fn first(now: DateTime<Utc>) -> Self {
        Self {
            first_seen: now,
            has_chosen: false,
        }
    }

    /// After the user chose the present account.
    #[must_use]
    pub const fn chosen(self) -> Self {
        Self {
            has_chosen: true,
            ..self
        }
    }

    /// Whether it still counts. One from a time to come is of a clock that is ahead of ours, a little.
    #[must_use]
    pub fn counts(&self, now: DateTime<Utc>) -> bool {
        now < self.first_seen + Self::LIFE && self.first_seen <= now + TOLERATED_CLOCK_LAG
    }
}

/// How far the clocks of replicas may differ.
const TOLERATED_CLOCK_LAG: TimeDelta = TimeDelta::seconds(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_counts_for_an_hour() {
        let begin = DateTime::UNIX_EPOCH;
        let stamp = Stamp::first(begin).chosen();
        for (after, counts) in [(-6, false), (-5, true), (0, true), (3599, true), (3600, false)] {
            assert_eq!(stamp.counts(begin + TimeDelta::seconds(after)), counts, "{after}");
        }
    }
}
