//! Somebody who can write to the database, but does not have the key: whatever they do to the trail is named.

use crate::app::TestApp;
use crate::on_both_databases;
use crate::sealed_trail::{Fault, Head, faults_in};
use serde_json::Value;

on_both_databases!(
    a_whole_trail_has_no_fault,
    a_change_of_any_column_is_named,
    a_row_that_is_missing_added_or_elsewhere_is_named,
    a_seal_that_was_changed_or_is_missing_is_named,
    a_remembered_end_that_was_set_back_keeps_nobody_from_sealing,
    an_end_that_was_cut_off_shows_by_the_log,
);

const STRANGER: &str = "018f0000-0000-7000-8000-000000000001";

const SAVE: &str = "CREATE TABLE saved_events AS SELECT * FROM audit_events; \
                    CREATE TABLE saved_seals AS SELECT * FROM audit_seals; \
                    CREATE TABLE saved_head AS SELECT * FROM audit_head;";

const PUT_BACK: &str = "DELETE FROM audit_events; INSERT INTO audit_events SELECT * FROM saved_events; \
                        DELETE FROM audit_seals; INSERT INTO audit_seals SELECT * FROM saved_seals; \
                        DELETE FROM audit_head; INSERT INTO audit_head SELECT * FROM saved_head;";

/// A sealed trail at rest, and what it was before somebody tampered with it.
struct Tampered {
    app: TestApp,
    heads: Vec<Head>,
    /// Oldest first: the event, and the number of its seal.
    events: Vec<(Value, Option<u64>)>,
}

impl Tampered {
    async fn with(mut app: TestApp) -> Self {
        let heads = app.seal_three_times().await;
        // No server runs, so this stays unsealed.
        app.run(&["user", "set-role", "ada@example.org", "USER"]).result();
        let seals = app
            .column("SELECT coalesce(CAST(seal AS TEXT), '') FROM audit_events ORDER BY at, id")
            .await;
        let events = app.run(&["audit", "export"]).lines();
        assert_eq!(events.len(), seals.len());
        app.execute(SAVE).await;
        let events = events.into_iter().zip(seals.iter().map(|seal| seal.parse().ok()));
        Self {
            events: events.collect(),
            app,
            heads,
        }
    }

    /// The last event of that type that is sealed, or that is not: its id.
    fn event(&self, kind: &str, is_sealed: impl Fn(u64) -> bool) -> (String, u64) {
        let mut found = self.events.iter().rev();
        let found = found.find(|(event, seal)| event["type"] == kind && seal.is_some_and(&is_sealed));
        let (event, seal) = found.unwrap();
        (event["id"].as_str().unwrap().to_owned(), seal.unwrap())
    }

    fn unsealed(&self) -> String {
        let (event, seal) = self.events.last().unwrap();
        assert_eq!((&event["type"], seal), (&"role_changed".into(), &None));
        event["id"].as_str().unwrap().to_owned()
    }

    fn sql(&self, id: &str) -> String {
        self.app.id_in_sql(id)
    }

    /// Does it, checks the trail, and puts everything back.
    async fn faults_after(&self, statements: &str, arguments: &[&str]) -> Vec<Fault> {
        self.app.execute(statements).await;
        let verified = self.app.run(&[&["audit", "verify"][..], arguments].concat());
        self.app.execute(PUT_BACK).await;
        faults_in(&verified)
    }

    async fn assert_names(&self, statements: &str, expected: &[Fault]) {
        let faults = self.faults_after(statements, &[]).await;
        for fault in expected {
            assert!(
                faults.contains(fault),
                "{statements}: {fault:?} is not among {faults:#?}"
            );
        }
    }
}

fn at_event(code: &str, event: &str) -> Fault {
    (code.to_owned(), None, Some(event.to_owned()))
}

fn at_both(code: &str, seal: u64, event: &str) -> Fault {
    (code.to_owned(), Some(seal), Some(event.to_owned()))
}

fn at_seal(code: &str, seal: u64) -> Fault {
    (code.to_owned(), Some(seal), None)
}

