//! What may be shown once.

use super::store_error::StoreResult;
use chrono::{DateTime, Utc};
use portcullis_domain::Digest32;

/// Texts that were shown and may not be shown again, inside a unit of work. They are kept by their digests, and go by time
/// alone, so that nobody pushes one out by showing many.
pub trait SpentRepository {
    /// Notes that it was shown; `false` if it was shown before and is remembered.
    fn spend(&mut self, digest: &Digest32, until: DateTime<Utc>) -> StoreResult<bool>;

    /// Whether it was shown before and is remembered.
    fn is_spent(&mut self, digest: &Digest32) -> StoreResult<bool>;

    /// Removes up to `limit` that nobody has to remember at `now`; how many.
    fn delete_expired(&mut self, now: DateTime<Utc>, limit: usize) -> StoreResult<usize>;
}
