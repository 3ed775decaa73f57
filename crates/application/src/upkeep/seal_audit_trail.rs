//! Sealing and pruning the audit trail.

use super::UpkeepService;
use crate::actor::By;
use crate::audit_chain::{AuditFault, ChainCheck, EVENTS_OF_A_SEAL, SealedBatch, id_of};
use crate::ports::{AuditMac, AuditRepository, SignedPruning, SignedSeal, StoreError, StoreResult};
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_domain::{AuditEventType, AuditHead, AuditPruning, AuditSeal};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many seals one round makes at the most: the rest is left to the next.
const SEALS_OF_A_ROUND: usize = 50;

/// How many seals one unit of work removes at the most.
const SEALS_PRUNED_AT_ONCE: usize = 5;

/// How many seals are read at once to find the last one.
const SEALS_LOOKED_AT: usize = 20;

/// The last number that a store can count to.
const LAST_NUMBER: u64 = i64::MAX.unsigned_abs();

impl UpkeepService {
    pub(super) async fn seal_what_waits(&self) -> Result<Option<AuditHead>, StoreError> {
        // There is no turn for this: whoever could take it for long could keep the trail from being sealed.
        let unsealed = self.units.read(|repositories| repositories.audit().list_unsealed(1));
        if unsealed.await?.is_empty() {
            self.meter.audit_trail_sealed();
            return Ok(None);
        }
        let mut head = None;
        for _ in 0..SEALS_OF_A_ROUND {
            let Some(seal) = self.seal_once().await? else {
                self.meter.audit_trail_sealed();
                break;
            };
            // The log is elsewhere than the store: a trail that was cut off does not end where the log says.
            tracing::info!(seal = seal.number, hash = %seal.hash(), events = seal.events.len(), "audit trail sealed");
            head = Some(seal.head());
            if seal.events.len() < EVENTS_OF_A_SEAL {
                self.meter.audit_trail_sealed();
                break;
            }
        }
        Ok(head)
    }

    async fn seal_once(&self) -> Result<Option<AuditSeal>, StoreError> {
        let (now, audit_mac) = (self.units.now(), Arc::clone(&self.audit_mac));
        let sealed = self.units.write(By::Schedule, move |unit| {
            let head = end_of_chain(unit.audit(), &*audit_mac)?;
            let unsealed = unit.audit().list_unsealed(EVENTS_OF_A_SEAL)?;
            if unsealed.is_empty() {
                return Ok(None);
            }
            let seal = AuditSeal::behind(&head, &unsealed, now);
            let mac = audit_mac.sign(seal.hash().as_bytes());
            let signed = SignedSeal { seal, mac };
            unit.audit().seal(&signed)?;
            Ok(Some(signed.seal))
        });
        sealed.await
    }

    pub(super) async fn prune_what_is_old(&self) -> Result<u64, StoreError> {
        let Some(retention) = self.upkeep.audit_retention else {
            return Ok(0);
        };
        let mut removed = 0;
        loop {
            let now_removed = self.prune_once(retention).await?;
            if now_removed == 0 {
                break;
            }
            removed += now_removed;
        }
        if removed > 0 {
            tracing::info!(removed, "old events were removed from the audit trail");
        }
        Ok(removed)
    }

    /// Removes the events of a few of the oldest seals. A seal is made after its events, so one that is old enough names
    /// only events that are.
    async fn prune_once(&self, retention: TimeDelta) -> Result<u64, StoreError> {
        let (now, audit_mac) = (self.units.now(), Arc::clone(&self.audit_mac));
        let pruned = self.units.write(By::Schedule, move |unit| {
            unit.audit().lock_head()?;
            let before = unit.audit().pruning()?;
            let Some(due) = due_for_removal(unit.audit(), before, &*audit_mac, now - retention)? else {
                return Ok(0);
            };
            let pruning = AuditPruning {
                through: due.through,
                events: before.map_or(0, |record| record.pruning.events) + due.events,
                pruned_at: now,
            };
            let mac = audit_mac.sign(&pruning.canonical_bytes());
            unit.audit().prune(&SignedPruning { pruning, mac })?;
            let event = unit.success(AuditEventType::AuditTrailPruned, None);
            unit.record(event)?;
            Ok(due.events)
        });
        pruned.await
    }
}

