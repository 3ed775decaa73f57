//! The audit trail under the hands of somebody who can write to the store, but has not the key.

use chrono::TimeDelta;
use portcullis_application::UpkeepPolicy;
use portcullis_application::operator::{AuditFault, AuditReport};
use portcullis_application::ports::{AuditRecord, Clock as _};
use portcullis_domain::{AuditEventId, AuditEventType, AuditHead, Digest32};
use portcullis_testkit::build::{event, signed};
use portcullis_testkit::memory::{AuditTrail, KeptEntry};
use portcullis_testkit::{MemoryStore, TestApp};
use std::sync::Arc;

/// A server with three seals: of two events, of one, of one. One more event is not sealed.
async fn sealed() -> (TestApp, MemoryStore) {
    let store = MemoryStore::new();
    let app = TestApp::on(Arc::new(store.clone()));
    app.register("ada@x.test").await;
    app.log_in("ada@x.test").await;
    for _ in 0..3 {
        app.clock.advance(TimeDelta::seconds(5));
        app.upkeep.seal_audit_trail().await.unwrap().unwrap();
        app.log_in("ada@x.test").await;
    }
    (app, store)
}

async fn report(app: &TestApp) -> AuditReport {
    app.operator.check_audit_trail().await.unwrap()
}

/// The ids of the events, in the order of the trail.
async fn ids(app: &TestApp) -> Vec<AuditEventId> {
    app.events().await.iter().map(|event| event.id).collect()
}

fn entry(trail: &mut AuditTrail, id: AuditEventId) -> &mut KeptEntry {
    let found = trail.entries.iter_mut().find(|((_, entry), _)| *entry == id.as_uuid());
    found.unwrap().1
}

fn remove(trail: &mut AuditTrail, id: AuditEventId) -> KeptEntry {
    let key = trail.entries.keys().find(|(_, entry)| *entry == id.as_uuid()).copied();
    trail.entries.remove(&key.unwrap()).unwrap()
}

#[tokio::test]
async fn a_trail_that_nobody_touched_has_no_fault() {
    let app = TestApp::new();
    let empty = report(&app).await;
    assert_eq!(
        (empty.events, empty.seals, empty.head, empty.faults),
        (0, 0, AuditHead::START, vec![])
    );

    let (app, _) = sealed().await;
    let report = report(&app).await;
    assert_eq!(report.faults, []);
    assert_eq!((report.events, report.unsealed, report.seals), (5, 1, 3));
    assert_eq!(report.head.number, 3);
}

#[tokio::test]
async fn a_changed_event_is_named_whether_it_was_sealed_or_not() {
    let (app, store) = sealed().await;
    let ids = ids(&app).await;
    let changes: [fn(&mut KeptEntry); 4] = [
        |kept| kept.record.result = "failure".to_owned(),
        |kept| kept.record.details.push(' '),
        |kept| kept.record.kind = "passkey_added".to_owned(),
        |kept| kept.mac = Digest32::new([7; 32]),
    ];
    for change in changes {
        for id in [ids[1], ids[4]] {
            let before = store.tamper(|trail| entry(trail, id).clone());
            store.tamper(|trail| change(entry(trail, id)));
            assert_eq!(report(&app).await.faults, [AuditFault::EventChanged(id)]);
            store.tamper(|trail| *entry(trail, id) = before);
        }
    }
}

/// An event of a kind that this version does not know, with members that it does not know.
async fn add_from_a_newer_version(app: &TestApp, format: i32) -> AuditEventId {
    let entry = signed(AuditRecord {
        format,
        kind: "passkey_added".to_owned(),
        details: r#"{"reason":"on_a_whim","client":"app"}"#.to_owned(),
        at: app.clock.now(),
        ..AuditRecord::from(event(77))
    });
    let id = entry.record.id;
    let added = app.store.write(move |repositories| repositories.audit().append(&entry));
    added.await.unwrap();
    id
}