async fn a_whole_trail_has_no_fault(mut app: TestApp) {
    let fresh = app.run(&["audit", "verify"]);
    assert_eq!(faults_in(&fresh), []);
    let heads = app.seal_three_times().await;
    let verified = app.run(&["audit", "verify"]);
    assert_eq!(faults_in(&verified), []);
    let report = verified.json();
    let last = heads.last().unwrap();
    assert_eq!(
        (&report["head"]["number"], &report["head"]["hash"]),
        (&last.number.into(), &last.hash.clone().into())
    );
    assert_eq!(
        (&report["unsealed"], &report["pruned"], &report["seals"]),
        (&0.into(), &0.into(), &last.number.into())
    );
    let count = app.column("SELECT CAST(count(*) AS TEXT) FROM audit_events").await;
    assert_eq!(report["events"].to_string(), count[0]);
    // The first start seals too, before the log began that the heads were read from.
    for head in &heads {
        let expected = app.run(&["audit", "verify", "--expect-head", &head.argument()]);
        assert_eq!(faults_in(&expected), [], "{head:?}");
    }
    let mut other = last.clone();
    other.hash = other.hash.chars().rev().collect();
    let differs = app.run(&["audit", "verify", "--expect-head", &other.argument()]);
    assert_eq!(faults_in(&differs), [at_seal("head_differs", last.number)]);
    let beyond = Head {
        number: last.number + 1,
        hash: last.hash.clone(),
    };
    let missing = app.run(&["audit", "verify", "--expect-head", &beyond.argument()]);
    assert_eq!(faults_in(&missing), [at_seal("head_missing", beyond.number)]);
}

async fn a_change_of_any_column_is_named(app: TestApp) {
    let trail = Tampered::with(app).await;
    let (sealed, _) = trail.event("role_changed", |_| true);
    let stranger = trail.sql(STRANGER);
    let a_moment_later = trail.app.on("at = at + 1", "at = at + interval '1 microsecond'");
    let in_details = |from: &str, to: &str| format!("details = replace(details, '{from}', '{to}')");
    let no_mac = trail
        .app
        .on("mac = zeroblob(32)", "mac = decode(repeat('00', 32), 'hex')");
    let changes = [
        "kind = 'account_created'".to_owned(),
        "kind = 'nonsense'".to_owned(),
        a_moment_later.to_owned(),
        format!("actor_id = {stranger}"),
        format!("user_id = {stranger}"),
        "user_id = NULL".to_owned(),
        "address = '10.0.0.1'".to_owned(),
        "address = 'no address'".to_owned(),
        "request_id = 'another-one'".to_owned(),
        "result = 'failure'".to_owned(),
        in_details("\"reason\":\"", "\"reason\":\"not_"),
        in_details("USER", "ADMIN"),
        in_details("\"user_agent\":\"", "\"user_agent\":\"not "),
        in_details("true", "false"),
        in_details(",", ", "),
        in_details("reason", "client"),
        "details = '{}'".to_owned(),
        "details = 'no JSON'".to_owned(),
        no_mac.to_owned(),
    ];
    for event in [&sealed, &trail.unsealed()] {
        for change in &changes {
            let statement = format!("UPDATE audit_events SET {change} WHERE id = {}", trail.sql(event));
            trail
                .assert_names(&statement, &[at_event("event_changed", event)])
                .await;
        }
        let of_another_format = format!("UPDATE audit_events SET format = 2 WHERE id = {}", trail.sql(event));
        trail
            .assert_names(&of_another_format, &[at_event("event_format_unknown", event)])
            .await;
        let renamed = format!(
            "UPDATE audit_events SET id = {stranger} WHERE id = {}",
            trail.sql(event)
        );
        trail
            .assert_names(&renamed, &[at_event("event_changed", STRANGER)])
            .await;
    }
    assert_eq!(trail.faults_after("SELECT 1", &[]).await, [], "everything was put back");
}

