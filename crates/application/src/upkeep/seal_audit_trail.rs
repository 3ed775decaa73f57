//! Sealing and pruning the audit trail.

use super::UpkeepServiceImpl;
use crate::ports::{SignedPruning, SignedSeal, StoreError, UpkeepTask};
use chrono::TimeDelta;
use portcullis_domain::{AuditEventType, AuditHead, AuditPruning, AuditReason, AuditSeal};
use std::sync::Arc;

/// How many events one seal names at the most.
const EVENTS_OF_A_SEAL: usize = 1_000;

/// How many seals one round makes at the most: the rest is left to the next.
const SEALS_OF_A_ROUND: usize = 50;

/// How many seals one unit of work removes at the most.
const SEALS_PRUNED_AT_ONCE: usize = 5;

impl UpkeepServiceImpl {
    pub(super) async fn seal_audit_trail(&self) -> Result<Option<AuditHead>, StoreError> {
        // There is no turn for this: whoever could take it for long could keep the trail from being sealed.
        let unsealed = self.store.read(|repositories| repositories.audit().list_unsealed(1));
        if unsealed.await?.is_empty() {
            return Ok(None);
        }
        let mut head = None;
        for _ in 0..SEALS_OF_A_ROUND {
            let Some(seal) = self.seal_once().await? else { break };
            // The log is elsewhere than the store: a trail that was cut off does not end where the log says.
            tracing::info!(seal = seal.number, hash = %seal.hash(), events = seal.events.len(), "audit trail sealed");
            head = Some(seal.head());
            if seal.events.len() < EVENTS_OF_A_SEAL {
                break;
            }
        }
        Ok(head)
    }

    async fn seal_once(&self) -> Result<Option<AuditSeal>, StoreError> {
        let (now, audit_mac) = (self.clock.now(), Arc::clone(&self.audit_mac));
        self.store
            .write(move |repositories| {
                let head = repositories.audit().lock_head()?;
                let unsealed = repositories.audit().list_unsealed(EVENTS_OF_A_SEAL)?;
                if unsealed.is_empty() {
                    return Ok(None);
                }
                let seal = AuditSeal::behind(&head, &unsealed, now);
                let mac = audit_mac.sign(seal.hash().as_bytes());
                let signed = SignedSeal { seal, mac };
                repositories.audit().seal(&signed)?;
                Ok(Some(signed.seal))
            })
            .await
    }

    pub(super) async fn prune_audit_trail(&self) -> Result<u64, StoreError> {
        let Some(retention) = self.upkeep.audit_retention else {
            return Ok(0);
        };
        if !self
            .takes_turn(UpkeepTask::PruneAuditTrail, TimeDelta::minutes(1))
            .await?
        {
            return Ok(0);
        }
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
        let (now, audit_mac) = (self.clock.now(), Arc::clone(&self.audit_mac));
        let mut pen = self.audit_pen(now).because(AuditReason::Schedule);
        self.store
            .write(move |repositories| {
                repositories.audit().lock_head()?;
                // What somebody else wrote into the store must not make the server remove what tells of it.
                let before = repositories.audit().pruning()?;
                if before.is_some_and(|record| !audit_mac.is_genuine(&record.pruning.canonical_bytes(), &record.mac)) {
                    tracing::error!("the record of what was removed from the audit trail is not genuine");
                    return Ok(0);
                }
                let (through, events) = before.map_or((AuditHead::START, 0), |record| {
                    (record.pruning.through, record.pruning.events)
                });
                let seals = repositories.audit().list_seals(through.number, SEALS_PRUNED_AT_ONCE)?;
                let mut old: Vec<AuditSeal> = Vec::new();
                for signed in seals {
                    if !audit_mac.is_genuine(signed.seal.hash().as_bytes(), &signed.mac) {
                        let seal = signed.seal.number;
                        tracing::error!(
                            seal,
                            "a seal of the audit trail is not genuine: nothing from there on is removed"
                        );
                        break;
                    }
                    if signed.seal.sealed_at + retention >= now {
                        break;
                    }
                    old.push(signed.seal);
                }
                let Some(last) = old.last() else { return Ok(0) };
                let removed = old.iter().map(|seal| seal.events.len() as u64).sum();
                let pruning = AuditPruning {
                    through: last.head(),
                    events: events + removed,
                    pruned_at: now,
                };
                let mac = audit_mac.sign(&pruning.canonical_bytes());
                repositories.audit().prune(&SignedPruning { pruning, mac })?;
                let event = pen.success(AuditEventType::AuditTrailPruned, None);
                pen.write(repositories, event)?;
                Ok(removed)
            })
            .await
    }
}
