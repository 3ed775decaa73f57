//! The audit trail under the hands of somebody who can write to the store, but has not the key.

use chrono::TimeDelta;
use portcullis_application::UpkeepPolicy;
use portcullis_application::audit_trail::{AuditFault, AuditReport};
use portcullis_application::ports::{AuditRecord, Clock as _};
use portcullis_domain::{AuditEventId, AuditEventType, AuditHead};
use portcullis_testkit::build::{event, signed};
use portcullis_testkit::{TemporaryStore, TestApp};
use std::sync::Arc;

const TABLES: [&str; 4] = ["audit_events", "audit_seals", "audit_head", "audit_pruning"];

/// A server with three seals: of two events, of one, of one. One more event is not sealed.
async fn sealed() -> (TestApp, TemporaryStore) {
    let store = TemporaryStore::new();
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
    app.audit_trail.check(&app.operator()).await.unwrap()
}

/// The ids of the events, in the order of the trail.
async fn ids(app: &TestApp) -> Vec<AuditEventId> {
    app.events().await.iter().map(|event| event.id).collect()
}

/// An id as SQL writes it.
fn sql(id: AuditEventId) -> String {
    format!("x'{}'", id.as_uuid().simple())
}

/// Changes one event.
fn change(store: &TemporaryStore, id: AuditEventId, change: &str) {
    store.execute(&format!("UPDATE audit_events SET {change} WHERE id = {}", sql(id)));
}

/// Removes one event.
fn remove(store: &TemporaryStore, id: AuditEventId) {
    store.execute(&format!("DELETE FROM audit_events WHERE id = {}", sql(id)));
}

/// Makes a copy of the trail.
fn copy(store: &TemporaryStore) {
    for table in TABLES {
        store.execute(&format!(
            "DROP TABLE IF EXISTS copied_{table}; CREATE TABLE copied_{table} AS SELECT * FROM {table}"
        ));
    }
}

/// Puts the copy in the place of the trail.
fn restore(store: &TemporaryStore) {
    for table in TABLES {
        store.execute(&format!(
            "DELETE FROM {table}; INSERT INTO {table} SELECT * FROM copied_{table}"
        ));
    }
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
    copy(&store);
    for changed in [
        "result = 'failure'",
        "details = details || ' '",
        "kind = 'passkey_added'",
        "mac = zeroblob(32)",
    ] {
        for id in [ids[1], ids[4]] {
            change(&store, id, changed);
            assert_eq!(report(&app).await.faults, [AuditFault::EventChanged(id)], "{changed}");
            restore(&store);
        }
    }
}