async fn a_row_that_is_missing_added_or_elsewhere_is_named(app: TestApp) {
    let trail = Tampered::with(app).await;
    let last = trail.heads.last().unwrap().number;
    let (one, seal) = trail.event("role_changed", |seal| seal < last);
    let (two, other_seal) = trail.event("role_changed", |_| true);
    assert_ne!(seal, other_seal);
    let unsealed = trail.unsealed();
    let (one_id, two_id, unsealed_id) = (trail.sql(&one), trail.sql(&two), trail.sql(&unsealed));
    let stranger = trail.sql(STRANGER);
    let columns = "format, kind, at, actor_id, user_id, address, request_id, result, details, mac";
    let copy = |id: &str, seal: &str| {
        format!(
            "INSERT INTO audit_events (id, {columns}, seal) SELECT {stranger}, {columns}, {seal} FROM audit_events WHERE id = {id}"
        )
    };
    let swap = |one: &str, two: &str| {
        let rename = |from: &str, to: &str| format!("UPDATE audit_events SET id = {to} WHERE id = {from};");
        [rename(one, &stranger), rename(two, one), rename(&stranger, two)].concat()
    };
    let mark = |id: &str, seal: &str| format!("UPDATE audit_events SET seal = {seal} WHERE id = {id}");
    let (missing, changed) = (at_both("event_missing", seal, &one), |id: &str| {
        at_event("event_changed", id)
    });
    for (statements, expected) in [
        (
            format!("DELETE FROM audit_events WHERE id = {one_id}"),
            vec![missing.clone()],
        ),
        (
            format!("UPDATE audit_events SET id = {stranger} WHERE id = {one_id}"),
            vec![missing, at_both("event_added", seal, STRANGER)],
        ),
        (
            copy(&one_id, "seal"),
            vec![changed(STRANGER), at_both("event_added", seal, STRANGER)],
        ),
        (copy(&one_id, "NULL"), vec![changed(STRANGER)]),
        (copy(&unsealed_id, "NULL"), vec![changed(STRANGER)]),
        (
            copy(&unsealed_id, &last.to_string()),
            vec![changed(STRANGER), at_both("event_added", last, STRANGER)],
        ),
        (swap(&one_id, &two_id), vec![changed(&one), changed(&two)]),
        (swap(&one_id, &unsealed_id), vec![changed(&one), changed(&unsealed)]),
        (
            mark(&one_id, &other_seal.to_string()),
            vec![
                at_both("event_moved", seal, &one),
                at_both("event_added", other_seal, &one),
            ],
        ),
        (mark(&one_id, "NULL"), vec![at_both("event_moved", seal, &one)]),
        (
            mark(&one_id, &(last + 7).to_string()),
            vec![
                at_both("event_moved", seal, &one),
                at_both("event_added", last + 7, &one),
            ],
        ),
        (
            mark(&unsealed_id, &seal.to_string()),
            vec![at_both("event_added", seal, &unsealed)],
        ),
    ] {
        trail.assert_names(&statements, &expected).await;
    }
    let emptied = trail.faults_after("DELETE FROM audit_events", &[]).await;
    let sealed = trail.events.iter().filter(|(_, seal)| seal.is_some()).count();
    assert_eq!(
        emptied.iter().filter(|(code, ..)| code == "event_missing").count(),
        sealed
    );
}

async fn a_seal_that_was_changed_or_is_missing_is_named(app: TestApp) {
    let trail = Tampered::with(app).await;
    let last = trail.heads.last().unwrap().number;
    let (first, second) = (last - 2, last - 1);
    let zero = trail.app.on("zeroblob(32)", "decode(repeat('00', 32), 'hex')");
    let later = trail.app.on("sealed_at + 1", "sealed_at + interval '1 microsecond'");
    let of_first = |column: &str| format!("{column} = (SELECT {column} FROM audit_seals WHERE number = {first})");
    for change in [
        format!("sealed_at = {later}"),
        format!("previous = {zero}"),
        format!("digest = {zero}"),
        format!("mac = {zero}"),
        "events = substr(events, 17)".to_owned(),
        trail
            .app
            .on("events = CAST(events || events AS BLOB)", "events = events || events")
            .to_owned(),
        of_first("events"),
        of_first("digest"),
        of_first("mac"),
        of_first("previous"),
        ["sealed_at", "previous", "events", "digest", "mac"]
            .map(of_first)
            .join(", "),
    ] {
        let statement = format!("UPDATE audit_seals SET {change} WHERE number = {second}");
        trail.assert_names(&statement, &[at_seal("seal_forged", second)]).await;
    }
    let renumber = |from: u64, to: u64| format!("UPDATE audit_seals SET number = {to} WHERE number = {from};");
    let swapped = [renumber(first, 99), renumber(second, first), renumber(99, second)].concat();
    trail
        .assert_names(
            &swapped,
            &[at_seal("seal_forged", first), at_seal("seal_forged", second)],
        )
        .await;
    for gone in [first, second] {
        let deleted = format!("DELETE FROM audit_seals WHERE number = {gone}");
        trail.assert_names(&deleted, &[at_seal("seal_missing", gone)]).await;
        let with_its_events = format!("{deleted}; DELETE FROM audit_events WHERE seal = {gone}");
        trail
            .assert_names(&with_its_events, &[at_seal("seal_missing", gone)])
            .await;
    }
    trail
        .assert_names(
            &renumber(last, last + 1),
            &[at_seal("seal_missing", last), at_seal("seal_forged", last + 1)],
        )
        .await;
    let farthest = i64::MAX.unsigned_abs();
    trail
        .assert_names(
            &renumber(last, farthest),
            &[at_seal("seal_missing", last), at_seal("seal_forged", farthest)],
        )
        .await;
    for change in [
        format!("UPDATE audit_head SET number = {second}"),
        format!("UPDATE audit_head SET number = {}", last + 1),
        format!("UPDATE audit_head SET number = {farthest}"),
        format!("UPDATE audit_head SET hash = {zero}"),
        "DELETE FROM audit_head".to_owned(),
    ] {
        trail.assert_names(&change, &[at_seal("end_cut_off", last)]).await;
    }
    let claim = format!(
        "INSERT INTO audit_pruning (id, through_number, through_hash, events, pruned_at, mac) \
         SELECT 1, {first}, previous, 7, sealed_at, mac FROM audit_seals WHERE number = {second}"
    );
    let claim = format!(
        "{claim}; DELETE FROM audit_seals WHERE number <= {first}; DELETE FROM audit_events WHERE seal <= {first}"
    );
    trail
        .assert_names(&claim, &[("pruning_forged".to_owned(), None, None)])
        .await;
    trail.app.execute("DELETE FROM audit_pruning").await;
    assert_eq!(trail.faults_after("SELECT 1", &[]).await, [], "everything was put back");
}

