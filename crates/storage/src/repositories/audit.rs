//! The audit trail: its events, and the chain of seals over them.

pub(super) mod events;
pub(super) mod list;
mod row;
mod seals;

use crate::schema::{audit_events, audit_seals};
use crate::types::DbId;
use crate::unit::Unit;
use diesel::prelude::*;
use portcullis_application::ports::{
    AuditEntry, AuditFilter, AuditRecord, AuditRepository, FoundAuditEntry, SignedPruning, SignedSeal, StoreResult,
};
use portcullis_domain::{AuditEventId, AuditHead, Digest32, Page, PageRequest, Position};

impl AuditRepository for Unit<'_> {
    fn append(&mut self, entry: &AuditEntry) -> StoreResult<()> {
        self.write(|connection| {
            let row = row::AuditEventRow::from(entry);
            Ok(connection.insert_soon(&diesel::insert_into(audit_events::table).values(&row))?)
        })
    }

    fn list(&mut self, filter: &AuditFilter, request: &PageRequest) -> StoreResult<Page<AuditRecord>> {
        self.read(|connection| list::page(connection, filter, request))
    }

    fn list_oldest(&mut self, after: Option<Position>, limit: usize) -> StoreResult<Vec<FoundAuditEntry>> {
        self.read(|connection| events::oldest(connection, after, limit))
    }

    fn lock_head(&mut self) -> StoreResult<AuditHead> {
        self.write(seals::lock_head)
    }

    fn list_unsealed(&mut self, limit: usize) -> StoreResult<Vec<(AuditEventId, Digest32)>> {
        self.read(|connection| events::unsealed(connection, limit))
    }

    fn seal(&mut self, seal: &SignedSeal) -> StoreResult<()> {
        self.write(|connection| seals::add(connection, seal))
    }

    fn head(&mut self) -> StoreResult<Option<AuditHead>> {
        self.read(seals::head)
    }

    fn list_seals(&mut self, after: u64, limit: usize) -> StoreResult<Vec<SignedSeal>> {
        self.read(|connection| seals::behind(connection, after, limit))
    }

    fn list_marked(
        &mut self,
        seal: Option<u64>,
        after: Option<Position>,
        limit: usize,
    ) -> StoreResult<Vec<FoundAuditEntry>> {
        self.read(|connection| events::marked(connection, seal, after, limit))
    }

    fn find_all(&mut self, ids: &[AuditEventId]) -> StoreResult<Vec<FoundAuditEntry>> {
        let ids: Vec<DbId> = ids.iter().map(|id| DbId(id.as_uuid())).collect();
        self.read(|connection| events::of_ids(connection, &ids))
    }

    fn list_stray(&mut self, pruned: u64, last: u64, limit: usize) -> StoreResult<Vec<FoundAuditEntry>> {
        self.read(|connection| events::stray(connection, pruned, last, limit))
    }

    fn pruning(&mut self) -> StoreResult<Option<SignedPruning>> {
        self.read(seals::pruning)
    }

    fn prune(&mut self, record: &SignedPruning) -> StoreResult<()> {
        self.write(|connection| {
            let through = row::number_of(record.pruning.through.number);
            diesel::delete(audit_events::table.filter(audit_events::seal.le(through))).execute(connection)?;
            diesel::delete(audit_seals::table.filter(audit_seals::number.le(through))).execute(connection)?;
            seals::put_pruning(connection, record)
        })
    }
}
