//! The chain of seals as it is found in the store, and what is wrong with it: whether every event is genuine, in the
//! place where its seal has it, and none is missing.

use crate::ports::{AUDIT_FORMAT, AuditMac, AuditRepository, FoundAuditEntry, SignedSeal, StoreResult};
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_domain::audit_seal::digest_of;
use portcullis_domain::{AuditEventId, AuditHead, Digest32};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How many events one seal names at the most. One that names fewer left none behind that was there.
pub(crate) const EVENTS_OF_A_SEAL: usize = 1_000;

/// How many events beyond those that a seal names are told.
pub(crate) const STRAYS_TOLD: usize = 100;

/// How far an event may be behind the seal before its own. A server seals every few seconds, and the clocks of servers
/// differ a little.
const TOLERATED_LAG: TimeDelta = TimeDelta::hours(1);

/// Something that is wrong with the trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AuditFault {
    /// The record of what was removed earlier is not the server's.
    PruningForged,
    /// There is no seal of these numbers: the first and the last of them.
    SealsMissing(u64, u64),
    /// The seal is not the server's, or not as the server made it.
    SealForged(u64),
    /// The seal does not hold the hash of the one before it.
    SealMisplaced(u64),
    /// The last seal is not the one that the store remembers as the last: the end was cut off, or put back.
    EndCutOff(u64),
    /// The event is not as the server wrote it.
    EventChanged(AuditEventId),
    /// The event claims to be of that format, which this version does not know: it can't tell whether it is genuine.
    EventFormatUnknown(AuditEventId, i64),
    /// The seal of that number names the event, which is gone.
    EventMissing(AuditEventId, u64),
    /// The event is marked with the seal of that number, which does not name it.
    EventAdded(AuditEventId, u64),
    /// The event is not marked with the seal of that number, which names it.
    EventMoved(AuditEventId, u64),
    /// The event is genuine, but far older than the seal of that number, behind which it stands: it was put back, or a
    /// clock was wrong.
    EventLate(AuditEventId, u64),
}

impl fmt::Display for AuditFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PruningForged => out.write_str("the record of removed events is not genuine"),
            Self::SealsMissing(first, last) if first == last => write!(out, "seal {first} is missing"),
            Self::SealsMissing(first, last) => write!(out, "seals {first} to {last} are missing"),
            Self::SealForged(seal) => write!(out, "seal {seal} was changed"),
            Self::SealMisplaced(seal) => write!(out, "seal {seal} does not follow the one before it"),
            Self::EndCutOff(seal) => write!(out, "the trail ends at seal {seal}, which was not the last one"),
            Self::EventChanged(event) => write!(out, "event {event} was changed"),
            Self::EventFormatUnknown(event, format) => write!(
                out,
                "event {event} is of format {format}, which this version does not know: verify it by the version that wrote it"
            ),
            Self::EventMissing(event, seal) => write!(out, "event {event} of seal {seal} is missing"),
            Self::EventAdded(event, seal) => write!(out, "event {event} was added to those of seal {seal}"),
            Self::EventMoved(event, seal) => write!(out, "event {event} was moved away from seal {seal}"),
            Self::EventLate(event, seal) => write!(out, "event {event} came behind seal {seal}, and is far older"),
        }
    }
}

/// Everything about one seal.
pub(crate) struct SealedBatch {
    pub(crate) signed: SignedSeal,
    /// The events that are marked with it.
    marked: Vec<FoundAuditEntry>,
    /// Those that it names and that are marked otherwise.
    elsewhere: Vec<FoundAuditEntry>,
}

impl SealedBatch {
    /// The batches behind the seal of that number: up to `limit` of them.
    pub(crate) fn read(audit: &mut dyn AuditRepository, after: u64, limit: usize) -> StoreResult<Vec<Self>> {
        let seals = audit.list_seals(after, limit)?;
        seals.into_iter().map(|signed| Self::of(audit, signed)).collect()
    }

    fn of(audit: &mut dyn AuditRepository, signed: SignedSeal) -> StoreResult<Self> {
        let most = signed.seal.events.len() + STRAYS_TOLD;
        let marked = audit.list_marked(Some(signed.seal.number), None, most)?;
        let there: BTreeSet<AuditEventId> = marked.iter().map(id_of).collect();
        let named = signed.seal.events.iter().copied();
        let gone: Vec<AuditEventId> = named.filter(|id| !there.contains(id)).collect();
        let elsewhere = if gone.is_empty() {
            Vec::new()
        } else {
            audit.find_all(&gone)?
        };
        Ok(Self {
            signed,
            marked,
            elsewhere,
        })
    }
}

pub(crate) fn id_of(found: &FoundAuditEntry) -> AuditEventId {
    found.record.id
}

/// Goes along the chain, from seal to seal.
pub(crate) struct ChainCheck<'m> {
    mac: &'m dyn AuditMac,
    /// Where it stands.
    pub(crate) head: AuditHead,
    /// When everything was sealed that had happened: at the last seal that was not full.
    all_sealed_at: Option<DateTime<Utc>>,
    /// Seals that were checked.
    pub(crate) seals: u64,
    /// Events that were checked.
    pub(crate) events: u64,
    /// Those of them that are genuine and that this version does not know all of.
    pub(crate) unknown: u64,
    /// What is wrong, in the order of the trail.
    pub(crate) faults: Vec<AuditFault>,
}