#[tokio::test]
async fn what_a_newer_version_wrote_is_counted_and_no_fault_until_it_is_changed() {
    let (app, store) = sealed().await;
    let id = add_from_a_newer_version(&app, 1).await;
    for is_sealed in [false, true] {
        if is_sealed {
            app.upkeep.seal_audit_trail().await.unwrap().unwrap();
        }
        let whole = report(&app).await;
        assert_eq!((whole.events, whole.unknown, whole.faults), (6, 1, vec![]));
        let changes: [fn(&mut KeptEntry); 4] = [
            |kept| kept.record.kind = "passkey_adder".to_owned(),
            |kept| kept.record.details = kept.record.details.replace("app", "apq"),
            |kept| kept.record.result = "failure".to_owned(),
            |kept| kept.record.details = "no JSON".to_owned(),
        ];
        for change in changes {
            let before = store.tamper(|trail| entry(trail, id).clone());
            store.tamper(|trail| change(entry(trail, id)));
            let found = report(&app).await;
            assert_eq!((found.unknown, found.faults), (0, vec![AuditFault::EventChanged(id)]));
            store.tamper(|trail| *entry(trail, id) = before);
        }
    }
}

#[tokio::test]
async fn an_event_of_an_unknown_format_is_told_as_that_whoever_wrote_it() {
    let (app, store) = sealed().await;
    let newer = add_from_a_newer_version(&app, 2).await;
    let told = report(&app).await;
    assert_eq!(
        (told.unknown, told.faults),
        (0, vec![AuditFault::EventFormatUnknown(newer, 2)])
    );
    // Nobody hides a change behind it.
    let ids = store.tamper(|trail| {
        remove(trail, newer);
        let ids: Vec<_> = trail.entries.values().map(|kept| kept.record.id).collect();
        entry(trail, ids[1]).record.format = 7;
        ids
    });
    assert_eq!(report(&app).await.faults, [AuditFault::EventFormatUnknown(ids[1], 7)]);
}

#[tokio::test]
async fn events_that_are_missing_added_or_moved_are_named() {
    let (app, store) = sealed().await;
    let ids = ids(&app).await;

    let removed = store.tamper(|trail| remove(trail, ids[0]));
    assert_eq!(report(&app).await.faults, [AuditFault::EventMissing(ids[0], 1)]);
    let record = &removed.record;
    let key = (record.at, record.id.as_uuid());
    store.tamper(|trail| trail.entries.insert(key, removed));
    assert_eq!(report(&app).await.faults, []);

    store.tamper(|trail| entry(trail, ids[4]).seal = Some(2));
    assert_eq!(report(&app).await.faults, [AuditFault::EventAdded(ids[4], 2)]);
    store.tamper(|trail| entry(trail, ids[4]).seal = Some(9));
    assert_eq!(report(&app).await.faults, [AuditFault::EventAdded(ids[4], 9)]);
    store.tamper(|trail| entry(trail, ids[4]).seal = None);

    store.tamper(|trail| entry(trail, ids[2]).seal = Some(3));
    assert_eq!(
        report(&app).await.faults,
        [AuditFault::EventMoved(ids[2], 2), AuditFault::EventAdded(ids[2], 3)]
    );
    store.tamper(|trail| entry(trail, ids[2]).seal = None);
    assert!(report(&app).await.faults.contains(&AuditFault::EventMoved(ids[2], 2)));
}

#[tokio::test]
async fn events_whose_contents_were_swapped_are_named() {
    let (app, store) = sealed().await;
    let ids = ids(&app).await;
    store.tamper(|trail| {
        let (first, second) = (entry(trail, ids[0]).clone(), entry(trail, ids[1]).clone());
        for (id, other) in [(ids[0], second), (ids[1], first)] {
            entry(trail, id).record = AuditRecord { id, ..other.record };
        }
    });
    assert_eq!(
        report(&app).await.faults,
        [AuditFault::EventChanged(ids[0]), AuditFault::EventChanged(ids[1])]
    );
}

