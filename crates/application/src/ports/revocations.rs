//! Revocations in the store, in the order in which they were written.

use super::store_error::StoreResult;
use chrono::{DateTime, Utc};
use portcullis_domain::{FamilyId, Generation, Revocation};
use std::ops::RangeInclusive;

/// Counts the revocations of a store. Units that run at once may commit out of its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct RevocationNumber(pub u64);

/// Revocations, inside a unit of work. They are written by
/// [`SessionEndings`](super::SessionEndings).
pub trait RevocationRepository {
    /// The revocations behind `after` that have to be remembered at `now`, by number: up to `limit` of them.
    fn list_after(
        &mut self,
        after: RevocationNumber,
        now: DateTime<Utc>,
        limit: usize,
    ) -> StoreResult<Vec<(RevocationNumber, Revocation)>>;

    /// The revocations whose numbers are in these ranges, that are there by now and that have to be remembered at `now`,
    /// by number: up to `limit` of them. The ranges are given lowest first and have no number in common. A caller that
    /// gets `limit` of them asks again, without the numbers that it has.
    fn list_within(
        &mut self,
        ranges: &[RangeInclusive<RevocationNumber>],
        now: DateTime<Utc>,
        limit: usize,
    ) -> StoreResult<Vec<(RevocationNumber, Revocation)>>;

    /// The highest generation of a family that was revoked, among the revocations that are kept. Looks at all of them: for
    /// what is done seldom.
    fn highest_of(&mut self, family: FamilyId) -> StoreResult<Option<Generation>>;

    /// The number of the revocation that ended last, at `at` or before; `None` where none has ended.
    fn find_last_expired(&mut self, at: DateTime<Utc>) -> StoreResult<Option<RevocationNumber>>;

    /// Removes up to `limit` that nobody has to remember at `now`; how many.
    fn delete_expired(&mut self, now: DateTime<Utc>, limit: usize) -> StoreResult<usize>;
}
