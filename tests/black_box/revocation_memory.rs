//! What servers have in memory of revocations: after a crash, after a sleep, and without a database.

use crate::app::TestApp;
use crate::client::{Client, PASSWORD, Tokens};
use crate::doors::once_known;
use crate::genuine_token::part;
use crate::revocation_feed::read_all;
use crate::{on_both_databases, on_postgres};
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until};

on_both_databases!(a_revocation_is_known_from_the_first_answer_after_a_crash);
on_postgres!(
    a_server_that_wakes_accepts_nothing_that_was_revoked_meanwhile,
    a_server_that_lost_its_database_says_so_and_recovers,
    a_change_by_the_command_line_counts_within_a_second,
);

const PATIENCE: Duration = Duration::from_secs(30);

/// How long a server may rely on what it has in memory.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

async fn a_revocation_is_known_from_the_first_answer_after_a_crash(mut app: TestApp) {
    let grace = app.admin("grace@example.org").await;
    for ending in 0..5 {
        let email = format!("ada-{ending}@example.org");
        let tokens = app.anonymous().signed_in(&email).await;
        let other = Tokens::of(&app.anonymous().log_in(&email, PASSWORD).await);
        let claims = part(&tokens.access, 1);
        let user = format!("/admin/users/{}", claims["sub"].as_str().unwrap());
        let ada = app.anonymous().with_token(&other.access);
        let admin = app.anonymous().with_token(&grace.tokens.access);
        let ended = match ending {
            0 => app.anonymous().log_out(&tokens.refresh).await,
            1 => ada.delete("/users/me/sessions").await,
            2 => {
                let change = json!({"current_password": PASSWORD, "new_password": "a new password of hers"});
                ada.put("/users/me/password", &change).await
            }
            3 => admin.patch(&user, &json!({"is_active": false})).await,
            _ => admin.patch(&user, &json!({"role": "ADMIN"})).await,
        };
        assert!(matches!(ended.status, 200 | 204), "{ended:?}");
        app.kill();
        app.restart(&[]);
        let answer = app.anonymous().with_token(&tokens.access).get("/auth/verify").await;
        answer.assert_problem(401, "invalid_access_token");
        let listed = read_all(&app.anonymous()).await.json();
        let listed = listed["revocations"].as_array().unwrap();
        assert!(
            listed.iter().any(|entry| entry["session_id"] == claims["sid"]),
            "{listed:?}"
        );
    }
}

async fn a_server_that_wakes_accepts_nothing_that_was_revoked_meanwhile(app: TestApp) {
    let replica = app.replica();
    let ada = app.anonymous().signed_in("ada@example.org").await;
    let eve = app.anonymous().signed_in("eve@example.org").await;
    let there = replica.anonymous();
    for tokens in [&ada, &eve] {
        assert_eq!(there.with_token(&tokens.access).get("/auth/verify").await.status, 204);
    }
    replica.pause();
    assert_eq!(app.anonymous().log_out(&eve.refresh).await.status, 204);
    let acknowledged = tokio::time::Instant::now();
    // These wait in the sleeping server's connections, and are the first that it looks at when it wakes.
    let mut asked = JoinSet::new();
    for _ in 0..16 {
        let eve = replica.anonymous().with_token(&eve.access);
        asked.spawn(async move { eve.get("/auth/verify").await.status });
    }
    // Before that, what it has in memory may be relied on.
    sleep_until(acknowledged + TRUSTED_FOR).await;
    replica.resume();
    let answers = asked.join_all().await;
    assert!(answers.iter().all(|status| *status == 401), "{answers:?}");
    assert_eq!(there.with_token(&ada.access).get("/auth/verify").await.status, 204);
}

/// Asks until the answer has that status, and gives up after a while.
async fn ask_until(client: &Client, path: &str, status: u16) {
    let begun = Instant::now();
    loop {
        let answer = client.get(path).await;
        if answer.status == status {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{path}: {answer:?}");
        sleep(Duration::from_millis(20)).await;
    }
}

async fn a_server_that_lost_its_database_says_so_and_recovers(app: TestApp) {
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    let ada = app.anonymous().with_token(&tokens.access);
    app.close_postgres().await;
    let lost = Instant::now();
    loop {
        let asked_late = lost.elapsed() > TRUSTED_FOR;
        let answer = ada.get("/auth/verify").await;
        if answer.status != 204 {
            answer.assert_problem(503, "unavailable");
            assert_ne!(answer.header("retry-after"), "", "{answer:?}");
            break;
        }
        assert!(!asked_late, "it says yes without knowing");
    }
    for _ in 0..3 {
        for path in ["/auth/verify", "/revocations", "/revocations?wait=5"] {
            let answer = ada.get(path).await;
            answer.assert_problem(503, "unavailable");
        }
    }
    app.reopen_postgres().await;
    ask_until(&ada, "/auth/verify", 204).await;
    ask_until(&ada, "/revocations", 200).await;
    assert_eq!(app.anonymous().log_out(&tokens.refresh).await.status, 204);
    assert_eq!(ada.get("/auth/verify").await.status, 401);
}

async fn a_change_by_the_command_line_counts_within_a_second(app: TestApp) {
    let replica = app.replica();
    let doors = [app.anonymous(), replica.anonymous()];
    for (command, number) in [("end-sessions", 0), ("disable", 1), ("delete", 2)] {
        let email = format!("ada-{number}@example.org");
        let tokens = app.anonymous().signed_in(&email).await;
        app.run(&["user", command, &email]).result();
        let done = Instant::now();
        for door in &doors {
            let answer = once_known(&door.with_token(&tokens.access), done).await;
            assert_eq!(answer.status, 401, "{command}: {answer:?}");
        }
    }
}