#[tokio::test]
async fn seals_that_are_missing_changed_or_cut_off_are_named() {
    let (app, store) = sealed().await;
    let ids = ids(&app).await;

    let second = store.tamper(|trail| trail.seals.remove(&2).unwrap());
    let faults = report(&app).await.faults;
    assert!(faults.contains(&AuditFault::SealsMissing(2, 2)), "{faults:?}");

    let mut changed = second.clone();
    changed.seal.events.push(ids[4]);
    store.tamper(|trail| trail.seals.insert(2, changed));
    let faults = report(&app).await.faults;
    assert!(faults.contains(&AuditFault::SealForged(2)), "{faults:?}");
    assert!(faults.contains(&AuditFault::SealMisplaced(3)), "{faults:?}");
    store.tamper(|trail| trail.seals.insert(2, second.clone()));
    assert_eq!(report(&app).await.faults, []);
    store.tamper(|trail| trail.seals.get_mut(&2).unwrap().seal.digest = Digest32::new([7; 32]));
    assert_eq!(
        report(&app).await.faults,
        [AuditFault::SealForged(2), AuditFault::SealMisplaced(3)]
    );
    store.tamper(|trail| trail.seals.insert(2, second));

    // With its events, so that nothing else gives it away.
    store.tamper(|trail| {
        trail.seals.remove(&3);
        remove(trail, ids[3])
    });
    assert_eq!(report(&app).await.faults, [AuditFault::EndCutOff(2)]);
}

#[tokio::test]
async fn a_gap_of_any_size_is_named_once() {
    let (app, store) = sealed().await;
    let far = i64::MAX.unsigned_abs();
    store.tamper(|trail| {
        let mut last = trail.seals.remove(&3).unwrap();
        last.seal.number = far;
        trail.seals.insert(far, last);
    });
    assert_eq!(
        report(&app).await.faults,
        [
            AuditFault::SealsMissing(3, far - 1),
            AuditFault::SealForged(far),
            AuditFault::EventMoved(ids(&app).await[3], far),
            AuditFault::EndCutOff(far),
        ]
    );
}

#[tokio::test]
async fn sealing_goes_on_behind_the_last_seal_whatever_became_of_the_remembered_end() {
    let (app, store) = sealed().await;
    for (number, remembered) in (4..).zip([None, Some(1), Some(0)]) {
        store.tamper(|trail| {
            trail.head = remembered.map(|number| {
                trail
                    .seals
                    .get(&number)
                    .map_or(AuditHead::START, |seal| seal.seal.head())
            });
        });
        assert_eq!(report(&app).await.faults, [AuditFault::EndCutOff(number - 1)]);
        let sealed = app.upkeep.seal_audit_trail().await.unwrap().unwrap();
        assert_eq!(sealed.number, number);
        assert_eq!(report(&app).await.faults, []);
        app.log_in("ada@x.test").await;
    }
}

#[tokio::test]
async fn seals_that_somebody_else_made_keep_nobody_from_sealing() {
    let (app, store) = sealed().await;
    let farthest = i64::MAX.unsigned_abs();
    let forge = |number: u64| {
        store.tamper(|trail| {
            let mut forged = trail.seals[&1].clone();
            forged.seal.number = number;
            trail.seals.insert(number, forged);
        });
    };
    forge(farthest);
    let next = app.upkeep.seal_audit_trail().await.unwrap().unwrap();
    assert_eq!(next.number, 4, "it is not hung on what is not genuine");
    assert!(report(&app).await.faults.contains(&AuditFault::SealForged(farthest)));
    store.tamper(|trail| drop(trail.seals.remove(&farthest)));
    assert_eq!(report(&app).await.faults, []);

    app.log_in("ada@x.test").await;
    forge(5);
    let next = app.upkeep.seal_audit_trail().await.unwrap().unwrap();
    assert_eq!(next.number, 6, "the number is taken");
    assert!(report(&app).await.faults.contains(&AuditFault::SealForged(5)));
    store.tamper(|trail| drop(trail.seals.remove(&5)));
    assert_eq!(report(&app).await.faults, [AuditFault::SealsMissing(5, 5)]);
}