async fn a_remembered_end_that_was_set_back_keeps_nobody_from_sealing(app: TestApp) {
    let mut trail = Tampered::with(app).await;
    let last = trail.heads.last().unwrap().number;
    for change in ["UPDATE audit_head SET number = 1", "DELETE FROM audit_head"] {
        trail.app.execute(change).await;
        trail.app.restart(&[]);
        trail
            .app
            .anonymous()
            .register(&format!("{}@example.org", change.len()))
            .await;
        trail.app.wait_for_seals().await;
        trail.app.wait_for_log(|line| {
            line["level"] == "ERROR" && line["message"].as_str().unwrap().contains("does not end where")
        });
        trail.app.kill();
        assert_eq!(faults_in(&trail.app.run(&["audit", "verify"])), [], "{change}");
    }
    let kept = trail.heads.last().unwrap();
    let verified = trail.app.run(&["audit", "verify", "--expect-head", &kept.argument()]);
    assert_eq!(faults_in(&verified), []);
    assert!(verified.json()["head"]["number"].as_u64() > Some(last));
}

async fn an_end_that_was_cut_off_shows_by_the_log(app: TestApp) {
    let mut trail = Tampered::with(app).await;
    let head = trail.heads.last().unwrap().clone();
    let (last, before) = (head.number, head.number - 1);
    let (event, _) = trail.event("role_changed", |seal| seal == last);
    let seal_gone = format!("DELETE FROM audit_seals WHERE number = {last};");
    let events_gone = format!("DELETE FROM audit_events WHERE seal = {last} OR seal IS NULL;");
    let unmarked = format!("UPDATE audit_events SET seal = NULL WHERE seal = {last};");
    let head_back = format!(
        "UPDATE audit_head SET number = {before}, hash = (SELECT previous FROM audit_seals WHERE number = {last});"
    );

    trail
        .assert_names(
            &seal_gone,
            &[at_seal("end_cut_off", before), at_both("event_added", last, &event)],
        )
        .await;
    let cut_off = [events_gone.as_str(), &seal_gone].concat();
    trail.assert_names(&cut_off, &[at_seal("end_cut_off", before)]).await;

    // With the head put back the trail is whole in itself, and only the log knows better.
    let unseen = [head_back.as_str(), &events_gone, &seal_gone].concat();
    assert_eq!(trail.faults_after(&unseen, &[]).await, []);
    let expected = ["--expect-head", &head.argument()];
    assert_eq!(
        trail.faults_after(&unseen, &expected).await,
        [at_seal("head_missing", last)]
    );
    let nothing_left = "DELETE FROM audit_events; DELETE FROM audit_seals;";
    trail.assert_names(nothing_left, &[at_seal("end_cut_off", 0)]).await;
    let zero = trail.app.on("zeroblob(32)", "decode(repeat('00', 32), 'hex')");
    let all_gone = format!("{nothing_left} UPDATE audit_head SET number = 0, hash = {zero}");
    assert_eq!(
        trail.faults_after(&all_gone, &expected).await,
        [at_seal("head_missing", last)]
    );

    // The server goes on from where it was put back, and seals others in the place.
    let resealed = [head_back.as_str(), &unmarked, &seal_gone].concat();
    trail
        .app
        .execute(&format!(
            "{resealed} DELETE FROM audit_events WHERE id = {}",
            trail.sql(&event)
        ))
        .await;
    trail.app.restart(&[]);
    trail.app.wait_for_seals().await;
    trail.app.kill();
    assert_eq!(faults_in(&trail.app.run(&["audit", "verify"])), []);
    let differs = trail.app.run(&[&["audit", "verify"][..], &expected].concat());
    assert_eq!(faults_in(&differs), [at_seal("head_differs", last)]);
    let kept = trail.heads.iter().find(|head| head.number == before).unwrap();
    let same = trail.app.run(&["audit", "verify", "--expect-head", &kept.argument()]);
    assert_eq!(faults_in(&same), []);
}
