//! The revocations that have to be remembered, as far as this server knows.

use crate::ports::Moment;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_domain::{FamilyId, Generation, Revocation};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use tokio::sync::watch;

/// How old the list may be before it is not trusted. What another server revoked counts here within this time. The longer
/// of two clocks measures it: see [`Moment::since`].
pub(crate) const TRUSTED_FOR: TimeDelta = TimeDelta::seconds(1);

/// The revocations in memory.
///
/// Those of this server are in it before the call that made them is answered; those of others are read from the store
/// several times a second. When that failed for longer than a second, the list says that it may not be trusted.
#[derive(Debug)]
pub struct RevocationList {
    state: RwLock<State>,
    /// Says the list's tag whenever it changes.
    tag: watch::Sender<String>,
}

#[derive(Debug, Default)]
struct State {
    entries: HashMap<FamilyId, Revocation>,
    /// The same ones by the end of their time.
    ends: BTreeSet<(DateTime<Utc>, FamilyId)>,
    /// The digests of all entries, put together so that neither their order nor how they came to be here counts.
    digest: [u8; 16],
    not_before: Option<DateTime<Utc>>,
    /// When the reading began that the store last answered.
    confirmed_at: Option<Moment>,
}

/// What the list holds at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationSnapshot {
    /// Differs between lists that differ. Servers with the same list have the same one.
    pub tag: String,
    /// Access tokens that were issued before are worthless.
    pub not_before: Option<DateTime<Utc>>,
    /// By family.
    pub revocations: Vec<Revocation>,
}

impl Default for RevocationList {
    fn default() -> Self {
        let state = State::default();
        Self {
            tag: watch::Sender::new(state.tag()),
            state: RwLock::new(state),
        }
    }
}

impl RevocationList {
    /// Takes in what was revoked.
    pub fn note(&self, revocations: &[Revocation]) {
        if !revocations.is_empty() {
            let mut state = self.write();
            state.add_all(revocations);
            self.tell(&state);
        }
    }

    /// Says that all was noted which the store had to tell when it was asked from `asked_at` on, and forgets what need not
    /// be remembered any longer.
    pub fn confirm(&self, not_before: Option<DateTime<Utc>>, asked_at: Moment) {
        let mut state = self.write();
        state.forget(asked_at.wall);
        state.not_before = state.not_before.max(not_before);
        state.confirmed_at = Some(asked_at);
        self.tell(&state);
    }

    /// Whether what the list says can be relied on at `now`. A clock that was set back makes it wait for the next
    /// confirmation.
    pub(crate) fn is_trusted(&self, now: Moment) -> bool {
        self.read().is_trusted(now)
    }

    /// The time before which no access token counts, if one was said.
    #[must_use]
    pub fn not_before(&self) -> Option<DateTime<Utc>> {
        self.read().not_before
    }

    /// Whether an access token is worthless that belongs to these families, by its generation in each, where the list can be
    /// relied on at `now`.
    #[must_use]
    pub fn judge(&self, now: Moment, families: &[(FamilyId, Generation)], issued_at: DateTime<Utc>) -> Option<bool> {
        let state = self.read();
        let is_covered = |(family, generation): &(FamilyId, Generation)| state.covers(*family, *generation, issued_at);
        state.is_trusted(now).then(|| families.iter().any(is_covered))
    }

    /// Whether the last reading began later than `now`: then the clock was set back since.
    pub(crate) fn was_confirmed_after(&self, now: DateTime<Utc>) -> bool {
        self.read().confirmed_at.is_some_and(|at| now < at.wall)
    }

    /// All of it.
    #[must_use]
    pub fn snapshot(&self) -> RevocationSnapshot {
        let state = self.read();
        let mut revocations: Vec<Revocation> = state.entries.values().copied().collect();
        revocations.sort_unstable_by_key(|revocation| revocation.family);
        RevocationSnapshot {
            tag: state.tag(),
            not_before: state.not_before,
            revocations,
        }
    }

    /// The list's tag.
    #[must_use]
    pub fn tag(&self) -> String {
        self.read().tag()
    }

    /// Returns when the list's tag is another one than `tag`.
    pub async fn changed(&self, tag: &str) {
        let mut tags = self.tag.subscribe();
        // The sender lives as long as the list, which is borrowed here: there is always an answer.
        drop(tags.wait_for(|present| present != tag).await);
    }

    fn tell(&self, state: &State) {
        let tag = state.tag();
        self.tag.send_if_modified(|present| {
            let is_another = *present != tag;
            *present = tag;
            is_another
        });
    }

