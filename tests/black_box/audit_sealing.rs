//! Who seals the audit trail, and who removes its beginning: a server, whatever becomes of it, and one at a time.

use crate::app::TestApp;
use crate::client::Client;
use crate::fake_time::fake_time;
use crate::sealed_trail::{Head, faults_in, heads_in};
use crate::sqlite;
use crate::{on_both_databases, on_postgres};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::sleep;

on_both_databases!(
    a_sealer_that_is_killed_again_and_again_leaves_a_whole_chain,
    what_is_older_than_the_retention_is_removed_and_the_rest_can_be_checked,
);

on_postgres!(two_servers_seal_one_chain);

/// Writes that many events, by several clients at once.
async fn write_events(client: &Client, path: &str, count: usize) {
    const WRITERS: usize = 8;
    let writers = (0..WRITERS).map(|writer| {
        let (client, path) = (client.clone(), path.to_owned());
        tokio::spawn(async move {
            for number in 0..count / WRITERS {
                let change = json!({"full_name": format!("Name {writer} {number}")});
                assert_eq!(client.patch(&path, &change).await.status, 200);
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}

/// PostgreSQL notices that a client is gone when it has something to tell it, and these are asleep.
const END_ITS_CONNECTIONS: &str = "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity \
                                   WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// Where in the middle of a seal something takes long.
const SLOW_PLACES: [&str; 3] = [
    "BEFORE INSERT ON audit_seals",
    "AFTER UPDATE ON audit_events",
    "AFTER UPDATE ON audit_head",
];

async fn a_sealer_that_is_killed_again_and_again_leaves_a_whole_chain(mut app: TestApp) {
    let root = app.admin("root@example.org").await;
    write_events(&root.client, &format!("/admin/users/{}", root.id), 16).await;
    app.wait_for_seals().await;
    let mut told = heads_in(&app.logs());
    for place in SLOW_PLACES {
        app.kill();
        app.run(&["user", "set-role", "root@example.org", "ADMIN"]).result();
        app.run_with(&["user", "set-password", "root@example.org", "--password-stdin"], place)
            .result();
        let unsealed = app.unsealed().await;
        assert!(unsealed > 0);
        // Neither is over before the server is killed, so that no seal is stored.
        let sqlite = format!(
            "CREATE VIEW slowly AS WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number FROM numbers) \
             SELECT * FROM numbers; \
             CREATE TRIGGER slow {place} BEGIN SELECT count(*) FROM slowly; END"
        );
        let postgres = format!(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$; \
             CREATE TRIGGER slow {place} FOR EACH ROW EXECUTE FUNCTION slow()"
        );
        app.execute(app.on(&sqlite, &postgres)).await;
        app.restart(&[]);
        wait_for_the_slow_place(&app).await;
        app.kill();
        app.execute(app.on("", END_ITS_CONNECTIONS)).await;
        assert_eq!(app.unsealed().await, unsealed, "{place}: nothing is half done");
        let table = place.rsplit(' ').next().unwrap();
        let postgres = format!("DROP TRIGGER slow ON {table}; DROP FUNCTION slow()");
        app.execute(app.on("DROP TRIGGER slow; DROP VIEW slowly", &postgres))
            .await;
        assert_eq!(faults_in(&app.run(&["audit", "verify"])), [], "{place}");
        app.restart(&[]);
        app.wait_for_seals().await;
        assert_eq!(faults_in(&app.run(&["audit", "verify"])), [], "{place}");
        told.extend(heads_in(&app.logs()));
        for head in &told {
            let expected = app.run(&["audit", "verify", "--expect-head", &head.argument()]);
            assert_eq!(faults_in(&expected), [], "{head:?} was told, so it is there");
        }
    }
}

/// Waits until a server is in the middle of a seal.
async fn wait_for_the_slow_place(app: &TestApp) {
    let file = app.folder().join("data/portcullis.db");
    // Nothing but the trigger sleeps there.
    let asleep = "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
    let mut seen = 0;
    for _ in 0..1_200 {
        let (is_there, enough) = match app.on("", asleep) {
            // Other work holds the file, too, but not for as long.
            "" => (sqlite::is_held(&file), 20),
            query => (!app.column(query).await.is_empty(), 1),
        };
        seen = if is_there { seen + 1 } else { 0 };
        if seen == enough {
            return;
        }
        sleep(Duration::from_millis(25)).await;
    }
    panic!("nobody seals");
}

async fn two_servers_seal_one_chain(mut app: TestApp) {
    let root = app.admin("root@example.org").await;
    let path = format!("/admin/users/{}", root.id);
    let mut told: BTreeMap<u64, String> = BTreeMap::new();
    for round in 0..3 {
        let replica = app.replica();
        let here = app.anonymous().with_token(&root.tokens.access);
        let elsewhere = replica.anonymous().with_token(&root.tokens.access);
        tokio::join!(write_events(&here, &path, 40), write_events(&elsewhere, &path, 40));
        app.wait_for_seals().await;
        if round == 1 {
            // Whoever is left goes on where the other one was.
            app.kill();
            write_events(&elsewhere, &path, 16).await;
            app.wait_for_seals().await;
        }
        for head in [heads_in(&app.logs()), heads_in(&replica.logs())].concat() {
            let other = told.insert(head.number, head.hash.clone());
            assert!(
                other.is_none_or(|hash| hash == head.hash),
                "seal {} is there twice",
                head.number
            );
        }
        if round == 1 {
            app.restart(&[]);
        }
    }
    let verified = app.run(&["audit", "verify"]);
    assert_eq!(faults_in(&verified), []);
    for (number, hash) in told {
        let head = Head { number, hash };
        let expected = app.run(&["audit", "verify", "--expect-head", &head.argument()]);
        assert_eq!(faults_in(&expected), [], "{head:?}");
    }
}

async fn what_is_older_than_the_retention_is_removed_and_the_rest_can_be_checked(mut app: TestApp) {
    let Some(four_hundred_days_ago) = fake_time("-400d") else {
        return;
    };
    let (root, old) = {
        app.kill();
        // Nothing of this year may be in the trail yet.
        let no_hash = app.on("zeroblob(32)", "decode(repeat('00', 32), 'hex')");
        app.execute(&format!(
            "DELETE FROM audit_events; DELETE FROM audit_seals; UPDATE audit_head SET number = 0, hash = {no_hash}"
        ))
        .await;
        app.restart(&four_hundred_days_ago.settings());
        let root = app.admin("root@example.org").await;
        app.anonymous().register("ada@example.org").await;
        app.wait_for_seals().await;
        // The line comes after the seal.
        app.wait_for_log(|line| line["message"] == "audit trail sealed");
        (root, heads_in(&app.logs()))
    };
    let of_old = app.run(&["audit", "export"]).lines();
    app.execute("CREATE TABLE saved_events AS SELECT * FROM audit_events")
        .await;
    let kept_since = app
        .column(app.on(
            "SELECT date('now', '-399 days')",
            "SELECT to_char(now() AT TIME ZONE 'UTC' - interval '399 days', 'YYYY-MM-DD')",
        ))
        .await;
    assert!(
        of_old.iter().all(|event| event["at"].as_str() < Some(&kept_since[0])),
        "{kept_since:?} {of_old:#?}"
    );
    app.restart(
        &[
            &four_hundred_days_ago.no_settings()[..],
            &[("AUDIT_RETENTION_DAYS", "399")],
        ]
        .concat(),
    );
    app.anonymous().register("eve@example.org").await;
    app.wait_for_log(|line| line["message"] == "old events were removed from the audit trail");
    app.wait_for_seals().await;

    let verified = app.run(&["audit", "verify"]);
    assert_eq!(faults_in(&verified), []);
    let report = verified.json();
    assert_eq!(report["pruned"], of_old.len());
    let left = app.run(&["audit", "export"]).lines();
    assert_eq!(report["events"], left.len());
    assert!(left.iter().all(|event| !of_old.contains(event)));
    let told: Vec<&Value> = left
        .iter()
        .filter(|event| event["type"] == "audit_trail_pruned")
        .collect();
    assert_eq!(told.len(), 1, "{left:#?}");
    assert_eq!(
        (&told[0]["reason"], &told[0]["result"]),
        (&json!("schedule"), &json!("success"))
    );

    // A seal that was removed is not compared, and that is said aloud; the last of them is remembered.
    let first = app.run(&["audit", "verify", "--expect-head", &old.first().unwrap().argument()]);
    assert_eq!(first.status, Some(0), "{first:?}");
    let last = app.run(&["audit", "verify", "--expect-head", &old.last().unwrap().argument()]);
    assert_eq!(faults_in(&last), []);
    app.kill();
    // What was removed can't come back, marked with its seal or with none.
    let put_back = "INSERT INTO audit_events SELECT * FROM saved_events";
    let (unmarked, undone) = (
        "UPDATE audit_events SET seal = NULL WHERE id IN (SELECT id FROM saved_events)",
        "DELETE FROM audit_events WHERE id IN (SELECT id FROM saved_events)",
    );
    for (statement, code) in [(put_back, "event_added"), (unmarked, "event_late")] {
        app.execute(statement).await;
        let faults = faults_in(&app.run(&["audit", "verify"]));
        let named = faults.iter().filter(|(found, ..)| found == code);
        assert_eq!(named.count(), of_old.len(), "{statement}: {faults:?}");
    }
    app.execute(undone).await;
    assert_eq!(faults_in(&app.run(&["audit", "verify"])), []);
    for (statement, code) in [
        ("UPDATE audit_pruning SET events = events + 1", "pruning_forged"),
        (
            "UPDATE audit_pruning SET events = events - 1, through_number = through_number - 1",
            "pruning_forged",
        ),
        ("DELETE FROM audit_pruning", "seal_missing"),
    ] {
        app.execute(statement).await;
        let faults = faults_in(&app.run(&["audit", "verify"]));
        assert!(
            faults.iter().any(|(found, ..)| found == code),
            "{statement}: {faults:?}"
        );
    }
    drop(root);
}
