//! How far the revocations of a store were read, and which may still turn up before that.

use crate::ports::RevocationNumber;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// How long numbers that were passed over may turn up still: longer than any unit of work can take. A number is given
/// to a revocation when it is written, and seen by others when it is committed, which may be after later ones were.
const AWAITED_FOR: TimeDelta = TimeDelta::seconds(90);

/// How much of the time between two readings counts as waited, at the most. They are four a second; a clock that was
/// set forward tells more, and no unit of work is over because of that. Where readings are slower than this, numbers are
/// awaited for longer, which costs little.
const COUNTED_AT_ONCE: TimeDelta = TimeDelta::seconds(1);

/// How far the revocations were read. One unit of work can hold any amount of numbers back, so those that were passed
/// over are kept as ranges: there are never more of them than numbers that were seen while they are awaited.
#[derive(Debug, Default)]
pub(crate) struct RevocationCursor {
    /// Numbers up to here turn up no more unless they are there already; `None` before the first reading.
    settled: Option<RevocationNumber>,
    highest: RevocationNumber,
    /// The ranges of numbers that were passed over, by the first of each.
    gaps: BTreeMap<RevocationNumber, Gap>,
    /// How long was waited since the first reading.
    waited: TimeDelta,
    /// When the last reading was.
    read_at: Option<DateTime<Utc>>,
}

/// What is behind the first number of a range.
#[derive(Debug, Clone, Copy)]
struct Gap {
    last: RevocationNumber,
    /// How long was waited already when it was passed over.
    since: TimeDelta,
}

impl RevocationCursor {
    /// Whether nothing was read yet, so that [`begin`](Self::begin) comes first.
    pub(crate) fn is_new(&self) -> bool {
        self.settled.is_none()
    }

    /// Begins behind numbers that turn up no more unless they are there already.
    pub(crate) fn begin(&mut self, settled: RevocationNumber) {
        self.settled = Some(settled);
    }

    /// Where to read on: behind this number.
    pub(crate) fn highest(&self) -> RevocationNumber {
        self.highest
    }

    /// The numbers below it that may turn up still, lowest first.
    pub(crate) fn missing(&self) -> Vec<RangeInclusive<RevocationNumber>> {
        self.gaps.iter().map(|(first, gap)| *first..=gap.last).collect()
    }

    /// Notes that a number was seen at `now`.
    pub(crate) fn saw(&mut self, number: RevocationNumber, now: DateTime<Utc>) {
        let now = self.waited_at(now);
        if self.highest < number {
            let seen_to = self.highest.max(self.settled.unwrap_or_default());
            self.miss(after(seen_to), before(number), now);
            self.highest = number;
        } else if let Some((&first, &Gap { last, since })) = self.gaps.range(..=number).next_back()
            && number <= last
        {
            self.gaps.remove(&first);
            self.miss(first, before(number), since);
            self.miss(after(number), last, since);
        }
    }

    /// Notes that all was read which was there at `now`. What was passed over long ago is awaited no more: it was rolled
    /// back, or removed.
    pub(crate) fn saw_all(&mut self, now: DateTime<Utc>) {
        let now = self.waited_at(now);
        self.highest = self.highest.max(self.settled.unwrap_or_default());
        self.gaps.retain(|_, gap| now - gap.since < AWAITED_FOR);
    }

    /// How long was waited until a reading at `now`.
    fn waited_at(&mut self, now: DateTime<Utc>) -> TimeDelta {
        if let Some(before) = self.read_at.replace(now) {
            self.waited += (now - before).clamp(TimeDelta::zero(), COUNTED_AT_ONCE);
        }
        self.waited
    }

    fn miss(&mut self, first: RevocationNumber, last: RevocationNumber, since: TimeDelta) {
        if first <= last {
            self.gaps.insert(first, Gap { last, since });
        }
    }
}

fn after(number: RevocationNumber) -> RevocationNumber {
    RevocationNumber(number.0.saturating_add(1))
}