/// The end of the chain, to which the next seal is added. It is held from now on. If somebody set back or removed the
/// end that the store remembers, this is the last genuine seal that is there, so that sealing goes on. Numbers that
/// other people's seals have taken are left out.
fn end_of_chain(audit: &mut dyn AuditRepository, mac: &dyn AuditMac) -> StoreResult<AuditHead> {
    let remembered = audit.lock_head()?;
    let pruned = audit.pruning()?.filter(|record| is_genuine(record, mac));
    let pruned = pruned.map_or(AuditHead::START, |record| record.pruning.through);
    let is_usable = pruned.number <= remembered.number && remembered.number < LAST_NUMBER;
    let mut end = if is_usable { remembered } else { pruned };
    let (mut taken, mut read_to) = (BTreeSet::new(), end.number);
    loop {
        let seals = audit.list_seals(read_to, SEALS_LOOKED_AT)?;
        for SignedSeal { seal, mac: code } in &seals {
            read_to = seal.number;
            if mac.is_genuine(seal.hash().as_bytes(), code) {
                end = seal.head();
            } else {
                taken.insert(seal.number);
            }
        }
        if seals.len() < SEALS_LOOKED_AT {
            break;
        }
    }
    if end != remembered || !taken.is_empty() {
        tracing::error!(
            remembered = remembered.number,
            last = end.number,
            "the audit trail does not end where it is remembered to end: run portcullis audit verify"
        );
    }
    while taken.contains(&(end.number + 1)) {
        end.number += 1;
    }
    Ok(end)
}

fn is_genuine(record: &SignedPruning, mac: &dyn AuditMac) -> bool {
    mac.is_genuine(&record.pruning.canonical_bytes(), &record.mac)
}

/// What may be removed.
struct Due {
    /// The last of the seals.
    through: AuditHead,
    /// How many events they name.
    events: u64,
}

/// A few of the oldest seals, made before `end`. The server must not remove the traces of what somebody did to the
/// store: everything from the first fault on stays.
fn due_for_removal(
    audit: &mut dyn AuditRepository,
    before: Option<SignedPruning>,
    mac: &dyn AuditMac,
    end: DateTime<Utc>,
) -> StoreResult<Option<Due>> {
    if before.is_some_and(|record| !is_genuine(&record, mac)) {
        tell(AuditFault::PruningForged);
        return Ok(None);
    }
    let start = before.map_or(AuditHead::START, |record| record.pruning.through);
    let strays = audit.list_stray(start.number, u64::MAX, 1)?;
    if let Some(stray) = strays.first() {
        tell(AuditFault::EventAdded(id_of(stray), stray.seal.unwrap_or_default()));
        return Ok(None);
    }
    let mut due = None;
    let mut check = ChainCheck::behind(start, mac);
    for batch in SealedBatch::read(audit, start.number, SEALS_PRUNED_AT_ONCE)? {
        if batch.signed.seal.sealed_at >= end {
            break;
        }
        check.add(&batch);
        if let Some(fault) = check.faults.first() {
            tell(*fault);
            break;
        }
        due = Some(Due {
            through: check.head,
            events: check.events,
        });
    }
    Ok(due)
}

fn tell(fault: AuditFault) {
    if let AuditFault::EventFormatUnknown(..) = fault {
        tracing::warn!(%fault, "a newer version wrote to the audit trail: it has to remove what comes from there on");
    } else {
        tracing::error!(%fault, "the audit trail is not what the server wrote: nothing from there on is removed");
    }
}
