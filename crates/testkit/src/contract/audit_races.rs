//! Races for the end of the audit trail.

use super::{at_once, read, write};
use crate::audit_mac::FakeAuditMac;
use crate::build::{entry, event};
use crate::clock::FakeClock;
use chrono::TimeDelta;
use portcullis_application::ports::{AuditMac, SignedSeal, Store, StoreError, StoreResult};
use portcullis_domain::audit_seal::digest_of;
use portcullis_domain::{AuditHead, AuditSeal};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const SEALERS: usize = 4;
const WRITERS: usize = 4;
const EVENTS_OF_A_WRITER: usize = 40;
/// Of so many events of a writer, one is rolled back.
const ROLLED_BACK: usize = 5;
const BATCH: usize = 7;

/// The chain has no gap and no fork, and what was rolled back is in none of the seals.
pub async fn every_event_is_sealed_once_by_sealers_at_once(store: &Arc<dyn Store>) {
    let writing = Arc::new(AtomicUsize::new(WRITERS));
    let results = at_once(SEALERS + WRITERS, |racer| {
        let (store, writing) = (Arc::clone(store), Arc::clone(&writing));
        async move {
            if racer < WRITERS {
                write_events(&store, racer).await;
                writing.fetch_sub(1, Ordering::SeqCst);
            } else {
                let mut all = 0;
                loop {
                    let is_last = writing.load(Ordering::SeqCst) == 0;
                    let sealed = seal_some(&store).await.unwrap();
                    all += sealed;
                    assert!(all <= WRITERS * EVENTS_OF_A_WRITER, "there are not as many events");
                    if sealed == 0 && is_last {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
            }
        }
    });
    results.await;

    let seals = read(store, |repositories| repositories.audit().list_seals(0, 10_000)).await;
    let entries = read(store, |repositories| repositories.audit().list_oldest(None, 10_000)).await;
    let expected = WRITERS * (EVENTS_OF_A_WRITER - EVENTS_OF_A_WRITER / ROLLED_BACK);
    assert_eq!(entries.len(), expected);
    let mut head = AuditHead::START;
    let mut sealed = HashMap::new();
    let macs: HashMap<_, _> = entries
        .iter()
        .map(|found| (found.record.id, found.mac.unwrap()))
        .collect();
    for SignedSeal { seal, mac } in &seals {
        assert_eq!((seal.number, seal.previous), (head.number + 1, head.hash));
        head = seal.head();
        assert_eq!(*mac, FakeAuditMac.sign(head.hash.as_bytes()));
        let batch: Vec<_> = seal.events.iter().map(|id| (*id, macs[id])).collect();
        assert_eq!(seal.digest, digest_of(&batch));
        assert!((1..=BATCH).contains(&batch.len()));
        for id in &seal.events {
            assert_eq!(sealed.insert(*id, seal.number), None, "sealed twice");
        }
    }
    for found in &entries {
        assert_eq!(sealed.get(&found.record.id).copied(), found.seal);
        assert!(found.seal.is_some());
    }
    assert_eq!(sealed.len(), expected);
    let end = read(store, |repositories| repositories.audit().head()).await;
    assert_eq!(end, Some(head));
}

/// Whoever holds the end of the chain sees what the one before hung on it.
pub async fn whoever_holds_the_end_of_the_trail_is_alone(store: &Arc<dyn Store>) {
    const SEALS_EACH: usize = 10;
    let results = at_once(8, |_| {
        let store = Arc::clone(store);
        async move {
            for _ in 0..SEALS_EACH {
                write(&store, |repositories| {
                    let head = repositories.audit().lock_head()?;
                    let seal = AuditSeal::behind(&head, &[], FakeClock::start());
                    let mac = FakeAuditMac.sign(seal.hash().as_bytes());
                    repositories.audit().seal(&SignedSeal { seal, mac })
                })
                .await
                .unwrap();
            }
        }
    });
    results.await;
    let head = read(store, |repositories| repositories.audit().head()).await.unwrap();
    assert_eq!(head.number, 8 * SEALS_EACH as u64);
    let seals = read(store, |repositories| repositories.audit().list_seals(0, 1000)).await;
    assert_eq!(seals.last().unwrap().seal.head(), head);
    for pair in seals.windows(2) {
        assert_eq!(pair[1].seal.previous, pair[0].seal.hash());
    }
}

async fn write_events(store: &Arc<dyn Store>, writer: usize) {
    for number in 0..EVENTS_OF_A_WRITER {
        let name = u32::try_from(writer * EVENTS_OF_A_WRITER + number).unwrap();
        let is_refused = number % ROLLED_BACK == 0;
        let written: StoreResult<()> = write(store, move |repositories| {
            repositories.audit().append(&entry(&event(name)))?;
            if is_refused { Err(StoreError::Busy) } else { Ok(()) }
        })
        .await;
        assert_eq!(written.is_ok(), !is_refused);
    }
}

/// How many events it sealed.
async fn seal_some(store: &Arc<dyn Store>) -> StoreResult<usize> {
    write(store, |repositories| {
        let head = repositories.audit().lock_head()?;
        let unsealed = repositories.audit().list_unsealed(BATCH)?;
        if unsealed.is_empty() {
            return Ok(0);
        }
        let sealed_at = FakeClock::start() + TimeDelta::hours(1);
        let seal = AuditSeal::behind(&head, &unsealed, sealed_at);
        let mac = FakeAuditMac.sign(seal.hash().as_bytes());
        repositories.audit().seal(&SignedSeal { seal, mac })?;
        Ok(unsealed.len())
    })
    .await
}