fn before(number: RevocationNumber) -> RevocationNumber {
    RevocationNumber(number.0.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn begun(settled: u64) -> RevocationCursor {
        let mut cursor = RevocationCursor::default();
        cursor.begin(RevocationNumber(settled));
        cursor
    }

    fn see(cursor: &mut RevocationCursor, numbers: impl IntoIterator<Item = u64>, now: DateTime<Utc>) {
        for number in numbers {
            cursor.saw(RevocationNumber(number), now);
        }
    }

    /// Reads all that is there, four times a second, until so many seconds of the clock.
    fn read_until(cursor: &mut RevocationCursor, from: i64, to: i64) {
        for quarter in from * 4 + 1..=to * 4 {
            cursor.saw_all(at(0) + TimeDelta::milliseconds(quarter * 250));
        }
    }

    fn missing(cursor: &RevocationCursor) -> Vec<RangeInclusive<u64>> {
        let ranges = cursor.missing().into_iter();
        ranges.map(|range| range.start().0..=range.end().0).collect()
    }

    #[test]
    fn what_was_passed_over_is_awaited_until_it_turns_up_or_never_can() {
        let mut cursor = begun(0);
        see(&mut cursor, [1, 2, 5], at(0));
        assert_eq!((cursor.highest().0, missing(&cursor)), (5, vec![3..=4]));
        see(&mut cursor, [3], at(1));
        assert_eq!((cursor.highest().0, missing(&cursor)), (5, vec![4..=4]));
        read_until(&mut cursor, 1, 89);
        assert_eq!(missing(&cursor), [4..=4]);
        read_until(&mut cursor, 89, 90);
        assert_eq!(missing(&cursor), []);
    }

    #[test]
    fn all_that_one_unit_of_work_holds_back_is_awaited_as_one_range() {
        let mut cursor = begun(0);
        see(&mut cursor, [1, 25_002], at(0));
        assert_eq!(missing(&cursor), [2..=25_001]);
        see(&mut cursor, 2..=25_001, at(1));
        assert_eq!((cursor.highest().0, missing(&cursor)), (25_002, vec![]));
    }

    #[test]
    fn a_gap_that_is_filled_in_part_is_split() {
        let mut cursor = begun(0);
        see(&mut cursor, [10_000], at(0));
        see(&mut cursor, [5_000, 1, 9_999, 5_001], at(1));
        assert_eq!(missing(&cursor), [2..=4_999, 5_002..=9_998]);
        // Again, or beside the gaps.
        see(&mut cursor, [5_000, 1, 9_999, 10_000], at(2));
        assert_eq!(missing(&cursor), [2..=4_999, 5_002..=9_998]);
    }

    #[test]
    fn each_part_of_a_gap_is_as_old_as_the_whole() {
        let mut cursor = begun(0);
        see(&mut cursor, [100], at(0));
        read_until(&mut cursor, 0, 60);
        see(&mut cursor, [50, 200], at(60));
        read_until(&mut cursor, 60, 90);
        assert_eq!(missing(&cursor), [101..=199]);
    }

    #[test]
    fn a_clock_that_is_set_ends_no_wait_and_has_none_go_on_for_ever() {
        for set_to in [1_000_000, -1_000_000] {
            let mut cursor = begun(0);
            see(&mut cursor, [2], at(0));
            read_until(&mut cursor, 0, 1);
            read_until(&mut cursor, set_to, set_to + 88);
            assert_eq!(missing(&cursor), [1..=1], "{set_to}");
            read_until(&mut cursor, set_to + 88, set_to + 90);
            assert_eq!(missing(&cursor), [], "{set_to}");
        }
    }

    #[test]
    fn readings_that_are_rare_give_nothing_up_early_and_frequent_ones_neither() {
        let mut cursor = begun(0);
        see(&mut cursor, [2], at(0));
        for reading in 1..=89 {
            cursor.saw_all(at(reading * 60));
        }
        assert_eq!(missing(&cursor), [1..=1]);
        cursor.saw_all(at(90 * 60));
        assert_eq!(missing(&cursor), []);

        see(&mut cursor, [4], at(90 * 60));
        for reading in 1..100_000 {
            cursor.saw_all(at(90 * 60) + TimeDelta::microseconds(reading * 100));
        }
        assert_eq!(missing(&cursor), [3..=3]);
    }

    #[test]
    fn a_start_awaits_all_that_is_not_settled() {
        let mut cursor = RevocationCursor::default();
        assert!(cursor.is_new());
        cursor.begin(RevocationNumber(4_000_000));
        assert!(!cursor.is_new());
        // Some that are settled are remembered still.
        see(&mut cursor, [3_000_000, 3_500_000], at(0));
        assert_eq!((cursor.highest().0, missing(&cursor)), (3_500_000, vec![]));
        see(&mut cursor, [5_000_000], at(0));
        assert_eq!(missing(&cursor), [4_000_001..=4_999_999]);
    }

    #[test]
    fn a_start_where_nothing_is_remembered_reads_on_behind_what_is_settled() {
        let mut cursor = begun(4_000_000);
        assert_eq!(cursor.highest().0, 0);
        cursor.saw_all(at(0));
        assert_eq!((cursor.highest().0, missing(&cursor)), (4_000_000, vec![]));
        see(&mut cursor, [4_000_003], at(1));
        assert_eq!(missing(&cursor), [4_000_001..=4_000_002]);
    }
}
