//! What holds for the seals of the audit trail, and for what is left of those that were removed.

use super::{append, read, sealed, write};
use crate::build::{self, entry, event};
use crate::clock::FakeClock;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::{FoundAuditEntry, SignedPruning, SignedSeal, Store, StoreError};
use portcullis_domain::{AuditEvent, AuditEventId, AuditHead, AuditPruning, AuditSeal, Digest32};
use std::sync::Arc;

/// For whoever reads it as for whoever holds it.
pub async fn a_new_trail_begins_with_nothing(store: &Arc<dyn Store>) {
    let locked = write(store, |repositories| repositories.audit().lock_head());
    assert_eq!(locked.await.unwrap(), AuditHead::START);
    read(store, |repositories| {
        let audit = repositories.audit();
        assert_eq!(audit.head()?, Some(AuditHead::START));
        assert_eq!(audit.list_seals(0, 10)?, []);
        assert_eq!(audit.list_unsealed(10)?, []);
        assert_eq!(audit.list_marked(None, None, 10)?, []);
        assert_eq!(audit.find_all(&[])?, []);
        assert_eq!(audit.list_stray(0, 0, 10)?, []);
        assert_eq!(audit.pruning()?, None);
        Ok(())
    })
    .await;
}

/// With the events that it names, in their order, few or many or none.
pub async fn every_field_of_a_seal_survives(store: &Arc<dyn Store>) {
    let events: Vec<_> = (0..1000).map(event).collect();
    append(store, &events).await;
    let mut head = AuditHead::START;
    let mut seals = Vec::new();
    // The third is in no order that a database would give it.
    let mut third: Vec<_> = events[1..].to_vec();
    third.sort_by_key(|event| (event.at.timestamp() % 7, event.id));
    for (number, batch) in (1..).zip([&events[..1], &[], &third]) {
        let named: Vec<_> = batch.iter().map(|event| (event.id, entry(event).mac)).collect();
        let sealed_at = FakeClock::start() + TimeDelta::microseconds(number);
        let seal = AuditSeal::behind(&head, &named, sealed_at);
        let signed = SignedSeal {
            mac: Digest32::new([u8::try_from(number).unwrap() * 80; 32]),
            seal,
        };
        head = signed.seal.head();
        write_seal(store, &signed).await;
        assert_eq!(find_head(store).await, head);
        seals.push(signed);
    }
    assert_eq!(list_seals(store, 0, 10).await, seals);
    let locked = write(store, |repositories| repositories.audit().lock_head());
    assert_eq!(locked.await.unwrap(), head);
}

/// By whatever number of them at a time.
pub async fn seals_are_read_by_number_from_where_one_stopped(store: &Arc<dyn Store>) {
    let numbers = sealed(store, 11, 1).await;
    for limit in [1, 2, 5, 11, 100] {
        let (mut after, mut all) = (0, Vec::new());
        loop {
            let part = list_seals(store, after, limit).await;
            assert!(part.len() <= limit);
            let Some(last) = part.last() else { break };
            assert!(after < last.seal.number, "it does not go on");
            after = last.seal.number;
            all.extend(part.into_iter().map(|signed| signed.seal.number));
        }
        assert_eq!(all, numbers, "by {limit}");
    }
}

/// Oldest first, and no others, whichever seal was made first.
pub async fn a_seal_marks_the_events_that_it_names(store: &Arc<dyn Store>) {
    let events: Vec<_> = (0..9).map(event).collect();
    append(store, &events).await;
    let (mut head, mut left) = (AuditHead::START, events.clone());
    for (number, batch) in [(1, [7, 2, 5]), (2, [0, 1, 8])] {
        let named: Vec<_> = batch
            .map(|index| (events[index].id, entry(&events[index]).mac))
            .to_vec();
        let seal = AuditSeal::behind(&head, &named, FakeClock::start());
        head = seal.head();
        write_seal(
            store,
            &SignedSeal {
                seal,
                mac: Digest32::ZERO,
            },
        )
        .await;
        left.retain(|event| named.iter().all(|(id, _)| *id != event.id));
        let mut marked: Vec<_> = batch.to_vec();
        marked.sort_unstable();
        let marked: Vec<_> = marked
            .into_iter()
            .map(|index| found(&events[index], Some(number)))
            .collect();
        assert_eq!(list_marked(store, Some(number)).await, marked);
    }
    let unmarked: Vec<_> = left.iter().map(|event| found(event, None)).collect();
    assert_eq!(list_marked(store, None).await, unmarked);
    assert_eq!(list_marked(store, Some(3)).await, []);
    for limit in [1, 2, 3, 10] {
        let unsealed = read(store, move |repositories| repositories.audit().list_unsealed(limit));
        let expected: Vec<_> = left
            .iter()
            .map(|event| (event.id, entry(event).mac))
            .take(limit)
            .collect();
        assert_eq!(unsealed.await, expected);
    }
    let all = read(store, |repositories| repositories.audit().list_oldest(None, 100)).await;
    let seals: Vec<_> = all.iter().map(|found| found.seal).collect();
    let (one, two) = (Some(1), Some(2));
    assert_eq!(seals, [two, two, one, None, None, one, None, one, two]);
}

