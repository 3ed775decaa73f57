//! Checking the audit trail: whether every event is genuine, in the place where its seal has it, and none is missing.

use super::OperatorServiceImpl;
use crate::ports::{AuditEntry, AuditMac, FoundAuditEntry, SignedPruning, SignedSeal, StoreError};
use chrono::{DateTime, Utc};
use portcullis_domain::audit_seal::digest_of;
use portcullis_domain::{AuditEventId, AuditHead, Position};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How many seals are read at once.
const SEALS_AT_ONCE: usize = 20;

/// How many events are read at once.
const EVENTS_AT_ONCE: usize = 1_000;

/// How many events beyond those that a seal names are told.
const STRAYS_TOLD: usize = 100;

/// What a check of the trail found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// Events that were checked.
    pub events: u64,
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

/// Something that is wrong with the trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AuditFault {
    /// The record of what was removed earlier is not the server's.
    PruningForged,
    /// There is no seal of that number.
    SealMissing(u64),
    /// The seal is not the server's, or not as the server made it.
    SealForged(u64),
    /// The seal does not hold the hash of the one before it.
    SealMisplaced(u64),
    /// The last seal is not the one that the store remembers as the last: the end was cut off, or put back.
    EndCutOff(u64),
    /// The event is not as the server wrote it.
    EventChanged(AuditEventId),
    /// The seal of that number names the event, which is gone.
    EventMissing(AuditEventId, u64),
    /// The event is marked with the seal of that number, which does not name it.
    EventAdded(AuditEventId, u64),
    /// The event is not marked with the seal of that number, which names it.
    EventMoved(AuditEventId, u64),
}

impl fmt::Display for AuditFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PruningForged => out.write_str("the record of removed events is not genuine"),
            Self::SealMissing(seal) => write!(out, "seal {seal} is missing"),
            Self::SealForged(seal) => write!(out, "seal {seal} was changed"),
            Self::SealMisplaced(seal) => write!(out, "seal {seal} does not follow the one before it"),
            Self::EndCutOff(seal) => write!(out, "the trail ends at seal {seal}, which was not the last one"),
            Self::EventChanged(event) => write!(out, "event {event} was changed"),
            Self::EventMissing(event, seal) => write!(out, "event {event} of seal {seal} is missing"),
            Self::EventAdded(event, seal) => write!(out, "event {event} was added to those of seal {seal}"),
            Self::EventMoved(event, seal) => write!(out, "event {event} was moved away from seal {seal}"),
        }
    }
}

/// Everything about one seal.
struct SealedBatch {
    signed: SignedSeal,
    /// The events that are marked with it.
    marked: Vec<FoundAuditEntry>,
    /// Those that it names and that are marked otherwise.
    elsewhere: Vec<FoundAuditEntry>,
}

impl OperatorServiceImpl {
    pub(super) async fn check_audit_trail(&self) -> Result<AuditReport, StoreError> {
        let begin = self.pruning().await?;
        let (start, pruned) = begin.map_or((AuditHead::START, 0), |record| {
            (record.pruning.through, record.pruning.events)
        });
        let mut report = AuditReport {
            events: 0,
            unsealed: 0,
            oldest_unsealed: None,
            pruned,
            seals: 0,
            head: start,
            faults: Vec::new(),
        };
        if begin.is_some_and(|record| !self.is_genuine(&record)) {
            report.faults.push(AuditFault::PruningForged);
        }
        loop {
            let batches = self.read_seals(report.head.number).await?;
            let is_last = batches.len() < SEALS_AT_ONCE;
            for batch in &batches {
                report.add(batch, &*self.audit_mac);
            }
            if is_last {
                break;
            }
        }
        self.check_end(&mut report, start).await?;
        self.check_unsealed(&mut report).await?;
        // Events that were removed while they were checked, as the retention says, are no fault.
        if let Some(end) = self.pruning().await?.filter(|record| self.is_genuine(record)) {
            let removed_meanwhile = end.pruning.through.number;
            report
                .faults
                .retain(|fault| fault.seal().is_none_or(|seal| seal > removed_meanwhile));
        }
        Ok(report)
    }

    fn is_genuine(&self, record: &SignedPruning) -> bool {
        self.audit_mac
            .is_genuine(&record.pruning.canonical_bytes(), &record.mac)
    }

    async fn pruning(&self) -> Result<Option<SignedPruning>, StoreError> {
        self.store.read(|repositories| repositories.audit().pruning()).await
    }

    async fn read_seals(&self, after: u64) -> Result<Vec<SealedBatch>, StoreError> {
        self.store
            .read(move |repositories| {
                let seals = repositories.audit().list_seals(after, SEALS_AT_ONCE)?;
                let mut batches = Vec::with_capacity(seals.len());
                for signed in seals {
                    let most = signed.seal.events.len() + STRAYS_TOLD;
                    let number = Some(signed.seal.number);
                    let marked = repositories.audit().list_marked(number, None, most)?;
                    let there: BTreeSet<AuditEventId> = marked.iter().map(id_of).collect();
                    let gone: Vec<AuditEventId> = signed
                        .seal
                        .events
                        .iter()
                        .copied()
                        .filter(|id| !there.contains(id))
                        .collect();
                    let elsewhere = if gone.is_empty() {
                        Vec::new()
                    } else {
                        repositories.audit().find_all(&gone)?
                    };
                    batches.push(SealedBatch {
                        signed,
                        marked,
                        elsewhere,
                    });
                }
                Ok(batches)
            })
            .await
    }