#[tokio::test]
async fn an_end_behind_which_no_number_is_left_is_forgotten() {
    let (app, store) = sealed().await;
    store.tamper(|trail| trail.head.as_mut().unwrap().number = i64::MAX.unsigned_abs());
    let next = app.upkeep.seal_audit_trail().await.unwrap().unwrap();
    assert_eq!(next.number, 4);
    assert_eq!(report(&app).await.faults, []);
}

#[tokio::test]
async fn a_backlog_of_more_events_than_one_seal_names_is_late_nowhere() {
    let (app, _) = sealed().await;
    for _ in 0..1_500 {
        app.operator.record_backup().await.unwrap();
    }
    app.clock.advance(TimeDelta::hours(3));
    let last = app.upkeep.seal_audit_trail().await.unwrap().unwrap();
    assert_eq!(last.number, 5, "there were two seals' worth of events");
    assert_eq!(report(&app).await.faults, []);
}

#[tokio::test]
async fn the_end_is_never_put_back_before_what_was_pruned() {
    let (app, store) = sealed().await;
    let server = app.beside_under(app.policy, keeping(&app, TimeDelta::zero()));
    app.clock.advance(TimeDelta::seconds(1));
    server.upkeep.prune_audit_trail().await.unwrap();
    store.tamper(|trail| trail.head = None);
    let sealed = app.upkeep.seal_audit_trail().await.unwrap().unwrap();
    assert_eq!(sealed.number, 4);
    assert_eq!(report(&app).await.faults, []);
}

#[tokio::test]
async fn an_event_that_was_pruned_cannot_be_put_back() {
    let (app, store) = sealed().await;
    let removed = store.tamper(|trail| trail.entries.clone());
    app.clock.advance(TimeDelta::hours(2));
    app.log_in("ada@x.test").await;
    app.upkeep.seal_audit_trail().await.unwrap().unwrap();
    let server = app.beside_under(app.policy, keeping(&app, TimeDelta::hours(1)));
    assert_eq!(server.upkeep.prune_audit_trail().await.unwrap(), 4);
    assert_eq!(report(&app).await.faults, []);

    let id = AuditEventId::from(removed.first_key_value().unwrap().0.1);
    let put_back = |change: &dyn Fn(&mut KeptEntry)| {
        let (key, mut kept) = removed.iter().next().map(|(key, kept)| (*key, kept.clone())).unwrap();
        change(&mut kept);
        store.tamper(|trail| trail.entries.insert(key, kept));
    };
    // With its seal, which is gone.
    put_back(&|_| {});
    assert_eq!(report(&app).await.faults, [AuditFault::EventAdded(id, 1)]);
    put_back(&|kept| kept.mac = Digest32::new([0; 32]));
    assert_eq!(
        report(&app).await.faults,
        [AuditFault::EventChanged(id), AuditFault::EventAdded(id, 1)]
    );
    put_back(&|kept| kept.seal = Some(0));
    assert_eq!(report(&app).await.faults, [AuditFault::EventAdded(id, 0)]);
    app.clock.advance(TimeDelta::days(1));
    assert_eq!(
        server.upkeep.prune_audit_trail().await.unwrap(),
        0,
        "what tells of it stays"
    );
    // As one that was not sealed yet, and after the server has sealed it again.
    put_back(&|kept| kept.seal = None);
    let last = report(&app).await;
    assert_eq!(last.faults, [AuditFault::EventLate(id, last.head.number)]);
    app.upkeep.seal_audit_trail().await.unwrap().unwrap();
    assert_eq!(report(&app).await.faults, [AuditFault::EventLate(id, last.head.number)]);
    // A clock that was wrong would look like that: it keeps nothing for ever.
    app.clock.advance(TimeDelta::days(1));
    assert!(server.upkeep.prune_audit_trail().await.unwrap() > 0);
    assert_eq!(report(&app).await.faults, []);
}

