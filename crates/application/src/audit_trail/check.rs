//! Checking the whole audit trail.

use crate::audit_chain::{AuditFault, ChainCheck, STRAYS_TOLD, SealedBatch};
use crate::ports::{AuditMac, SignedPruning, StoreError};
use crate::unit_of_work::Units;
use chrono::{DateTime, Utc};
use portcullis_domain::{AuditHead, Position};
use std::ops::RangeInclusive;

/// How many seals are read at once.
const SEALS_AT_ONCE: usize = 20;

/// How many events that no seal names are read at once.
const UNSEALED_AT_ONCE: usize = 1_000;

/// What a check of the trail found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// Events that were checked.
    pub events: u64,
    /// Those of them that are genuine and that this version does not know all of: a newer version wrote them.
    pub unknown: u64,
    /// Those of them that no seal names yet: whether one of these is missing can't be told.
    pub unsealed: u64,
    /// When the oldest of those happened. A server seals every few seconds: where this is long ago, somebody keeps it from
    /// that.
    pub oldest_unsealed: Option<DateTime<Utc>>,
    /// Events that were removed earlier, as the retention says.
    pub pruned: u64,
    /// Seals that were checked.
    pub seals: u64,
    /// The end of the chain of seals. It is the one that the log told last, unless the end was cut off.
    pub head: AuditHead,
    /// What is wrong, in the order of the trail.
    pub faults: Vec<AuditFault>,
}

/// One check of the whole trail.
pub(super) struct TrailCheck<'c> {
    pub(super) units: &'c Units,
    pub(super) mac: &'c dyn AuditMac,
}

impl TrailCheck<'_> {
    pub(super) async fn report(&self) -> Result<AuditReport, StoreError> {
        let begin = self.pruning().await?;
        let (start, pruned) = begin.map_or((AuditHead::START, 0), |record| {
            (record.pruning.through, record.pruning.events)
        });
        let mut check = ChainCheck::behind(start, self.mac);
        if begin.is_some_and(|record| !self.is_genuine(&record)) {
            check.faults.push(AuditFault::PruningForged);
        }
        loop {
            let after = check.head.number;
            let batches = self
                .units
                .read(move |repositories| SealedBatch::read(repositories.audit(), after, SEALS_AT_ONCE))
                .await?;
            for batch in &batches {
                check.check_age(batch);
                check.add(batch);
            }
            if batches.len() < SEALS_AT_ONCE {
                break;
            }
        }
        self.check_end(&mut check, start).await?;
        let (unsealed, oldest_unsealed) = self.check_unsealed(&mut check).await?;
        // Events that were removed while they were checked, as the retention says, are no fault.
        if let Some(end) = self.pruning().await?.filter(|record| self.is_genuine(record)) {
            let removed_meanwhile = start.number + 1..=end.pruning.through.number;
            check.faults.retain(|fault| !fault.is_of(&removed_meanwhile));
        }
        Ok(AuditReport {
            events: check.events,
            unknown: check.unknown,
            unsealed,
            oldest_unsealed,
            pruned,
            seals: check.seals,
            head: check.head,
            faults: check.faults,
        })
    }

    fn is_genuine(&self, record: &SignedPruning) -> bool {
        self.mac.is_genuine(&record.pruning.canonical_bytes(), &record.mac)
    }

    async fn pruning(&self) -> Result<Option<SignedPruning>, StoreError> {
        self.units.read(|repositories| repositories.audit().pruning()).await
    }

    async fn check_end(&self, check: &mut ChainCheck<'_>, start: AuditHead) -> Result<(), StoreError> {
        let last = check.head;
        let (head, later, strays) = self
            .units
            .read(move |repositories| {
                let head = repositories.audit().head()?;
                let strays = repositories
                    .audit()
                    .list_stray(start.number, last.number, STRAYS_TOLD)?;
                // Comes last: each statement may see what the one before it did not yet.
                let later = repositories.audit().list_seals(last.number, 1)?;
                Ok::<_, StoreError>((head, later, strays))
            })
            .await?;
        // A server that seals at this moment is no fault: then there is a later seal.
        if later.is_empty() && head != Some(last) {
            check.faults.push(AuditFault::EndCutOff(last.number));
        }
        for stray in &strays {
            // A number that no seal can have counts as 0.
            let seal = stray.seal.unwrap_or_default();
            if later.is_empty() || seal <= start.number {
                check.add_stray(stray, seal);
            }
        }
        Ok(())
    }

    /// How many events no seal names yet, and when the oldest of them happened.
    async fn check_unsealed(&self, check: &mut ChainCheck<'_>) -> Result<(u64, Option<DateTime<Utc>>), StoreError> {
        let now = self.units.now();
        let (mut unsealed, mut oldest) = (0, None);
        let mut after: Option<Position> = None;
        loop {
            let read = self
                .units
                .read(move |repositories| repositories.audit().list_marked(None, after, UNSEALED_AT_ONCE))
                .await?;
            for found in &read {
                unsealed += 1;
                oldest = oldest.or(Some(found.record.at));
                if check.check_event(found).is_some() {
                    check.check_lag(found, now);
                }
            }
            after = read.last().map(|found| found.record.position());
            if read.len() < UNSEALED_AT_ONCE {
                return Ok((unsealed, oldest));
            }
        }
    }
}

impl AuditFault {
    fn is_of(&self, seals: &RangeInclusive<u64>) -> bool {
        match self {
            Self::PruningForged | Self::EventChanged(_) | Self::EventFormatUnknown(..) => false,
            Self::SealsMissing(first, last) => seals.contains(first) && seals.contains(last),
            Self::SealForged(seal)
            | Self::SealMisplaced(seal)
            | Self::EndCutOff(seal)
            | Self::EventMissing(_, seal)
            | Self::EventAdded(_, seal)
            | Self::EventMoved(_, seal)
            | Self::EventLate(_, seal) => seals.contains(seal),
        }
    }
}
