//! How far the revocations of a store were read, and which may still turn up before that.

use crate::ports::RevocationNumber;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// How long a number that was passed over may turn up still: longer than any unit of work can take. A number is given
/// to a revocation when it is written, and seen by others when it is committed, which may be after later ones were.
const AWAITED_FOR: TimeDelta = TimeDelta::seconds(90);

/// The most numbers that are awaited. Where more were passed over, the newest of them are.
const MOST_AWAITED: u64 = 1_000;

/// How far the revocations were read.
#[derive(Debug, Default)]
pub(crate) struct RevocationCursor {
    highest: RevocationNumber,
    /// The numbers that were passed over, and when.
    missing: BTreeMap<RevocationNumber, DateTime<Utc>>,
}

impl RevocationCursor {
    /// The highest number that was seen.
    pub(crate) fn highest(&self) -> RevocationNumber {
        self.highest
    }

    /// The numbers below it that were not.
    pub(crate) fn missing(&self) -> Vec<RevocationNumber> {
        self.missing.keys().copied().collect()
    }

    /// Notes that a number was seen at `now`.
    pub(crate) fn saw(&mut self, number: RevocationNumber, now: DateTime<Utc>) {
        self.missing.remove(&number);
        if number > self.highest {
            let first = (self.highest.0 + 1).max(number.0.saturating_sub(MOST_AWAITED));
            let passed_over = (first..number.0).map(|passed_over| (RevocationNumber(passed_over), now));
            self.missing.extend(passed_over);
            self.highest = number;
        }
    }

    /// Awaits no more what was passed over long ago: it was rolled back, or removed.
    pub(crate) fn give_up_old(&mut self, now: DateTime<Utc>) {
        self.missing.retain(|_, since| (now - *since).abs() < AWAITED_FOR);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn missing(cursor: &RevocationCursor) -> Vec<u64> {
        cursor.missing().into_iter().map(|number| number.0).collect()
    }

    #[test]
    fn what_was_passed_over_is_awaited_until_it_turns_up_or_never_can() {
        let mut cursor = RevocationCursor::default();
        for number in [1, 2, 5] {
            cursor.saw(RevocationNumber(number), at(0));
        }
        assert_eq!((cursor.highest().0, missing(&cursor)), (5, vec![3, 4]));
        cursor.saw(RevocationNumber(3), at(1));
        assert_eq!((cursor.highest().0, missing(&cursor)), (5, vec![4]));
        cursor.give_up_old(at(89));
        assert_eq!(missing(&cursor), [4]);
        cursor.give_up_old(at(90));
        assert_eq!(missing(&cursor), []);
    }

    #[test]
    fn a_clock_that_jumps_awaits_nothing_for_ever() {
        let mut cursor = RevocationCursor::default();
        cursor.saw(RevocationNumber(2), at(1_000_000));
        cursor.give_up_old(at(0));
        assert_eq!(missing(&cursor), []);
    }

    #[test]
    fn a_start_far_into_the_numbers_awaits_the_newest_only() {
        let mut cursor = RevocationCursor::default();
        cursor.saw(RevocationNumber(5_000_000), at(0));
        let missing = missing(&cursor);
        assert_eq!((missing.first(), missing.len()), (Some(&4_999_000), 1_000));
    }
}
