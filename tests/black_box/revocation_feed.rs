//! The feed of revocations, as services follow it.

use crate::app::TestApp;
use crate::client::{Answer, Client, Tokens, send};
use crate::doors::Doors;
use crate::genuine_token::part;
use crate::{on_both_databases, on_sqlite};
use reqwest::Method;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

on_both_databases!(
    the_feed_lists_what_was_revoked_and_nothing_else,
    the_feed_is_the_same_at_every_server,
    a_call_that_waits_is_answered_at_the_change,
);

on_sqlite!(a_wait_that_nobody_could_mean_is_refused,);

/// A call that waits as long as a server lets it, and a time that is well below it.
const LONGEST: &str = "/revocations?wait=20";
const BEFORE_ITS_END: Duration = Duration::from_secs(15);

/// Reads the feed as a service does. On a busy machine a server may have heard nothing for too long: it says so, and is
/// asked again.
async fn follow(client: &Client, path: &str, known: &str) -> Answer {
    let begun = Instant::now();
    loop {
        let answer = send(client.request(Method::GET, path).header("if-none-match", known)).await;
        if answer.status != 503 || begun.elapsed() > BEFORE_ITS_END {
            return answer;
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// All of the feed, as somebody reads it who knows nothing of it yet.
pub(crate) async fn read_all(client: &Client) -> Answer {
    follow(client, "/revocations", "\"\"").await
}

async fn the_feed_lists_what_was_revoked_and_nothing_else(app: TestApp) {
    let client = app.anonymous();
    let before = read_all(&client).await;
    assert_eq!((before.status, before.json()), (200, json!({"revocations": []})));
    let stays = client.signed_in("ada@example.org").await;
    let ends = client.signed_in("eve@example.org").await;
    let next = Tokens::of(&client.refresh(&ends.refresh).await);
    assert_eq!(client.log_out(&next.refresh).await.status, 204);
    let after = follow(&client, "/revocations", before.header("etag")).await;
    assert_eq!(after.status, 200, "{after:?}");
    assert_ne!(after.header("etag"), before.header("etag"));
    let body = after.json();
    let entries = body["revocations"].as_array().unwrap();
    let claims = part(&next.access, 1);
    assert_eq!(entries.len(), 1, "{body}");
    assert_eq!(
        (&entries[0]["session_id"], &entries[0]["generation"]),
        (&claims["sid"], &json!(1))
    );
    let mut members: Vec<_> = entries[0].as_object().unwrap().keys().collect();
    members.sort();
    assert_eq!(members, ["generation", "session_id", "until"]);
    for personal in ["eve@example.org", claims["sub"].as_str().unwrap(), "127.0.0.1"] {
        assert!(!after.text.contains(personal), "{after:?}");
    }
    let same = follow(&client, "/revocations", after.header("etag")).await;
    assert_eq!((same.status, same.text.as_str()), (304, ""));
    assert_eq!(same.header("etag"), after.header("etag"));
    assert_eq!(client.with_token(&stays.access).get("/auth/verify").await.status, 204);
}

async fn the_feed_is_the_same_at_every_server(app: TestApp) {
    let doors = Doors::to(&app);
    for number in 0..4 {
        let tokens = doors.nth(number).signed_in(&format!("ada-{number}@example.org")).await;
        assert_eq!(doors.nth(number).log_out(&tokens.refresh).await.status, 204);
    }
    let begun = Instant::now();
    loop {
        let (here, there) = (read_all(doors.nth(0)).await, read_all(doors.nth(1)).await);
        let is_known = here.json()["revocations"].as_array().unwrap().len() == 4;
        if is_known && here.text == there.text {
            assert_eq!(here.header("etag"), there.header("etag"));
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{here:?} {there:?}");
    }
}

async fn a_call_that_waits_is_answered_at_the_change(app: TestApp) {
    let doors = Doors::to(&app);
    let tokens = doors.nth(0).signed_in("ada@example.org").await;
    let known = read_all(doors.nth(1)).await.header("etag").to_owned();
    let over = follow(doors.nth(1), "/revocations?wait=1", &known).await;
    assert_eq!(over.status, 304, "nothing changed: {over:?}");
    let (waiting, tag) = (doors.nth(1).clone(), known.clone());
    let waits = tokio::spawn(async move { follow(&waiting, LONGEST, &tag).await });
    // The call is on its way before the change, or it comes after it and is answered at once.
    assert_eq!(doors.nth(0).log_out(&tokens.refresh).await.status, 204);
    let answer = timeout(BEFORE_ITS_END, waits)
        .await
        .expect("it does not wait for the end")
        .unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(
        answer.text.contains(part(&tokens.access, 1)["sid"].as_str().unwrap()),
        "{answer:?}"
    );
    let at_once = Instant::now();
    let stale = follow(doors.nth(1), LONGEST, &known).await;
    assert_eq!(stale.status, 200, "{stale:?}");
    assert!(at_once.elapsed() < BEFORE_ITS_END, "it waited for the end");
}

async fn a_wait_that_nobody_could_mean_is_refused(app: TestApp) {
    for wait in ["31", "-1", "1.5", "x"] {
        let answer = app.anonymous().get(&format!("/revocations?wait={wait}")).await;
        assert_eq!(answer.status, 422, "{wait}: {answer:?}");
    }
    let twice = app.anonymous().get("/revocations?wait=1&wait=2").await;
    twice.assert_problem(400, "repeated_parameter");
    let head = send(app.anonymous().request(Method::HEAD, "/revocations")).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_ne!(head.header("etag"), "");
    assert_eq!(app.anonymous().post("/revocations", &json!({})).await.status, 405);
}