    async fn check_end(&self, report: &mut AuditReport, start: AuditHead) -> Result<(), StoreError> {
        let last = report.head.number;
        let (head, later, strays) = self
            .store
            .read(move |repositories| {
                let later = repositories.audit().list_seals(last, 1)?;
                let strays = repositories.audit().list_stray(start.number, last, STRAYS_TOLD)?;
                Ok::<_, StoreError>((repositories.audit().head()?, later, strays))
            })
            .await?;
        // A server that seals at this moment is no fault: then there is a later seal.
        if later.is_empty() {
            if head != report.head {
                report.faults.push(AuditFault::EndCutOff(last));
            }
            let strays = strays.iter().filter_map(|found| Some((id_of(found), found.seal?)));
            report
                .faults
                .extend(strays.map(|(id, seal)| AuditFault::EventAdded(id, seal)));
        }
        Ok(())
    }

    async fn check_unsealed(&self, report: &mut AuditReport) -> Result<(), StoreError> {
        let mut after: Option<Position> = None;
        loop {
            let read = self
                .store
                .read(move |repositories| repositories.audit().list_marked(None, after, EVENTS_AT_ONCE))
                .await?;
            for found in &read {
                report.events += 1;
                report.unsealed += 1;
                report.oldest_unsealed = report.oldest_unsealed.or(Some(found.position.at));
                report.check_event(found, &*self.audit_mac);
            }
            after = read.last().map(|found| found.position);
            if read.len() < EVENTS_AT_ONCE {
                return Ok(());
            }
        }
    }
}

fn id_of(found: &FoundAuditEntry) -> AuditEventId {
    found.position.id.into()
}

impl AuditFault {
    fn seal(&self) -> Option<u64> {
        match self {
            Self::PruningForged | Self::EventChanged(_) => None,
            Self::SealMissing(seal)
            | Self::SealForged(seal)
            | Self::SealMisplaced(seal)
            | Self::EndCutOff(seal)
            | Self::EventMissing(_, seal)
            | Self::EventAdded(_, seal)
            | Self::EventMoved(_, seal) => Some(*seal),
        }
    }
}

impl AuditReport {
    /// Goes on to the next seal.
    fn add(&mut self, batch: &SealedBatch, mac: &dyn AuditMac) {
        let SignedSeal { seal, mac: code } = &batch.signed;
        let expected = self.head.number + 1;
        self.faults.extend((expected..seal.number).map(AuditFault::SealMissing));
        let hash = seal.hash();
        if !mac.is_genuine(hash.as_bytes(), code) {
            self.faults.push(AuditFault::SealForged(seal.number));
        } else if seal.number == expected && seal.previous != self.head.hash {
            self.faults.push(AuditFault::SealMisplaced(seal.number));
        }
        self.check_events(batch, mac);
        self.seals += 1;
        self.head = seal.head();
    }

    fn check_events(&mut self, batch: &SealedBatch, mac: &dyn AuditMac) {
        let seal = &batch.signed.seal;
        let named: BTreeSet<AuditEventId> = seal.events.iter().copied().collect();
        let elsewhere: BTreeMap<AuditEventId, &FoundAuditEntry> =
            batch.elsewhere.iter().map(|found| (id_of(found), found)).collect();
        let marked: BTreeMap<AuditEventId, &FoundAuditEntry> =
            batch.marked.iter().map(|found| (id_of(found), found)).collect();
        let faults_before = self.faults.len();
        let mut sealed = Vec::with_capacity(seal.events.len());
        for id in &seal.events {
            match (marked.get(id), elsewhere.get(id)) {
                (Some(found), _) => {
                    self.events += 1;
                    sealed.extend(self.check_event(found, mac).map(|entry| (*id, entry.mac)));
                }
                (None, Some(_)) => self.faults.push(AuditFault::EventMoved(*id, seal.number)),
                (None, None) => self.faults.push(AuditFault::EventMissing(*id, seal.number)),
            }
        }
        for found in batch.marked.iter().filter(|found| !named.contains(&id_of(found))) {
            self.events += 1;
            self.check_event(found, mac);
            self.faults.push(AuditFault::EventAdded(id_of(found), seal.number));
        }
        // Each event is genuine, but not the one that was sealed: an earlier or later version of it.
        if self.faults.len() == faults_before && digest_of(&sealed) != seal.digest {
            self.faults.push(AuditFault::SealForged(seal.number));
        }
    }

    /// The entry, if it is genuine.
    fn check_event<'f>(&mut self, found: &'f FoundAuditEntry, mac: &dyn AuditMac) -> Option<&'f AuditEntry> {
        let genuine = found
            .entry
            .as_ref()
            .filter(|entry| mac.is_genuine(&entry.event.canonical_bytes(), &entry.mac));
        if genuine.is_none() {
            self.faults.push(AuditFault::EventChanged(id_of(found)));
        }
        genuine
    }
}