/// In any order; those that are not there are left out.
pub async fn events_are_found_by_their_ids(store: &Arc<dyn Store>) {
    let events: Vec<_> = (0..1500).map(event).collect();
    // A unit of work has some seconds, and each event takes a round trip.
    for part in events.chunks(250) {
        append(store, part).await;
    }
    sealed(store, 1, 500).await;
    let mut wanted: Vec<AuditEventId> = events.iter().map(|event| event.id).collect();
    wanted.extend((2000..2010).map(|number| event(number).id));
    wanted.rotate_left(700);
    let mut all = read(store, move |repositories| repositories.audit().find_all(&wanted)).await;
    all.sort_by_key(|found| (found.record.at, found.record.id));
    let expected: Vec<_> = (0..)
        .zip(&events)
        .map(|(index, event)| found(event, (index < 500).then_some(1)))
        .collect();
    assert_eq!(all, expected);
    let (one, unknown) = (events[3].id, event(2000).id);
    let one = read(store, move |repositories| {
        repositories.audit().find_all(&[unknown, one])
    });
    assert_eq!(one.await, [found(&events[3], Some(1))]);
}

/// Above the last seal, or at most the last one that was removed.
pub async fn events_that_are_marked_with_a_seal_that_is_not_there_are_found(store: &Arc<dyn Store>) {
    sealed(store, 4, 2).await;
    append(store, &[event(100)]).await;
    for (pruned, last, expected) in [
        (0, 4, vec![]),
        (0, 3, vec![4, 4]),
        (0, 0, vec![1, 1, 2, 2, 3, 3, 4, 4]),
        (1, 4, vec![1, 1]),
        (2, 3, vec![1, 1, 2, 2, 4, 4]),
        (4, 4, vec![1, 1, 2, 2, 3, 3, 4, 4]),
    ] {
        for limit in [1, 3, 100] {
            let stray = read(store, move |repositories| {
                repositories.audit().list_stray(pruned, last, limit)
            });
            let mut seals: Vec<_> = stray.await.iter().filter_map(|found| found.seal).collect();
            assert_eq!(seals.len(), expected.len().min(limit));
            seals.sort_unstable();
            assert!(seals.iter().all(|seal| expected.contains(seal)), "{pruned} to {last}");
            assert!(limit < 100 || seals == expected, "{pruned} to {last}");
        }
    }
}

/// Neither the seal nor the marks nor the new end.
pub async fn a_seal_of_a_unit_that_was_rolled_back_is_not_there(store: &Arc<dyn Store>) {
    append(store, &[event(1)]).await;
    let refused = write(store, |repositories| {
        let head = repositories.audit().lock_head()?;
        let unsealed = repositories.audit().list_unsealed(10)?;
        let seal = AuditSeal::behind(&head, &unsealed, FakeClock::start());
        repositories.audit().seal(&SignedSeal {
            seal,
            mac: Digest32::ZERO,
        })?;
        assert_eq!(repositories.audit().list_unsealed(10)?, []);
        repositories.audit().prune(&record(1, 1, FakeClock::start()))?;
        Err::<(), _>(StoreError::Busy)
    });
    assert!(refused.await.is_err());
    assert_eq!(find_head(store).await, AuditHead::START);
    assert_eq!(list_seals(store, 0, 10).await, []);
    assert_eq!(list_marked(store, None).await, [found(&event(1), None)]);
    assert_eq!(find_pruning(store).await, None);
}

