//! Refreshes whose answers are lost: the server dies between the commit and the answer, and at any other time.

use crate::app::{LONG_GRACE, TestApp};
use crate::client::{Client, Tokens, try_send};
use crate::genuine_token::part;
use crate::on_both_databases;
use crate::rounds::rounds;
use reqwest::Method;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

on_both_databases!(
    a_refresh_whose_answer_was_lost_is_answered_again,
    without_grace_a_refresh_whose_answer_was_lost_ends_the_session,
    a_storm_of_refreshes_goes_on_after_kill_9,
);

const CLIENTS: usize = 8;
const PATIENCE: Duration = Duration::from_mins(1);

/// A refresh that is committed and kills the server.
async fn lose_the_answer(app: &mut TestApp, token: &str) {
    let request = app.anonymous().request(Method::POST, "/auth/refresh");
    let answer = request.json(&json!({"refresh_token": token})).send().await;
    assert!(answer.is_err(), "{answer:?}");
    assert_eq!(app.wait().code(), None, "a signal ended it");
    assert_eq!(generations(app).await, ["1"], "the refresh was committed");
}

async fn generations(app: &TestApp) -> Vec<String> {
    app.column("SELECT CAST(generation AS TEXT) FROM sessions").await
}

async fn a_refresh_whose_answer_was_lost_is_answered_again(mut app: TestApp) {
    app.restart(&[LONG_GRACE]);
    app.restart_to_die();
    let first = app.anonymous().signed_in("ada@example.org").await;
    lose_the_answer(&mut app, &first.refresh).await;
    app.restart(&[]);
    let next = Tokens::of(&app.anonymous().refresh(&first.refresh).await);
    let again = Tokens::of(&app.anonymous().refresh(&first.refresh).await);
    assert_eq!(next.refresh, again.refresh);
    assert_eq!(part(&next.access, 1)["gen"], 1);
    assert_eq!(app.anonymous().with_token(&next.access).me().await.status, 200);
    assert_eq!(generations(&app).await, ["1"], "there is one chain");
    assert_eq!(app.anonymous().refresh(&next.refresh).await.status, 200);
}

async fn without_grace_a_refresh_whose_answer_was_lost_ends_the_session(mut app: TestApp) {
    app.restart(&[("REFRESH_TOKEN_GRACE_SECONDS", "0")]);
    app.restart_to_die();
    let first = app.anonymous().signed_in("ada@example.org").await;
    lose_the_answer(&mut app, &first.refresh).await;
    app.restart(&[]);
    let answer = app.anonymous().refresh(&first.refresh).await;
    answer.assert_problem(401, "invalid_refresh_token");
    let verified = app.anonymous().with_token(&first.access).get("/auth/verify").await;
    assert_eq!(verified.status, 401, "{verified:?}");
    let live = "SELECT CAST(COUNT(*) AS TEXT) FROM sessions WHERE revoked_at IS NULL";
    assert_eq!(app.column(live).await, ["0"]);
}

/// All refresh tokens that a client was given, and the last access token.
struct Chain {
    refresh: Vec<String>,
    access: String,
}

/// Clients refresh as fast as they can, and the server is killed at any time.
async fn a_storm_of_refreshes_goes_on_after_kill_9(mut app: TestApp) {
    app.restart(&[LONG_GRACE]);
    // Each takes a start of the server.
    for round in 0..rounds() / 2 {
        let acknowledged = Arc::new(Semaphore::new(0));
        let mut storm = JoinSet::new();
        for number in 0..CLIENTS {
            let first = app
                .anonymous()
                .signed_in(&format!("ada-{round}-{number}@example.org"))
                .await;
            storm.spawn(refresh_until_nobody_answers(
                app.anonymous(),
                first,
                Arc::clone(&acknowledged),
            ));
        }
        let mut chance = [0];
        aws_lc_rs::rand::fill(&mut chance).unwrap();
        let enough = acknowledged.acquire_many(u32::from(chance[0]) + 1);
        timeout(PATIENCE, enough)
            .await
            .expect("refreshes are answered")
            .unwrap()
            .forget();
        app.kill();
        let chains = storm.join_all().await;
        app.restart(&[]);
        // The grace has begun with the last refresh before the end, so that this comes before all else.
        let mut nexts = Vec::new();
        for chain in &chains {
            let last = chain.refresh.last().unwrap();
            let next = Tokens::of(&app.anonymous().refresh(last).await);
            let again = Tokens::of(&app.anonymous().refresh(last).await);
            assert_eq!(next.refresh, again.refresh);
            nexts.push(next);
        }
        for (chain, next) in chains.iter().zip(&nexts) {
            assert_goes_on(&app.anonymous(), chain, next).await;
        }
    }
    let moved_on = "SELECT CAST(COUNT(*) AS TEXT) FROM sessions t WHERE t.revoked_at IS NULL OR NOT EXISTS \
                    (SELECT 1 FROM revocations r WHERE r.session_id = t.id AND r.generation = t.generation)";
    assert_eq!(
        app.column(moved_on).await,
        ["0"],
        "each replay ended its session as it stood"
    );
}

async fn refresh_until_nobody_answers(client: Client, first: Tokens, acknowledged: Arc<Semaphore>) -> Chain {
    let mut chain = Chain {
        refresh: vec![first.refresh],
        access: first.access,
    };
    loop {
        let body = json!({"refresh_token": chain.refresh.last()});
        let request = client.request(Method::POST, "/auth/refresh").json(&body);
        let Ok(answer) = try_send(request).await else {
            return chain;
        };
        let tokens = Tokens::of(&answer);
        chain.refresh.push(tokens.refresh);
        chain.access = tokens.access;
        acknowledged.add_permits(1);
    }
}

/// The client's last token is good for one successor, whether its refresh was committed or not. All before it is spent,
/// and whoever shows it ends the session.
async fn assert_goes_on(client: &Client, chain: &Chain, next: &Tokens) {
    for access in [&chain.access, &next.access] {
        let verified = client.with_token(access).get("/auth/verify").await;
        assert_eq!(verified.status, 204, "{verified:?}");
    }
    let newest = Tokens::of(&client.refresh(&next.refresh).await);
    for spent in &chain.refresh {
        assert_eq!(client.refresh(spent).await.status, 401);
    }
    assert_eq!(
        client.refresh(&newest.refresh).await.status,
        401,
        "the replay ended the session"
    );
    for access in [&chain.access, &next.access, &newest.access] {
        let verified = client.with_token(access).get("/auth/verify").await;
        assert_eq!(verified.status, 401, "{verified:?}");
    }
}