/// An event of a kind that this version does not know, with members that it does not know.
async fn add_from_a_newer_version(app: &TestApp, format: i64) -> AuditEventId {
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
        copy(&store);
        for changed in [
            "kind = 'passkey_adder'",
            "details = replace(details, 'app', 'apq')",
            "result = 'failure'",
            "details = 'no JSON'",
        ] {
            change(&store, id, changed);
            let found = report(&app).await;
            assert_eq!(
                (found.unknown, found.faults),
                (0, vec![AuditFault::EventChanged(id)]),
                "{changed}"
            );
            restore(&store);
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
    remove(&store, newer);
    let ids = ids(&app).await;
    change(&store, ids[1], "format = 7");
    assert_eq!(report(&app).await.faults, [AuditFault::EventFormatUnknown(ids[1], 7)]);
}

#[tokio::test]
async fn events_that_are_missing_added_or_moved_are_named() {
    let (app, store) = sealed().await;
    let ids = ids(&app).await;
    copy(&store);

    remove(&store, ids[0]);
    assert_eq!(report(&app).await.faults, [AuditFault::EventMissing(ids[0], 1)]);
    restore(&store);
    assert_eq!(report(&app).await.faults, []);

    change(&store, ids[4], "seal = 2");
    assert_eq!(report(&app).await.faults, [AuditFault::EventAdded(ids[4], 2)]);
    change(&store, ids[4], "seal = 9");
    assert_eq!(report(&app).await.faults, [AuditFault::EventAdded(ids[4], 9)]);
    change(&store, ids[4], "seal = NULL");

    change(&store, ids[2], "seal = 3");
    assert_eq!(
        report(&app).await.faults,
        [AuditFault::EventMoved(ids[2], 2), AuditFault::EventAdded(ids[2], 3)]
    );
    change(&store, ids[2], "seal = NULL");
    assert!(report(&app).await.faults.contains(&AuditFault::EventMoved(ids[2], 2)));
}

#[tokio::test]
async fn events_whose_contents_were_swapped_are_named() {
    let (app, store) = sealed().await;
    let ids = ids(&app).await;
    let (first, second, neither) = (sql(ids[0]), sql(ids[1]), "zeroblob(16)");
    for (from, to) in [(&*first, neither), (&second, &first), (neither, &second)] {
        store.execute(&format!("UPDATE audit_events SET id = {to} WHERE id = {from}"));
    }
    assert_eq!(
        report(&app).await.faults,
        [AuditFault::EventChanged(ids[0]), AuditFault::EventChanged(ids[1])]
    );
}

#[tokio::test]
async fn seals_that_are_missing_changed_or_cut_off_are_named() {
    let (app, store) = sealed().await;
    let ids = ids(&app).await;
    copy(&store);

    store.execute("DELETE FROM audit_seals WHERE number = 2");
    let faults = report(&app).await.faults;
    assert!(faults.contains(&AuditFault::SealsMissing(2, 2)), "{faults:?}");
    restore(&store);
    assert_eq!(report(&app).await.faults, []);

    let added = sql(ids[4]);
    store.execute(&format!(
        "UPDATE audit_seals SET events = CAST(events || {added} AS BLOB) WHERE number = 2"
    ));
    let faults = report(&app).await.faults;
    assert!(faults.contains(&AuditFault::SealForged(2)), "{faults:?}");
    assert!(faults.contains(&AuditFault::SealMisplaced(3)), "{faults:?}");
    restore(&store);
    store.execute("UPDATE audit_seals SET digest = zeroblob(32) WHERE number = 2");
    assert_eq!(
        report(&app).await.faults,
        [AuditFault::SealForged(2), AuditFault::SealMisplaced(3)]
    );
    restore(&store);

    // With its events, so that nothing else gives it away.
    store.execute("DELETE FROM audit_seals WHERE number = 3");
    remove(&store, ids[3]);
    assert_eq!(report(&app).await.faults, [AuditFault::EndCutOff(2)]);
}

#[tokio::test]
async fn a_gap_of_any_size_is_named_once() {
    let (app, store) = sealed().await;
    let far = i64::MAX.unsigned_abs();
    store.execute(&format!("UPDATE audit_seals SET number = {far} WHERE number = 3"));
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
    // The seal before this one was the end of the chain when this one was made.
    let end_before = |number: u64| {
        format!(
            "UPDATE audit_head SET (number, hash) =
                (SELECT number - 1, previous FROM audit_seals WHERE number = {number})"
        )
    };
    for (number, tamper) in (4..).zip(["DELETE FROM audit_head".to_owned(), end_before(2), end_before(1)]) {
        store.execute(&tamper);
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
        store.execute(&format!(
            "INSERT INTO audit_seals
            SELECT {number}, sealed_at, previous, events, digest, mac FROM audit_seals WHERE number = 1"
        ));
    };
    forge(farthest);
    let next = app.upkeep.seal_audit_trail().await.unwrap().unwrap();
    assert_eq!(next.number, 4, "it is not hung on what is not genuine");
    assert!(report(&app).await.faults.contains(&AuditFault::SealForged(farthest)));
    store.execute(&format!("DELETE FROM audit_seals WHERE number = {farthest}"));
    assert_eq!(report(&app).await.faults, []);

    app.log_in("ada@x.test").await;
    forge(5);
    let next = app.upkeep.seal_audit_trail().await.unwrap().unwrap();
    assert_eq!(next.number, 6, "the number is taken");
    assert!(report(&app).await.faults.contains(&AuditFault::SealForged(5)));
    store.execute("DELETE FROM audit_seals WHERE number = 5");
    assert_eq!(report(&app).await.faults, [AuditFault::SealsMissing(5, 5)]);
}

#[tokio::test]
async fn an_end_behind_which_no_number_is_left_is_forgotten() {
    let (app, store) = sealed().await;
    store.execute(&format!("UPDATE audit_head SET number = {}", i64::MAX));
    let next = app.upkeep.seal_audit_trail().await.unwrap().unwrap();
    assert_eq!(next.number, 4);
    assert_eq!(report(&app).await.faults, []);
}

#[tokio::test]
async fn a_backlog_of_more_events_than_one_seal_names_is_late_nowhere() {
    let (app, _) = sealed().await;
    for _ in 0..1_500 {
        app.audit_trail.record_backup(&app.operator()).await.unwrap();
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
    store.execute("DELETE FROM audit_head");
    let sealed = app.upkeep.seal_audit_trail().await.unwrap().unwrap();
    assert_eq!(sealed.number, 4);
    assert_eq!(report(&app).await.faults, []);
}

#[tokio::test]
async fn an_event_that_was_pruned_cannot_be_put_back() {
    let (app, store) = sealed().await;
    let id = ids(&app).await[0];
    copy(&store);
    app.clock.advance(TimeDelta::hours(2));
    app.log_in("ada@x.test").await;
    app.upkeep.seal_audit_trail().await.unwrap().unwrap();
    let server = app.beside_under(app.policy, keeping(&app, TimeDelta::hours(1)));
    assert_eq!(server.upkeep.prune_audit_trail().await.unwrap(), 4);
    assert_eq!(report(&app).await.faults, []);

    let put_back = |changed: &str| {
        store.execute(&format!(
            "INSERT OR REPLACE INTO audit_events SELECT * FROM copied_audit_events WHERE id = {}",
            sql(id)
        ));
        change(&store, id, changed);
    };
    // With its seal, which is gone.
    put_back("seal = seal");
    assert_eq!(report(&app).await.faults, [AuditFault::EventAdded(id, 1)]);
    put_back("mac = zeroblob(32)");
    assert_eq!(
        report(&app).await.faults,
        [AuditFault::EventChanged(id), AuditFault::EventAdded(id, 1)]
    );
    put_back("seal = 0");
    assert_eq!(report(&app).await.faults, [AuditFault::EventAdded(id, 0)]);
    app.clock.advance(TimeDelta::days(1));
    assert_eq!(
        server.upkeep.prune_audit_trail().await.unwrap(),
        0,
        "what tells of it stays"
    );
    // As one that was not sealed yet, and after the server has sealed it again.
    put_back("seal = NULL");
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
    copy(&store);
    let tampers: [&dyn Fn(); 4] = [
        &|| remove(&store, ids[0]),
        &|| change(&store, ids[1], "result = 'failure'"),
        &|| change(&store, ids[4], "seal = 1"),
        &|| store.execute("DELETE FROM audit_seals WHERE number = 1"),
    ];
    for tamper in tampers {
        tamper();
        assert_eq!(server.upkeep.prune_audit_trail().await.unwrap(), 0);
        assert_ne!(report(&app).await.faults, []);
        app.clock.advance(TimeDelta::hours(1));
        restore(&store);
    }
    // From the fault on: what stands before it goes.
    remove(&store, ids[3]);
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

    store.execute("UPDATE audit_pruning SET events = 1");
    let faults = self::report(&app).await.faults;
    assert_eq!(faults, [AuditFault::PruningForged]);
    app.clock.advance(TimeDelta::days(1));
    assert_eq!(server.upkeep.prune_audit_trail().await.unwrap(), 0);

    store.execute("DELETE FROM audit_pruning");
    let faults = self::report(&app).await.faults;
    assert!(faults.contains(&AuditFault::SealsMissing(1, 1)), "{faults:?}");
}

#[tokio::test]
async fn pruning_removes_nothing_that_somebody_else_made_old() {
    let (app, store) = sealed().await;
    let years_ago = TimeDelta::days(400).num_microseconds().unwrap();
    store.execute(&format!(
        "UPDATE audit_seals SET sealed_at = sealed_at - {years_ago} WHERE number = 1"
    ));
    let server = app.beside_under(app.policy, keeping(&app, TimeDelta::days(365)));
    assert_eq!(server.upkeep.prune_audit_trail().await.unwrap(), 0);
    assert_eq!(app.events().await.len(), 5);
}
