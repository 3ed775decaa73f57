//! The audit trail in the store.

use super::audit_record::AuditRecord;
use super::store_error::StoreResult;
use chrono::{DateTime, Utc};
use portcullis_domain::{
    AuditEventId, AuditEventType, AuditHead, AuditPruning, AuditSeal, Digest32, Page, PageRequest, Position, UserId,
};
use shaku::Interface;

/// An event as it is written down, with its authentication code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// What is written down of it.
    pub record: AuditRecord,
    /// Over [`AuditRecord::canonical_bytes`].
    pub mac: Digest32,
}

/// An entry as it was found, whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundAuditEntry {
    /// What is written there.
    pub record: AuditRecord,
    /// Its authentication code; `None` where what stands there can't be one.
    pub mac: Option<Digest32>,
    /// The number of its seal, if it was sealed.
    pub seal: Option<u64>,
}

/// A seal with its authentication code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedSeal {
    /// The seal.
    pub seal: AuditSeal,
    /// Over [`AuditSeal::hash`].
    pub mac: Digest32,
}

/// A record of what was removed, with its authentication code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedPruning {
    /// What was removed.
    pub pruning: AuditPruning,
    /// Over [`AuditPruning::canonical_bytes`].
    pub mac: Digest32,
}

/// Which events are asked for. What is `None` is left out of account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Those that happened to that user.
    pub user_id: Option<UserId>,
    /// Those of that type.
    pub kind: Option<AuditEventType>,
    /// Those from then on.
    pub since: Option<DateTime<Utc>>,
}

/// The audit trail, inside a unit of work. There is no call that changes an event.
pub trait AuditRepository {
    /// Adds an event, in the unit that does what it tells of.
    fn append(&mut self, entry: &AuditEntry) -> StoreResult<()>;

    /// The events that match, newest first, after the position that the request names. A call looks at a bounded
    /// number of events, so a page may come short and still name where the next one goes on.
    fn list(&mut self, filter: &AuditFilter, request: &PageRequest) -> StoreResult<Page<AuditRecord>>;

    /// The events behind `after`, oldest first: up to `limit` of them.
    fn list_oldest(&mut self, after: Option<Position>, limit: usize) -> StoreResult<Vec<FoundAuditEntry>>;

    /// Holds the end of the chain of seals until the unit ends: until then nobody else seals or prunes. Where it was
    /// removed, the chain begins anew.
    fn lock_head(&mut self) -> StoreResult<AuditHead>;

    /// The events without a seal, oldest first, each with its authentication code: up to `limit` of them.
    fn list_unsealed(&mut self, limit: usize) -> StoreResult<Vec<(AuditEventId, Digest32)>>;

    /// Adds a seal and marks the events that it names. `lock_head` comes first.
    fn seal(&mut self, seal: &SignedSeal) -> StoreResult<()>;

    /// The end of the chain of seals; `None` where it was removed.
    fn head(&mut self) -> StoreResult<Option<AuditHead>>;

    /// The seals behind that number, by number: up to `limit` of them.
    fn list_seals(&mut self, after: u64, limit: usize) -> StoreResult<Vec<SignedSeal>>;

    /// The events that are marked with a seal of that number, or with none, behind `after`, oldest first: up to `limit`
    /// of them.
    fn list_marked(
        &mut self,
        seal: Option<u64>,
        after: Option<Position>,
        limit: usize,
    ) -> StoreResult<Vec<FoundAuditEntry>>;

    /// The events of those ids, in any order, whatever seal they are marked with.
    fn find_all(&mut self, ids: &[AuditEventId]) -> StoreResult<Vec<FoundAuditEntry>>;

    /// Up to `limit` events that are marked with a seal above `last` or at most `pruned`: there are none in a whole
    /// trail.
    fn list_stray(&mut self, pruned: u64, last: u64, limit: usize) -> StoreResult<Vec<FoundAuditEntry>>;

    /// What was removed so far.
    fn pruning(&mut self) -> StoreResult<Option<SignedPruning>>;

    /// Removes the seals up to the one that the record names, with their events, and writes the record in the place of
    /// the one before. `lock_head` comes first.
    fn prune(&mut self, record: &SignedPruning) -> StoreResult<()>;
}

/// Authenticates what the audit trail says, by a key that the store has not in clear.
pub trait AuditMac: Interface {
    /// The authentication code of a message.
    fn sign(&self, message: &[u8]) -> Digest32;

    /// Whether the code is the message's. Takes constant time.
    fn is_genuine(&self, message: &[u8], mac: &Digest32) -> bool;
}
