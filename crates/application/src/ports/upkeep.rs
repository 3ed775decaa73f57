//! What the servers of one store do in turns.

use super::store::StoreResult;
use chrono::{DateTime, Utc};

/// Work that is done from time to time, by one of the servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UpkeepTask {
    /// Removing what nobody needs any more.
    CleanUp,
    /// Removing old events of the audit trail.
    PruneAuditTrail,
    /// Making and retiring signing keys.
    RotateSigningKeys,
}

impl UpkeepTask {
    /// The task's name in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CleanUp => "clean_up",
            Self::PruneAuditTrail => "prune_audit_trail",
            Self::RotateSigningKeys => "rotate_signing_keys",
        }
    }
}

/// Turns, inside a unit of work.
pub trait UpkeepRepository {
    /// Takes the turn for a task until `until`, unless somebody has it at `now`; whether it was taken. A server that
    /// dies keeps its turn until then. One that ends more than five seconds later than `until` was taken by a clock that
    /// is ahead, or by nobody, and does not count.
    fn take_turn(&mut self, task: UpkeepTask, now: DateTime<Utc>, until: DateTime<Utc>) -> StoreResult<bool>;

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
