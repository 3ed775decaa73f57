//! Backups, and what a server makes of one.

use crate::app::TestApp;
use crate::client::{PASSWORD, Tokens};
use crate::on_postgres;
use crate::process::command;
use crate::rounds::rounds;
use crate::sqlite;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

on_postgres!(backups_of_postgresql_are_not_ours_to_make);

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_busy_server_holds_everything_that_was_acknowledged_before() {
    let app = TestApp::on_sqlite(&[]);
    let acknowledged = Arc::new(Mutex::new(Vec::<String>::new()));
    let is_over = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let (client, acknowledged, is_over) = (app.anonymous(), Arc::clone(&acknowledged), Arc::clone(&is_over));
            tokio::spawn(async move {
                let mut number = 0;
                while !is_over.load(Ordering::Relaxed) {
                    let email = format!("user{writer}-{number}@example.org");
                    assert_eq!(client.register(&email).await.status, 201);
                    acknowledged.lock().unwrap().push(email);
                    number += 1;
                }
            })
        })
        .collect();
    for copy in 0..5 {
        let before = acknowledged.lock().unwrap().clone();
        let name = format!("copy{copy}.db");
        assert!(app.run(&["backup", &name]).result().contains(&name));
        let file = app.folder().join(&name);
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "its owner's alone");
        assert_eq!(sqlite::column(&file, "PRAGMA integrity_check"), ["ok"]);
        let held = sqlite::column(&file, "SELECT email FROM users");
        let lost: Vec<_> = before.iter().filter(|email| !held.contains(email)).collect();
        assert!(lost.is_empty(), "{lost:?}");
        let events = sqlite::column(
            &file,
            "SELECT CAST(count(*) AS TEXT) FROM audit_events WHERE kind = 'registration'",
        );
        assert_eq!(events, [held.len().to_string()], "it is of one moment");
        let again = app.run(&["backup", &name]);
        again.assert_refused(&[&name]);
        assert_eq!(
            sqlite::column(&file, "SELECT email FROM users"),
            held,
            "a file that is there is left alone"
        );
    }
    is_over.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    let mut left: Vec<_> = std::fs::read_dir(app.folder())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("copy") && name.contains("new"))
        .collect();
    left.sort();
    assert_eq!(left, Vec::<String>::new(), "no draft is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_on_a_backup_signs_everybody_out_once() {
    let mut app = TestApp::on_sqlite(&[]);
    let root = app.admin("root@example.org").await;
    let kept = app.anonymous().signed_in("ada@example.org").await;
    let ended = app.anonymous().signed_in("eve@example.org").await;
    app.run(&["backup", "copy.db"]).result();
    assert_eq!(app.anonymous().log_out(&ended.refresh).await.status, 204);
    app.kill();
    for file in ["portcullis.db", "portcullis.db-wal", "portcullis.db-shm"] {
        let _ = std::fs::remove_file(app.folder().join("data").join(file));
    }
    std::fs::copy(app.folder().join("copy.db"), app.folder().join("data/portcullis.db")).unwrap();
    app.restart(&[]);
    for tokens in [&kept, &ended, &root.tokens] {
        let client = app.anonymous().with_token(&tokens.access);
        client.me().await.assert_problem(401, "invalid_access_token");
        client
            .get("/auth/verify")
            .await
            .assert_problem(401, "invalid_access_token");
        let refreshed = app.anonymous().refresh(&tokens.refresh).await;
        refreshed.assert_problem(401, "invalid_refresh_token");
    }
    let again = Tokens::of(&app.anonymous().log_in("root@example.org", PASSWORD).await);
    let client = app.anonymous().with_token(&again.access);
    assert_eq!(
        (client.me().await.status, client.get("/auth/verify").await.status),
        (200, 204)
    );
    let restored = "/admin/audit-events?type=store_restored";
    let told = client.get(restored).await.json();
    assert_eq!(told["items"].as_array().unwrap().len(), 1, "{told}");
    assert_eq!(told["items"][0]["user_agent"], "portcullis server");
    // The next start is one like any other.
    app.restart(&[]);
    let client = app.anonymous().with_token(&again.access);
    assert_eq!(
        (client.me().await.status, client.get("/auth/verify").await.status),
        (200, 204)
    );
    assert_eq!(client.get(restored).await.json(), told);
    assert_eq!(app.anonymous().refresh(&again.refresh).await.status, 200);
    assert_eq!(app.run(&["audit", "verify"]).json()["faults"], json!([]));
}

async fn backups_of_postgresql_are_not_ours_to_make(mut app: TestApp) {
    let refused = app.run(&["backup", "copy.db"]);
    refused.assert_refused(&["pg_dump"]);
    assert!(!app.folder().join("copy.db").exists());
    // A restored dump is marked by hand, and then treated alike.
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    app.kill();
    app.execute("UPDATE installation SET is_backup = true").await;
    app.restart(&[]);
    let client = app.anonymous().with_token(&tokens.access);
    assert_eq!(
        (client.me().await.status, client.get("/auth/verify").await.status),
        (401, 401)
    );
    let again = Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
    app.restart(&[]);
    assert_eq!(app.anonymous().with_token(&again.access).me().await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_place_for_a_backup_is_refused() {
    let app = TestApp::on_sqlite(&[]);
    std::fs::create_dir(app.folder().join("folder")).unwrap();
    for file in ["data/portcullis.db", "folder", "no/such/folder/copy.db", ".", "/"] {
        let refused = app.run(&["backup", file]);
        refused.assert_refused(&[file]);
    }
    let moving = app.run(&["backup", "a\u{1b}[2J\nb.db"]);
    assert!(
        moving.result().starts_with("a\u{fffd}[2J\u{fffd}b.db is a copy"),
        "{moving:?}"
    );
    for odd in [
        "file:copy.db?mode=memory",
        ":memory:",
        "'; DROP TABLE users; --.db",
        "사본.db",
    ] {
        app.run(&["backup", odd]).result();
        assert_eq!(
            sqlite::column(&app.folder().join(odd), "SELECT CAST(count(*) AS TEXT) FROM users"),
            ["0"]
        );
    }
}

/// Whoever interrupts a backup when its file appears finds it in the trail.
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_backup_leaves_nothing_that_the_trail_does_not_know() {
    let app = TestApp::on_sqlite(&[]);
    let copies = app.folder().join("copies");
    std::fs::create_dir(&copies).unwrap();
    let settings: Vec<(&str, &str)> = app.settings().iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let made = || {
        let events = app.run(&["audit", "export"]).lines();
        events.iter().filter(|event| event["type"] == "store_backed_up").count()
    };
    for wanted in ["copy.db.", "copy.db"] {
        for _ in 0..rounds() / 4 {
            let before = made();
            let mut backup = command(app.folder(), &settings);
            let mut backup = backup
                .args(["backup", "copies/copy.db"])
                .stdout(Stdio::null())
                .spawn()
                .unwrap();
            let names = || -> Vec<String> {
                let entries = std::fs::read_dir(&copies).unwrap();
                entries
                    .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                    .collect()
            };
            while backup.try_wait().unwrap().is_none() && !names().iter().any(|name| name.starts_with(wanted)) {
                std::thread::yield_now();
            }
            // It may have ended.
            let process = Pid::from_raw(backup.id().try_into().unwrap()).unwrap();
            let _ = kill_process(process, Signal::INT);
            backup.wait().unwrap();
            let left = names();
            assert!(left.iter().all(|name| name == "copy.db"), "{left:?}");
            assert!(left.len() <= made() - before, "{left:?}");
            let _ = std::fs::remove_file(copies.join("copy.db"));
        }
    }
}
