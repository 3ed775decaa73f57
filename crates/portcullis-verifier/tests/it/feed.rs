//! The feed of revocations: how it is followed, and what follows when it is lost.

use crate::building::builder;
use crate::clock::ManualClock;
use crate::server::{Request, Server};
use crate::tokens::{SECRET, SESSION, at, claims, issued, signed, with_claim};
use portcullis_verifier::{StaleFeed, Verifier, VerifyError};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const EMPTY: &str = r#"{"revocations":[]}"#;
const OTHER_SESSION: &str = "01990000-0000-7000-8000-0000000000ff";

struct Scene {
    server: Server,
    clock: Arc<ManualClock>,
    verifier: Verifier,
}

impl Scene {
    async fn new(policy: StaleFeed) -> Self {
        let (server, clock) = (Server::start().await, ManualClock::new());
        let verifier = builder(&server, &clock)
            .shared_secret(SECRET)
            .when_feed_is_stale(policy)
            .build()
            .unwrap();
        server.keys().await.found("", r#"{"keys":[]}"#);
        Self {
            server,
            clock,
            verifier,
        }
    }

    /// The feed has arrived with `body`, by the tag `"1"`, and the next poll is open.
    async fn with_feed(policy: StaleFeed, body: &str) -> (Self, Request) {
        let scene = Self::new(policy).await;
        scene.server.feed().await.found("etag: \"1\"\r\n", body);
        scene.verifier.ready().await;
        let poll = scene.next_poll().await;
        (scene, poll)
    }

    /// The poll that follows after a change.
    async fn next_poll(&self) -> Request {
        let pause = Duration::from_millis(200);
        self.clock.pass(pause, pause).await;
        self.server.feed().await
    }

    async fn verdict(&self, token: &str) -> Result<(), VerifyError> {
        self.verifier.verify(token).await.map(|_| ())
    }
}

fn entry(session: &str, generation: u64, until: u64) -> String {
    let until = chrono::DateTime::<chrono::Utc>::from(at(until)).to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    format!(r#"{{"session_id":"{session}","generation":{generation},"until":"{until}"}}"#)
}

fn listing(entries: &[String]) -> String {
    format!(r#"{{"revocations":[{}]}}"#, entries.join(","))
}

fn of_generation(generation: u64) -> String {
    with_claim("gen", json!(generation))
}

#[tokio::test]
async fn a_token_is_dead_whose_session_is_listed_with_its_generation_or_a_later_one() {
    let body = listing(&[entry(SESSION, 7, 900), entry(OTHER_SESSION, 100, 900)]);
    let (scene, _poll) = Scene::with_feed(StaleFeed::Refuse, &body).await;
    for (generation, verdict) in [
        (0, Err(VerifyError::Revoked)),
        (7, Err(VerifyError::Revoked)),
        (8, Ok(())),
    ] {
        assert_eq!(scene.verdict(&of_generation(generation)).await, verdict, "{generation}");
    }
    let elsewhere = with_claim("sid", json!("01990000-0000-7000-8000-0000000000fe"));
    assert_eq!(scene.verdict(&elsewhere).await, Ok(()));
}

#[tokio::test]
async fn a_forged_token_of_a_revoked_session_is_invalid_rather_than_revoked() {
    let (scene, _poll) = Scene::with_feed(StaleFeed::Refuse, &listing(&[entry(SESSION, 7, 900)])).await;
    let forged = signed(r#"{"typ":"JWT","alg":"HS256"}"#, &claims().to_string());
    assert_eq!(scene.verdict(&forged).await, Err(VerifyError::Invalid));
}

#[tokio::test]
async fn an_entry_counts_to_its_end() {
    let (scene, mut poll) = Scene::with_feed(StaleFeed::Refuse, &listing(&[entry(SESSION, 7, 30)])).await;
    scene.clock.advance(Duration::from_millis(24_800));
    poll.unchanged();
    poll = scene.server.feed().await;
    assert_eq!(scene.verdict(&issued()).await, Err(VerifyError::Revoked));
    scene.clock.advance(Duration::from_millis(4_999));
    assert_eq!(scene.verdict(&issued()).await, Err(VerifyError::Revoked));
    scene.clock.advance(Duration::from_millis(1));
    assert_eq!(scene.verdict(&issued()).await, Ok(()));
    drop(poll);
}

#[tokio::test]
async fn the_feed_is_polled_with_its_tag_and_a_wait() {
    let scene = Scene::new(StaleFeed::Refuse).await;
    let first = scene.server.feed().await;
    assert_eq!(
        (first.target.as_str(), first.header("if-none-match")),
        ("/revocations", None)
    );
    first.found("etag: \"one\"\r\n", EMPTY);

    let poll = scene.next_poll().await;
    assert_eq!(poll.target, "/revocations?wait=20");
    assert_eq!(poll.header("if-none-match"), Some("\"one\""));
    scene.clock.advance(Duration::from_secs(20));
    poll.unchanged();

    let poll = scene.server.feed().await;
    assert_eq!(poll.header("if-none-match"), Some("\"one\""));
    poll.found("etag: \"two\"\r\n", EMPTY);
    let poll = scene.next_poll().await;
    assert_eq!(poll.header("if-none-match"), Some("\"two\""));
}

#[tokio::test]
async fn a_revocation_counts_once_the_open_poll_is_answered() {
    let (scene, poll) = Scene::with_feed(StaleFeed::Refuse, EMPTY).await;
    assert_eq!(scene.verdict(&issued()).await, Ok(()));
    poll.found("etag: \"2\"\r\n", &listing(&[entry(SESSION, 7, 900)]));
    // The next poll says that the answer was taken in.
    let poll = scene.next_poll().await;
    assert_eq!(scene.verdict(&issued()).await, Err(VerifyError::Revoked));
    poll.found("etag: \"3\"\r\n", EMPTY);
    scene.next_poll().await;
    assert_eq!(
        scene.verdict(&issued()).await,
        Err(VerifyError::Revoked),
        "a revocation is never taken back"
    );
}

#[tokio::test]
async fn a_server_that_does_not_hold_requests_is_asked_once_a_second() {
    let (scene, poll) = Scene::with_feed(StaleFeed::Refuse, EMPTY).await;
    poll.unchanged();
    let second = Duration::from_secs(1);
    scene.clock.pass(second, second).await;
    // Without a tag there is nothing to wait for.
    scene.server.feed().await.found("", EMPTY);
    scene.clock.pass(second, second).await;
    let request = scene.server.feed().await;
    assert_eq!(
        (request.target.as_str(), request.header("if-none-match")),
        ("/revocations", None)
    );
}

#[tokio::test]
async fn until_the_feed_has_come_the_policy_decides() {
    let refusing = Scene::new(StaleFeed::Refuse).await;
    assert_eq!(refusing.verdict(&issued()).await, Err(VerifyError::Unavailable));
    assert_eq!(refusing.verdict("x").await, Err(VerifyError::Invalid));
    let accepting = Scene::new(StaleFeed::Accept).await;
    assert_eq!(accepting.verdict(&issued()).await, Ok(()));
}

#[tokio::test]
async fn a_feed_that_is_not_confirmed_for_longer_than_the_bound_is_not_believed() {
    let (scene, poll) = Scene::with_feed(StaleFeed::Refuse, EMPTY).await;
    // Confirmed at 0, when the first request was sent; now it is 0.2 s later.
    scene.clock.advance(Duration::from_millis(59_800));
    assert_eq!(scene.verdict(&issued()).await, Ok(()), "at 60 s");
    scene.clock.advance(Duration::from_micros(1));
    assert_eq!(
        scene.verdict(&issued()).await,
        Err(VerifyError::Unavailable),
        "after it"
    );
    drop(poll);

    scene
        .clock
        .pass(Duration::from_millis(500), Duration::from_secs(1))
        .await;
    let again = scene.server.feed().await;
    assert_eq!(
        (again.target.as_str(), again.header("if-none-match")),
        ("/revocations", Some("\"1\"")),
        "the server is to say at once how it stands"
    );
    again.unchanged();
    let poll = scene.server.feed().await;
    assert_eq!(poll.target, "/revocations?wait=20");
    assert_eq!(scene.verdict(&issued()).await, Ok(()), "confirmed again");
}

/// A poll that was answered after 20 seconds says how it stood when it was sent, and perhaps no more.
#[tokio::test]
async fn a_feed_is_confirmed_from_when_it_was_asked_for() {
    let answers: [fn(Request); 2] = [Request::unchanged, |request| request.found("etag: \"2\"\r\n", EMPTY)];
    for (number, answer) in answers.into_iter().enumerate() {
        let (scene, poll) = Scene::with_feed(StaleFeed::Refuse, EMPTY).await;
        scene.clock.advance(Duration::from_secs(20));
        answer(poll);
        let _next = scene.server.feed().await;
        scene.clock.advance(Duration::from_secs(40));
        assert_eq!(scene.verdict(&issued()).await, Ok(()), "answer {number}");
        scene.clock.advance(Duration::from_micros(1));
        let verdict = scene.verdict(&issued()).await;
        assert_eq!(verdict, Err(VerifyError::Unavailable), "answer {number}");
    }
}

#[tokio::test]
async fn who_accepts_a_stale_feed_still_refuses_what_is_known_to_be_revoked() {
    let (scene, poll) = Scene::with_feed(StaleFeed::Accept, &listing(&[entry(SESSION, 6, 900)])).await;
    drop(poll);
    scene.clock.advance(Duration::from_secs(500));
    assert_eq!(scene.verdict(&of_generation(7)).await, Ok(()));
    assert_eq!(scene.verdict(&of_generation(6)).await, Err(VerifyError::Revoked));
}

#[tokio::test]
async fn the_bound_can_be_set() {
    let (server, clock) = (Server::start().await, ManualClock::new());
    let verifier = builder(&server, &clock)
        .shared_secret(SECRET)
        .trust_feed_for(Duration::from_secs(9))
        .build()
        .unwrap();
    server.keys().await.found("", r#"{"keys":[]}"#);
    server.feed().await.found("etag: \"1\"\r\n", EMPTY);
    verifier.ready().await;
    let pause = Duration::from_millis(200);
    clock.pass(pause, pause).await;
    assert_eq!(server.feed().await.target, "/revocations?wait=3");
    clock.advance(Duration::from_millis(8_800));
    assert!(verifier.verify(&issued()).await.is_ok());
    clock.advance(Duration::from_millis(1));
    assert_eq!(verifier.verify(&issued()).await, Err(VerifyError::Unavailable));
}

#[tokio::test]
async fn an_answer_that_is_no_feed_confirms_and_changes_nothing() {
    let failures: [fn(Request); 8] = [
        |request| request.answer("503 Service Unavailable", "retry-after: 1\r\n", "{}"),
        |request| request.answer("404 Not Found", "", EMPTY),
        |request| request.answer("301 Moved Permanently", "location: /revocations\r\n", ""),
        |request| request.found("etag: \"x\"\r\n", "<html>"),
        |request| request.found("etag: \"x\"\r\n", r#"{"revocations":[{}]}"#),
        |request| request.found("etag: \"x\"\r\n", &" ".repeat(32 * 1024 * 1024 + 1)),
        |request| request.raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_owned()),
        drop,
    ];
    for (number, fail) in failures.into_iter().enumerate() {
        let (scene, poll) = Scene::with_feed(StaleFeed::Refuse, &listing(&[entry(SESSION, 6, 900)])).await;
        scene.clock.advance(Duration::from_secs(20));
        fail(poll);
        for (from, to) in [(500, 1000), (1000, 2000), (2000, 4000)] {
            scene
                .clock
                .pass(Duration::from_millis(from), Duration::from_millis(to))
                .await;
            let again = scene.server.feed().await;
            assert_eq!(again.header("if-none-match"), Some("\"1\""), "failure {number}");
            fail(again);
        }
        assert_eq!(
            scene.verdict(&of_generation(6)).await,
            Err(VerifyError::Revoked),
            "failure {number}"
        );
        assert_eq!(scene.verdict(&of_generation(7)).await, Ok(()), "failure {number}");
        scene.clock.advance(Duration::from_secs(40));
        assert_eq!(
            scene.verdict(&of_generation(7)).await,
            Err(VerifyError::Unavailable),
            "failure {number}"
        );
    }
}

#[tokio::test]
async fn a_304_that_nobody_asked_for_is_no_answer() {
    let scene = Scene::new(StaleFeed::Refuse).await;
    scene.server.feed().await.unchanged();
    scene
        .clock
        .pass(Duration::from_millis(500), Duration::from_secs(1))
        .await;
    assert_eq!(scene.verdict(&issued()).await, Err(VerifyError::Unavailable));
    scene.server.feed().await;
}

#[tokio::test]
async fn a_poll_that_is_held_beyond_its_wait_is_given_up() {
    let (scene, poll) = Scene::with_feed(StaleFeed::Refuse, EMPTY).await;
    let limit = Duration::from_secs(25);
    scene.clock.pass(limit, limit).await;
    scene
        .clock
        .pass(Duration::from_millis(500), Duration::from_secs(1))
        .await;
    let again = scene.server.feed().await;
    assert_eq!(again.target, "/revocations");
    drop(poll);
}
