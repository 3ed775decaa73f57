//! Revocations in the store, in the order in which they were written.

use super::store::StoreResult;
use chrono::{DateTime, Utc};
use portcullis_domain::Revocation;

/// Counts the revocations of a store. Units that run at once may commit out of its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct RevocationNumber(pub u64);

/// Revocations, inside a unit of work. They are written by
/// [`RefreshTokenRepository`](super::RefreshTokenRepository).
pub trait RevocationRepository {
    /// The revocations behind `after` that have to be remembered at `now`, by number: up to `limit` of them.
    fn list_after(
        &mut self,
        after: RevocationNumber,
        now: DateTime<Utc>,
        limit: usize,
    ) -> StoreResult<Vec<(RevocationNumber, Revocation)>>;

    /// Those of the revocations of these numbers that are there by now and have to be remembered at `now`.
    fn find_all(
        &mut self,
        numbers: &[RevocationNumber],
        now: DateTime<Utc>,
    ) -> StoreResult<Vec<(RevocationNumber, Revocation)>>;

    /// Removes up to `limit` that nobody has to remember at `now`; how many.
    fn delete_expired(&mut self, now: DateTime<Utc>, limit: usize) -> StoreResult<usize>;
}