/// The seal that has it stays as it is.
pub async fn a_number_in_use_is_not_given_again(store: &Arc<dyn Store>) {
    sealed(store, 1, 1).await;
    let (seals, head) = (list_seals(store, 0, 10).await, find_head(store).await);
    let double = SignedSeal {
        seal: AuditSeal::behind(&AuditHead::START, &[], FakeClock::start()),
        mac: Digest32::ZERO,
    };
    let written = write(store, move |repositories| repositories.audit().seal(&double));
    assert!(written.await.is_err());
    assert_eq!(list_seals(store, 0, 10).await, seals);
    assert_eq!(find_head(store).await, head);
}

/// And their events, and no others: what is sealed later stays, and what is not sealed, however old it is. The end of
/// the chain stays where it is.
pub async fn pruning_removes_the_first_seals_and_leaves_a_record(store: &Arc<dyn Store>) {
    sealed(store, 5, 3).await;
    append(
        store,
        &[AuditEvent {
            at: DateTime::UNIX_EPOCH,
            ..event(100)
        }],
    )
    .await;
    let head = find_head(store).await;
    let step = TimeDelta::microseconds(1);
    for (through, removed, left, unstamped) in [(2, 6, 3, 9), (3, 9, 2, 6), (5, i64::MAX.unsigned_abs(), 0, 0)] {
        let record = record(through, removed, FakeClock::start() + step);
        let written = write(store, move |repositories| {
            repositories.audit().lock_head()?;
            repositories.audit().prune(&record)
        });
        written.await.unwrap();
        assert_eq!(find_pruning(store).await, Some(record));
        let seals = list_seals(store, 0, 10).await;
        let numbers: Vec<_> = seals.iter().map(|signed| signed.seal.number).collect();
        assert_eq!(numbers, (through + 1..=5).collect::<Vec<_>>());
        assert_eq!(numbers.len(), left);
        let events = read(store, |repositories| repositories.audit().list_oldest(None, 100)).await;
        assert_eq!(events.len(), unstamped + 1);
        assert!(events.iter().all(|found| found.seal.is_none_or(|seal| through < seal)));
        assert_eq!(events[0].seal, None);
        assert_eq!(find_head(store).await, head);
    }
}

fn record(through: u64, events: u64, pruned_at: DateTime<Utc>) -> SignedPruning {
    SignedPruning {
        pruning: AuditPruning {
            through: AuditHead {
                number: through,
                hash: Digest32::new([7; 32]),
            },
            events,
            pruned_at,
        },
        mac: Digest32::new([u8::try_from(through).unwrap() * 50; 32]),
    }
}

fn found(event: &AuditEvent, seal: Option<u64>) -> FoundAuditEntry {
    build::found(entry(event), seal)
}

async fn write_seal(store: &Arc<dyn Store>, seal: &SignedSeal) {
    let seal = seal.clone();
    let written = write(store, move |repositories| {
        repositories.audit().lock_head()?;
        repositories.audit().seal(&seal)
    });
    written.await.unwrap();
}

async fn find_head(store: &Arc<dyn Store>) -> AuditHead {
    read(store, |repositories| repositories.audit().head()).await.unwrap()
}

async fn find_pruning(store: &Arc<dyn Store>) -> Option<SignedPruning> {
    read(store, |repositories| repositories.audit().pruning()).await
}

async fn list_seals(store: &Arc<dyn Store>, after: u64, limit: usize) -> Vec<SignedSeal> {
    read(store, move |repositories| repositories.audit().list_seals(after, limit)).await
}

/// All that are marked with that seal, by several reads.
async fn list_marked(store: &Arc<dyn Store>, seal: Option<u64>) -> Vec<FoundAuditEntry> {
    let (mut after, mut all) = (None, Vec::new());
    loop {
        let part = read(store, move |repositories| {
            repositories.audit().list_marked(seal, after, 2)
        })
        .await;
        let Some(last) = part.last() else { return all };
        assert_ne!(after, Some(last.record.position()), "it does not go on");
        after = Some(last.record.position());
        all.extend(part);
    }
}