impl<'m> ChainCheck<'m> {
    /// Stands behind `head`.
    pub(crate) fn behind(head: AuditHead, mac: &'m dyn AuditMac) -> Self {
        Self {
            mac,
            head,
            all_sealed_at: None,
            seals: 0,
            events: 0,
            unknown: 0,
            faults: Vec::new(),
        }
    }

    /// Goes on to the next seal.
    pub(crate) fn add(&mut self, batch: &SealedBatch) {
        let SignedSeal { seal, mac } = &batch.signed;
        let expected = self.head.number.saturating_add(1);
        if let Some(last) = seal.number.checked_sub(1)
            && expected <= last
        {
            self.faults.push(AuditFault::SealsMissing(expected, last));
        }
        let is_genuine = self.mac.is_genuine(seal.hash().as_bytes(), mac);
        if !is_genuine {
            self.faults.push(AuditFault::SealForged(seal.number));
        } else if seal.number == expected && seal.previous != self.head.hash {
            self.faults.push(AuditFault::SealMisplaced(seal.number));
        }
        let faults_before = self.faults.len();
        let sealed = self.check_events(batch);
        // Each event is genuine, but not the one that was sealed: an earlier or later version of it.
        if is_genuine && self.faults.len() == faults_before && digest_of(&sealed) != seal.digest {
            self.faults.push(AuditFault::SealForged(seal.number));
        }
        self.seals += 1;
        if seal.events.len() < EVENTS_OF_A_SEAL {
            self.all_sealed_at = Some(seal.sealed_at);
        }
        self.head = seal.head();
    }

    /// The events that the seal names, as they are.
    fn check_events(&mut self, batch: &SealedBatch) -> Vec<(AuditEventId, Digest32)> {
        let seal = &batch.signed.seal;
        let named: BTreeSet<AuditEventId> = seal.events.iter().copied().collect();
        let elsewhere: BTreeSet<AuditEventId> = batch.elsewhere.iter().map(id_of).collect();
        let mut marked: BTreeMap<AuditEventId, &FoundAuditEntry> = BTreeMap::new();
        let mut strays = Vec::new();
        for found in &batch.marked {
            let id = id_of(found);
            // A table that has lost its key may have an id twice.
            if !named.contains(&id) || marked.insert(id, found).is_some() {
                strays.push(found);
            }
        }
        let mut sealed = Vec::with_capacity(seal.events.len());
        for id in &seal.events {
            match marked.get(id) {
                Some(found) => sealed.extend(self.check_event(found).map(|mac| (*id, mac))),
                None if elsewhere.contains(id) => self.faults.push(AuditFault::EventMoved(*id, seal.number)),
                None => self.faults.push(AuditFault::EventMissing(*id, seal.number)),
            }
        }
        for found in strays {
            self.add_stray(found, seal.number);
        }
        sealed
    }

    /// An event that is marked with a seal that does not name it.
    pub(crate) fn add_stray(&mut self, found: &FoundAuditEntry, seal: u64) {
        self.check_event(found);
        self.faults.push(AuditFault::EventAdded(id_of(found), seal));
    }

    /// The authentication code of the event, if it is genuine. That is judged before anything is read from the record: a
    /// kind or a member that this version does not know is no fault.
    pub(crate) fn check_event(&mut self, found: &FoundAuditEntry) -> Option<Digest32> {
        self.events += 1;
        let record = &found.record;
        if record.format != AUDIT_FORMAT {
            self.faults
                .push(AuditFault::EventFormatUnknown(record.id, record.format));
            return None;
        }
        let genuine = found
            .mac
            .filter(|mac| self.mac.is_genuine(&record.canonical_bytes(), mac));
        if genuine.is_none() {
            self.faults.push(AuditFault::EventChanged(record.id));
        } else if record.event().is_none() {
            self.unknown += 1;
        }
        genuine
    }

    /// Finds what is too late in the next batch, before it is added. A genuine event that was removed long ago can be put
    /// back as one that is not sealed yet, and is sealed again.
    pub(crate) fn check_age(&mut self, batch: &SealedBatch) {
        for found in &batch.marked {
            self.check_lag(found, batch.signed.seal.sealed_at);
        }
    }

    /// Finds what is far older than the last time when everything was sealed, where the next seal was or would be made at
    /// `now`. A clock that was set back between the two is no fault of the event.
    pub(crate) fn check_lag(&mut self, found: &FoundAuditEntry, now: DateTime<Utc>) {
        let is_late = |sealed_at: DateTime<Utc>| found.record.at + TOLERATED_LAG < sealed_at.min(now);
        if self.all_sealed_at.is_some_and(is_late) {
            self.faults.push(AuditFault::EventLate(id_of(found), self.head.number));
        }
    }
}
