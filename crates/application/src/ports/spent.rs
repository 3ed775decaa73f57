//! What is good for one use, in the store.

use super::store_error::StoreResult;
use chrono::{DateTime, Utc};
use portcullis_domain::Digest32;

/// Digests of what was used, inside a unit of work.
pub trait SpentRepository {
    /// Uses it up, to be remembered until `until`; whether this is the first use. Of several units that try at once, one is
    /// told so.
    fn spend(&mut self, digest: &Digest32, until: DateTime<Utc>) -> StoreResult<bool>;

    /// Removes up to `limit` that need not be remembered at `now`; how many. Nothing else removes any.
    fn delete_expired(&mut self, now: DateTime<Utc>, limit: usize) -> StoreResult<usize>;
}
