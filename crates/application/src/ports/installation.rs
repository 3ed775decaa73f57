//! What is said of a store as a whole.

use super::store_error::StoreResult;
use chrono::{DateTime, Utc};

/// The store as a whole, inside a unit of work. There is one row of it; without it every call is an error.
pub trait InstallationRepository {
    /// Whether the store is a backup that nobody has served from yet.
    fn is_backup(&mut self) -> StoreResult<bool>;

    /// Takes away the mark of a backup that nobody has served from yet; whether it was there.
    fn take_backup_mark(&mut self) -> StoreResult<bool>;

    /// Access tokens that were issued before are worthless, whatever else is known of them; `None` where that was never
    /// said.
    fn not_before(&mut self) -> StoreResult<Option<DateTime<Utc>>>;

    /// Says so of all access tokens that were issued before `at`. An earlier time than the one that stands there changes
    /// nothing.
    fn raise_not_before(&mut self, at: DateTime<Utc>) -> StoreResult<()>;
}
