//! The audit trail in memory.

use super::{Unit, newest_first};
use chrono::{DateTime, Utc};
use portcullis_application::ports::{
    AuditEntry, AuditFilter, AuditRecord, AuditRepository, FoundAuditEntry, SignedPruning, SignedSeal, StoreError,
    StoreResult,
};
use portcullis_domain::{AuditEventId, AuditHead, Digest32, Page, PageRequest, Position, UserId};
use std::collections::{BTreeMap, HashSet};
use std::ops::Bound;
use uuid::Uuid;

/// The tables of the audit trail.
#[derive(Clone)]
pub struct AuditTrail {
    /// The events, by time and id.
    pub entries: BTreeMap<(DateTime<Utc>, Uuid), KeptEntry>,
    /// The seals, by number.
    pub seals: BTreeMap<u64, SignedSeal>,
    /// The end of their chain; `None` where it was removed.
    pub head: Option<AuditHead>,
    /// What was removed.
    pub pruning: Option<SignedPruning>,
}

/// A row of the audit trail.
#[derive(Clone)]
pub struct KeptEntry {
    /// What is written there.
    pub record: AuditRecord,
    /// Its authentication code.
    pub mac: Digest32,
    /// The number of its seal.
    pub seal: Option<u64>,
}

impl Default for AuditTrail {
    fn default() -> Self {
        Self {
            entries: BTreeMap::new(),
            seals: BTreeMap::new(),
            head: Some(AuditHead::START),
            pruning: None,
        }
    }
}

impl AuditTrail {
    /// Oldest first.
    fn found(&self) -> impl Iterator<Item = FoundAuditEntry> {
        self.found_behind(None)
    }

    fn found_behind(&self, after: Option<Position>) -> impl Iterator<Item = FoundAuditEntry> {
        let behind = after.map_or(Bound::Unbounded, |position| Bound::Excluded((position.at, position.id)));
        let entries = self.entries.range((behind, Bound::Unbounded));
        entries.map(|((at, id), kept)| FoundAuditEntry {
            record: AuditRecord {
                at: *at,
                id: (*id).into(),
                ..kept.record.clone()
            },
            mac: Some(kept.mac),
            seal: kept.seal,
        })
    }
}

impl AuditRepository for Unit {
    fn append(&mut self, entry: &AuditEntry) -> StoreResult<()> {
        let entries = &mut self.writable()?.audit.entries;
        let id = entry.record.id.as_uuid();
        if entries.keys().any(|(_, taken)| *taken == id) {
            return Err(self.fail(StoreError::Conflict));
        }
        let kept = KeptEntry {
            record: entry.record.clone(),
            mac: entry.mac,
            seal: None,
        };
        entries.insert((entry.record.at, id), kept);
        Ok(())
    }

    fn list(&mut self, filter: &AuditFilter, request: &PageRequest) -> StoreResult<Page<AuditRecord>> {
        let scan = self.scan;
        let entries = self.readable()?.audit.entries.values();
        let events = entries.map(|kept| kept.record.clone());
        Ok(newest_first::page(
            events,
            AuditRecord::position,
            request,
            scan,
            |event| matches(filter, event),
        ))
    }

    fn list_oldest(&mut self, after: Option<Position>, limit: usize) -> StoreResult<Vec<FoundAuditEntry>> {
        Ok(self.readable()?.audit.found_behind(after).take(limit).collect())
    }

    /// Units run one after the other: the end is held already.
    fn lock_head(&mut self) -> StoreResult<AuditHead> {
        let head = &mut self.writable()?.audit.head;
        Ok(*head.get_or_insert(AuditHead::START))
    }

    fn list_unsealed(&mut self, limit: usize) -> StoreResult<Vec<(AuditEventId, Digest32)>> {
        let entries = self.readable()?.audit.entries.iter();
        let unsealed = entries.filter(|(_, kept)| kept.seal.is_none());
        Ok(unsealed
            .take(limit)
            .map(|((_, id), kept)| (AuditEventId::from(*id), kept.mac))
            .collect())
    }

    fn seal(&mut self, seal: &SignedSeal) -> StoreResult<()> {
        let audit = &mut self.writable()?.audit;
        let number = seal.seal.number;
        if audit.seals.contains_key(&number) {
            return Err(self.fail(StoreError::Conflict));
        }
        let named: HashSet<_> = seal.seal.events.iter().map(|id| id.as_uuid()).collect();
        for ((_, id), kept) in &mut audit.entries {
            if named.contains(id) {
                kept.seal = Some(number);
            }
        }
        audit.seals.insert(number, seal.clone());
        audit.head = Some(seal.seal.head());
        Ok(())
    }

    fn head(&mut self) -> StoreResult<Option<AuditHead>> {
        Ok(self.readable()?.audit.head)
    }

    fn list_seals(&mut self, after: u64, limit: usize) -> StoreResult<Vec<SignedSeal>> {
        let seals = &self.readable()?.audit.seals;
        let behind = seals.range((Bound::Excluded(after), Bound::Unbounded));
        Ok(behind.take(limit).map(|(_, seal)| seal.clone()).collect())
    }

    fn list_marked(
        &mut self,
        seal: Option<u64>,
        after: Option<Position>,
        limit: usize,
    ) -> StoreResult<Vec<FoundAuditEntry>> {
        let behind = self.readable()?.audit.found_behind(after);
        Ok(behind.filter(|found| found.seal == seal).take(limit).collect())
    }

    fn find_all(&mut self, ids: &[AuditEventId]) -> StoreResult<Vec<FoundAuditEntry>> {
        let wanted: HashSet<_> = ids.iter().map(|id| id.as_uuid()).collect();
        let found = self.readable()?.audit.found();
        Ok(found
            .filter(|found| wanted.contains(&found.record.id.as_uuid()))
            .collect())
    }

    fn list_stray(&mut self, pruned: u64, last: u64, limit: usize) -> StoreResult<Vec<FoundAuditEntry>> {
        let found = self.readable()?.audit.found();
        let stray = found.filter(|found| found.seal.is_some_and(|seal| seal <= pruned || last < seal));
        Ok(stray.take(limit).collect())
    }

    fn pruning(&mut self) -> StoreResult<Option<SignedPruning>> {
        Ok(self.readable()?.audit.pruning)
    }

    fn prune(&mut self, record: &SignedPruning) -> StoreResult<()> {
        let audit = &mut self.writable()?.audit;
        let through = record.pruning.through.number;
        audit.seals.retain(|number, _| through < *number);
        audit
            .entries
            .retain(|_, kept| kept.seal.is_none_or(|seal| through < seal));
        audit.pruning = Some(*record);
        Ok(())
    }
}

fn matches(filter: &AuditFilter, event: &AuditRecord) -> bool {
    let AuditFilter { user_id, kind, since } = *filter;
    user_id.is_none_or(|user: UserId| event.user_id == Some(user))
        && kind.is_none_or(|kind| event.kind == kind.as_str())
        && since.is_none_or(|since| since <= event.at)
}