#[tokio::test]
async fn a_clock_that_was_set_back_makes_no_event_late() {
    let (app, _) = sealed().await;
    app.clock.advance(TimeDelta::days(-30));
    app.log_in("ada@x.test").await;
    assert_eq!(report(&app).await.faults, []);
    app.upkeep.seal_audit_trail().await.unwrap().unwrap();
    app.clock.advance(TimeDelta::days(60));
    app.log_in("ada@x.test").await;
    app.upkeep.seal_audit_trail().await.unwrap().unwrap();
    assert_eq!(report(&app).await.faults, []);
}

#[tokio::test]
async fn pruning_leaves_a_trail_alone_that_somebody_else_changed() {
    let (app, store) = sealed().await;
    let server = app.beside_under(app.policy, keeping(&app, TimeDelta::days(1)));
    app.clock.advance(TimeDelta::days(2));
    let ids = ids(&app).await;
    let tampers: [fn(&mut AuditTrail, &[AuditEventId]); 4] = [
        |trail, ids| drop(remove(trail, ids[0])),
        |trail, ids| entry(trail, ids[1]).record.result = "failure".to_owned(),
        |trail, ids| entry(trail, ids[4]).seal = Some(1),
        |trail, _| drop(trail.seals.remove(&1)),
    ];
    let whole = store.tamper(|trail| trail.clone());
    for tamper in tampers {
        store.tamper(|trail| tamper(trail, &ids));
        assert_eq!(server.upkeep.prune_audit_trail().await.unwrap(), 0);
        assert_ne!(report(&app).await.faults, []);
        app.clock.advance(TimeDelta::hours(1));
        store.tamper(|trail| *trail = whole.clone());
    }
    // From the fault on: what stands before it goes.
    store.tamper(|trail| drop(remove(trail, ids[3])));
    assert_eq!(server.upkeep.prune_audit_trail().await.unwrap(), 3);
    assert_eq!(report(&app).await.faults, [AuditFault::EventMissing(ids[3], 3)]);
}

fn keeping(app: &TestApp, retention: TimeDelta) -> UpkeepPolicy {
    UpkeepPolicy {
        audit_retention: Some(retention),
        ..app.upkeep_policy
    }
}

#[tokio::test]
async fn what_was_pruned_leaves_a_record_that_cannot_be_forged() {
    let (app, store) = sealed().await;
    let server = app.beside_under(app.policy, keeping(&app, TimeDelta::seconds(7)));
    assert_eq!(server.upkeep.prune_audit_trail().await.unwrap(), 2);
    let report = self::report(&app).await;
    assert_eq!((report.faults, report.pruned, report.seals), (vec![], 2, 2));
    let told = app
        .events()
        .await
        .into_iter()
        .filter(|event| event.kind == AuditEventType::AuditTrailPruned);
    assert_eq!(told.count(), 1);

    store.tamper(|trail| trail.pruning.as_mut().unwrap().pruning.events = 1);
    let faults = self::report(&app).await.faults;
    assert_eq!(faults, [AuditFault::PruningForged]);
    app.clock.advance(TimeDelta::days(1));
    assert_eq!(server.upkeep.prune_audit_trail().await.unwrap(), 0);

    store.tamper(|trail| trail.pruning = None);
    let faults = self::report(&app).await.faults;
    assert!(faults.contains(&AuditFault::SealsMissing(1, 1)), "{faults:?}");
}

#[tokio::test]
async fn pruning_removes_nothing_that_somebody_else_made_old() {
    let (app, store) = sealed().await;
    store.tamper(|trail| trail.seals.get_mut(&1).unwrap().seal.sealed_at -= TimeDelta::days(400));
    let server = app.beside_under(app.policy, keeping(&app, TimeDelta::days(365)));
    assert_eq!(server.upkeep.prune_audit_trail().await.unwrap(), 0);
    assert_eq!(app.events().await.len(), 5);
}