    /// A panic elsewhere leaves the list whole enough: its entries are complete ones.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_trusted(&self, now: Moment) -> bool {
        self.confirmed_at.is_some_and(|at| now.is_within(TRUSTED_FOR, at))
    }

    fn covers(&self, family: FamilyId, generation: Generation, issued_at: DateTime<Utc>) -> bool {
        let entry = self.entries.get(&family);
        entry.is_some_and(|revocation| revocation.covers(generation))
            || self.not_before.is_some_and(|not_before| issued_at < not_before)
    }

    fn add_all(&mut self, revocations: &[Revocation]) {
        for revocation in revocations {
            self.add(*revocation);
        }
    }

    /// Of several for one family, the highest generation and the latest end count.
    fn add(&mut self, revocation: Revocation) {
        let id = revocation.family;
        let joined = match self.entries.get(&id) {
            Some(present) => Revocation {
                family: id,
                generation: present.generation.max(revocation.generation),
                until: present.until.max(revocation.until),
            },
            None => revocation,
        };
        self.remove(id);
        self.toggle(&joined);
        self.ends.insert((joined.until, id));
        self.entries.insert(id, joined);
    }

    fn remove(&mut self, id: FamilyId) {
        if let Some(present) = self.entries.remove(&id) {
            self.toggle(&present);
            self.ends.remove(&(present.until, id));
        }
    }

    fn forget(&mut self, now: DateTime<Utc>) {
        while let Some((until, id)) = self.ends.first().copied()
            && until <= now
        {
            self.remove(id);
        }
    }

    /// Puts an entry into the digest, or takes it out.
    fn toggle(&mut self, revocation: &Revocation) {
        let mut hash = Sha256::new();
        hash.update(revocation.family.as_uuid().as_bytes());
        hash.update(revocation.generation.number().to_be_bytes());
        hash.update(revocation.until.timestamp_micros().to_be_bytes());
        for (byte, other) in self.digest.iter_mut().zip(hash.finalize()) {
            *byte ^= other;
        }
    }

    fn tag(&self) -> String {
        let not_before = self.not_before.map_or(0, |at| at.timestamp_micros());
        format!(
            "{:032x}-{}-{not_before}",
            u128::from_be_bytes(self.digest),
            self.entries.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    /// By both clocks.
    fn moment(seconds: i64) -> Moment {
        Moment {
            wall: at(seconds),
            monotonic: Duration::from_secs((1000 + seconds).unsigned_abs()),
        }
    }

    fn family(byte: u8) -> FamilyId {
        FamilyId::new(at(0), [byte; 10])
    }

    fn revocation(byte: u8, generation: u64, until: i64) -> Revocation {
        Revocation {
            family: family(byte),
            generation: Generation::new(generation),
            until: at(until),
        }
    }

    fn covers(list: &RevocationList, byte: u8, generation: u64) -> bool {
        list.read().covers(family(byte), Generation::new(generation), at(0))
    }

    #[test]
    fn it_covers_the_generations_up_to_the_one_that_was_named() {
        let list = RevocationList::default();
        list.note(&[revocation(1, 3, 900)]);
        let covered: Vec<_> = (2..5).map(|generation| covers(&list, 1, generation)).collect();
        assert_eq!(covered, [true, true, false]);
        assert!(!covers(&list, 2, 0));
    }

    #[test]
    fn the_order_in_which_revocations_arrive_does_not_count() {
        let (list, other) = (RevocationList::default(), RevocationList::default());
        list.note(&[revocation(1, 3, 900), revocation(1, 5, 800), revocation(2, 0, 900)]);
        other.note(&[revocation(2, 0, 900)]);
        other.note(&[revocation(1, 5, 800), revocation(1, 3, 900), revocation(1, 3, 900)]);
        assert_eq!(list.snapshot(), other.snapshot());
        assert!(covers(&list, 1, 5));
        assert_eq!(
            list.snapshot().revocations,
            [revocation(1, 5, 900), revocation(2, 0, 900)]
        );
    }

    #[test]
    fn what_need_not_be_remembered_is_forgotten() {
        let list = RevocationList::default();
        let empty = list.tag();
        list.note(&[revocation(1, 0, 10), revocation(2, 0, 20)]);
        list.confirm(None, moment(10));
        assert!(!covers(&list, 1, 0) && covers(&list, 2, 0));
        list.confirm(None, moment(20));
        assert_eq!(list.tag(), empty);
    }

    #[test]
    fn it_is_trusted_for_a_second_after_the_store_answered() {
        let list = RevocationList::default();
        assert!(!list.is_trusted(moment(0)));
        list.confirm(None, moment(0));
        let a_little_earlier = Moment {
            wall: at(1) - TimeDelta::microseconds(1),
            ..moment(0)
        };
        assert!(list.is_trusted(moment(0)) && list.is_trusted(a_little_earlier));
        assert!(!list.is_trusted(moment(1)));
        assert!(!list.is_trusted(moment(-1)), "the clock was set back");
        list.note(&[revocation(1, 0, 10)]);
        assert!(
            !list.is_trusted(moment(1)),
            "what this server revokes says nothing of others"
        );
    }

    #[test]
    fn it_is_trusted_by_whoever_looked_at_the_clock_just_before_it_was_confirmed() {
        let list = RevocationList::default();
        list.confirm(None, moment(0));
        let earlier = |milliseconds| Moment {
            wall: at(0) - TimeDelta::milliseconds(milliseconds),
            ..moment(0)
        };
        assert!(list.is_trusted(earlier(1)));
        assert!(!list.is_trusted(earlier(200)), "the time of day was set back");
    }

    #[test]
    fn the_longer_of_both_clocks_says_how_long_it_is_trusted() {
        let list = RevocationList::default();
        list.confirm(None, moment(0));
        let (wall, monotonic) = (moment(0).wall, moment(0).monotonic);
        let set_back = Moment { wall, ..moment(5) };
        let slept = Moment { monotonic, ..moment(5) };
        assert!(!list.is_trusted(set_back), "the time of day was set back");
        assert!(!list.is_trusted(slept), "the machine was suspended");
    }

    #[test]
    fn a_time_before_which_nothing_counts_covers_every_family() {
        let list = RevocationList::default();
        let before = list.tag();
        list.confirm(Some(at(5)), moment(6));
        assert!(list.read().covers(family(1), Generation::FIRST, at(4)));
        assert!(!list.read().covers(family(1), Generation::FIRST, at(5)));
        assert_ne!(list.tag(), before);
        list.confirm(None, moment(7));
        assert_eq!(list.snapshot().not_before, Some(at(5)));
    }

    #[tokio::test]
    async fn whoever_waits_hears_of_a_change_and_of_one_that_was_before() {
        let list = RevocationList::default();
        let before = list.tag();
        let ((), ()) = tokio::join!(list.changed(&before), async {
            list.note(&[revocation(1, 0, 10)]);
        });
        list.changed(&before).await;
        assert_ne!(list.tag(), before);
    }
}
