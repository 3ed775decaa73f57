//! Keys: when they are fetched, and what follows when they can't be.

use crate::building::builder;
use crate::clock::ManualClock;
use crate::server::{Request, Server};
use crate::tokens::{ISSUED_AT, KEYS, SECRET, SigningKey, claims, issued, set};
use portcullis_verifier::{StaleFeed, Verifier, VerifyError};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

const MAX_AGE: &str = "cache-control: public, max-age=300\r\n";

/// A verifier that needs no feed, and what it is tried by.
struct Scene {
    server: Server,
    clock: Arc<ManualClock>,
    verifier: Verifier,
}

impl Scene {
    async fn new() -> Self {
        let (server, clock) = (Server::start().await, ManualClock::new());
        let verifier = builder(&server, &clock)
            .shared_secret(SECRET)
            .when_feed_is_stale(StaleFeed::Accept)
            .build()
            .unwrap();
        Self {
            server,
            clock,
            verifier,
        }
    }

    /// The keys `ed` and `ec` have arrived.
    async fn with_two_keys() -> Self {
        let scene = Self::new().await;
        let [ed, ec, _] = &*KEYS;
        scene.publish(&[ed, ec]).await;
        assert_eq!(scene.verdict(&ed.token()).await, Ok(()));
        scene
    }

    /// Answers the next request for keys.
    async fn publish(&self, keys: &[&SigningKey]) {
        self.server.keys().await.found(MAX_AGE, &set(keys).to_string());
    }

    async fn verdict(&self, token: &str) -> Result<(), VerifyError> {
        verdict(&self.verifier, token).await
    }

    /// Lets the time pass that a task waits for: so many seconds.
    async fn pass(&self, seconds: u64) {
        let seconds = Duration::from_secs(seconds);
        self.clock.pass(seconds, seconds).await;
    }
}

fn unknown(number: usize) -> String {
    let header = format!(r#"{{"typ":"at+jwt","alg":"EdDSA","kid":"unknown-{number}"}}"#);
    KEYS[0].signed(&header, &claims().to_string())
}

async fn verdict(verifier: &Verifier, token: &str) -> Result<(), VerifyError> {
    let checked = tokio::time::timeout(Duration::from_secs(10), verifier.verify(token));
    checked.await.expect("the token waits for ever").map(|_| ())
}

/// Starts to check tokens that name unknown keys, all at once.
fn storm(verifier: &Verifier, count: usize) -> JoinSet<Result<(), VerifyError>> {
    (0..count)
        .map(|number| {
            let verifier = verifier.clone();
            async move { verdict(&verifier, &unknown(number)).await }
        })
        .collect()
}

#[tokio::test]
async fn a_token_that_comes_before_the_keys_waits_for_them() {
    let scene = Scene::new().await;
    let (token, published) = (KEYS[2].token(), [&KEYS[2]]);
    let (verdict, ()) = tokio::join!(scene.verdict(&token), scene.publish(&published));
    assert_eq!(verdict, Ok(()));
}

#[tokio::test]
async fn a_token_of_the_shared_secret_waits_for_no_keys() {
    let scene = Scene::new().await;
    assert_eq!(scene.verdict(&issued()).await, Ok(()));
    scene.publish(&[]).await;
    scene.pass(300).await;
    assert_eq!(scene.verdict(&issued()).await, Ok(()));
}

#[tokio::test]
async fn a_new_key_is_fetched_when_a_token_names_it_and_the_old_one_goes_on() {
    let scene = Scene::with_two_keys().await;
    let [ed, ec, rsa] = &*KEYS;
    let (token, published) = (rsa.token(), [ed, ec, rsa]);
    let (verdict, ()) = tokio::join!(scene.verdict(&token), scene.publish(&published));
    assert_eq!(verdict, Ok(()));
    for key in [ed, ec, rsa] {
        assert_eq!(scene.verdict(&key.token()).await, Ok(()), "{}", key.id);
    }
}

#[tokio::test]
async fn keys_are_fetched_again_at_the_pace_that_the_server_names() {
    let scene = Scene::new().await;
    let empty = r#"{"keys":[]}"#;
    for (header, seconds) in [
        (MAX_AGE, 300),
        ("cache-control: max-age=120\r\n", 120),
        ("cache-control: max-age=0\r\n", 30),
        ("cache-control: max-age=999999999\r\n", 3600),
        ("cache-control: no-cache\r\n", 300),
        ("cache-control: max-age=x\r\n", 300),
        ("", 300),
    ] {
        scene.server.keys().await.found(header, empty);
        scene.pass(seconds).await;
    }
    scene.server.keys().await;
}

#[tokio::test]
async fn a_key_that_is_published_no_more_is_refused() {
    let scene = Scene::with_two_keys().await;
    let [ed, ec, _] = &*KEYS;
    scene.pass(300).await;
    scene.publish(&[ec]).await;
    // Once the keys were taken in, they are due again in five minutes.
    scene.pass(300).await;
    scene.publish(&[ec]).await;
    scene.clock.until_sleeping(Duration::from_mins(5)).await;
    let (token, published) = (ed.token(), [ec]);
    let (verdict, ()) = tokio::join!(scene.verdict(&token), scene.publish(&published));
    assert_eq!(verdict, Err(VerifyError::Invalid));
    assert_eq!(scene.verdict(&ec.token()).await, Ok(()));
}

#[tokio::test]
async fn a_thousand_unknown_keys_cause_one_fetch_a_minute() {
    let scene = Scene::with_two_keys().await;
    for minute in 0..3 {
        let at_once = storm(&scene.verifier, 1000);
        scene.publish(&[&KEYS[0]]).await;
        // Whoever had them fetched can tell; the others may have come later than the server's answer was made.
        let (invalid, others): (Vec<_>, Vec<_>) = at_once
            .join_all()
            .await
            .into_iter()
            .partition(|verdict| *verdict == Err(VerifyError::Invalid));
        assert_eq!(invalid.len(), 1);
        assert!(others.iter().all(|verdict| *verdict == Err(VerifyError::Unavailable)));

        scene.clock.advance(Duration::from_secs(59));
        let within_the_minute = storm(&scene.verifier, 1000).join_all().await;
        assert!(
            within_the_minute
                .iter()
                .all(|verdict| *verdict == Err(VerifyError::Unavailable))
        );
        assert_eq!(scene.verdict(&KEYS[0].token()).await, Ok(()), "its key is known");
        assert_eq!(scene.server.waiting_for_keys().await, 0, "in minute {minute}");
        scene.clock.advance(Duration::from_secs(1));
    }
    // Had there been one more, this would not be the fifth.
    let one = storm(&scene.verifier, 1);
    scene.publish(&[]).await;
    one.join_all().await;
    assert_eq!(scene.server.waiting_for_keys().await, 0);
}

#[tokio::test]
async fn once_the_fetch_of_the_minute_is_spent_nobody_can_tell_whose_an_unknown_key_is() {
    let scene = Scene::with_two_keys().await;
    let [ed, ec, rsa] = &*KEYS;
    let made_up = storm(&scene.verifier, 1);
    scene.publish(&[ed, ec]).await;
    assert_eq!(made_up.join_all().await, [Err(VerifyError::Invalid)]);

    // The server publishes another key and signs by it.
    assert_eq!(scene.verdict(&rsa.token()).await, Err(VerifyError::Unavailable));
    for key in [ed, ec] {
        assert_eq!(scene.verdict(&key.token()).await, Ok(()), "{}", key.id);
    }
    let of_unknown_key = |header: &str, claims: &Value| rsa.signed(header, &claims.to_string());
    let (mut expired, mut of_others) = (claims(), claims());
    expired["exp"] = json!(ISSUED_AT);
    of_others["iss"] = json!("https://elsewhere.example.org");
    let no_header = r#"{"typ":"at+jwt","alg":"RS256","kid":7}"#;
    let other_algorithm = r#"{"typ":"at+jwt","alg":"PS256","kid":"rsa"}"#;
    for invalid in [
        of_unknown_key(&rsa.header(), &expired),
        of_unknown_key(&rsa.header(), &of_others),
        of_unknown_key(no_header, &claims()),
        of_unknown_key(other_algorithm, &claims()),
        "x".to_owned(),
    ] {
        assert_eq!(scene.verdict(&invalid).await, Err(VerifyError::Invalid), "{invalid}");
    }
    assert_eq!(scene.server.waiting_for_keys().await, 0);

    scene.clock.advance(Duration::from_mins(1));
    let (token, published) = (rsa.token(), [ed, ec, rsa]);
    let (verdict, ()) = tokio::join!(scene.verdict(&token), scene.publish(&published));
    assert_eq!(verdict, Ok(()));
}

#[tokio::test]
async fn a_fetch_that_others_caused_may_be_older_than_a_key() {
    let scene = Scene::with_two_keys().await;
    let [ed, ec, rsa] = &*KEYS;
    let made_up = storm(&scene.verifier, 1);
    let request = scene.server.keys().await;
    // The server's answer is made and takes its time. Meanwhile the server publishes another key and signs by it.
    scene.clock.advance(Duration::from_secs(4));
    let token = rsa.token();
    let (verdict, ()) = tokio::join!(scene.verdict(&token), async {
        request.found(MAX_AGE, &set(&[ed, ec]).to_string());
    });
    assert_eq!(verdict, Err(VerifyError::Unavailable));
    assert_eq!(made_up.join_all().await, [Err(VerifyError::Invalid)]);

    scene.clock.advance(Duration::from_mins(1));
    let published = [ed, ec, rsa];
    let (verdict, ()) = tokio::join!(scene.verdict(&token), scene.publish(&published));
    assert_eq!(verdict, Ok(()));
}

#[tokio::test]
async fn who_joins_a_fetch_is_judged_by_the_keys_that_it_brings() {
    let scene = Scene::with_two_keys().await;
    let made_up = storm(&scene.verifier, 1);
    let request = scene.server.keys().await;
    let token = KEYS[2].token();
    let (verdict, ()) = tokio::join!(scene.verdict(&token), async {
        request.found(MAX_AGE, &set(&[&KEYS[2]]).to_string());
    });
    assert_eq!(verdict, Ok(()));
    assert_eq!(made_up.join_all().await, [Err(VerifyError::Invalid)]);
}

#[tokio::test]
async fn a_token_that_has_expired_causes_no_fetch() {
    let scene = Scene::with_two_keys().await;
    let mut expired = claims();
    expired["exp"] = json!(ISSUED_AT);
    let token = KEYS[2].signed(&KEYS[2].header(), &expired.to_string());
    assert_eq!(scene.verdict(&token).await, Err(VerifyError::Invalid));
    assert_eq!(scene.server.waiting_for_keys().await, 0);
}

#[tokio::test]
async fn a_caller_that_goes_away_takes_nobodys_fetch_along() {
    let scene = Scene::with_two_keys().await;
    let mut storm = storm(&scene.verifier, 1);
    let request = scene.server.keys().await;
    storm.shutdown().await;
    request.found(MAX_AGE, &set(&[&KEYS[2]]).to_string());
    // Within the minute, so without another fetch.
    assert_eq!(scene.verdict(&KEYS[2].token()).await, Ok(()));
    assert_eq!(scene.server.waiting_for_keys().await, 0);
}

#[tokio::test]
async fn keys_are_fetched_once_at_a_time() {
    let scene = Scene::with_two_keys().await;
    scene.pass(300).await;
    let due = scene.server.keys().await;
    let storm = storm(&scene.verifier, 100);
    tokio::task::yield_now().await;
    assert_eq!(scene.server.waiting_for_keys().await, 0);
    due.found(MAX_AGE, r#"{"keys":[]}"#);
    scene.publish(&[]).await;
    storm.join_all().await;
    assert_eq!(scene.server.waiting_for_keys().await, 0);
}

#[tokio::test]
async fn a_set_that_can_not_be_fetched_keeps_the_old_one() {
    let failures: [fn(Request); 8] = [
        |request| request.answer("500 Internal Server Error", "", r#"{"keys":[]}"#),
        |request| request.answer("204 No Content", "", ""),
        |request| request.unchanged(),
        |request| request.found("", "<html>"),
        |request| request.found("", r#"{"keys":"#),
        |request| request.found("", &format!(r#"{{"keys":[],"x":"{}"}}"#, "x".repeat(256 * 1024))),
        |request| request.raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_owned()),
        drop,
    ];
    for (number, fail) in failures.into_iter().enumerate() {
        let scene = Scene::with_two_keys().await;
        let mut storm = storm(&scene.verifier, 1);
        fail(scene.server.keys().await);
        let verdict = storm.join_next().await.unwrap().unwrap();
        assert_eq!(verdict, Err(VerifyError::Unavailable), "failure {number}");
        assert_eq!(scene.verdict(&KEYS[0].token()).await, Ok(()), "failure {number}");

        // It is tried again soon, whoever asks.
        scene
            .clock
            .pass(Duration::from_millis(500), Duration::from_secs(1))
            .await;
        fail(scene.server.keys().await);
        scene.clock.pass(Duration::from_secs(1), Duration::from_secs(2)).await;
        scene.publish(&[&KEYS[1]]).await;
        scene.pass(300).await;
        assert_eq!(scene.verdict(&KEYS[1].token()).await, Ok(()), "failure {number}");
    }
}

#[tokio::test]
async fn an_answer_without_an_end_is_cut_off() {
    let scene = Scene::with_two_keys().await;
    let storm = storm(&scene.verifier, 1);
    let endless = "x".repeat(300 * 1024);
    scene
        .server
        .keys()
        .await
        .raw(format!("HTTP/1.1 200 OK\r\n\r\n{{\"keys\":[],\"x\":\"{endless}"));
    assert_eq!(storm.join_all().await, [Err(VerifyError::Unavailable)]);
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_not_waited_for() {
    let scene = Scene::with_two_keys().await;
    let mut storm = storm(&scene.verifier, 1);
    let request = scene.server.keys().await;
    scene.pass(5).await;
    assert_eq!(storm.join_next().await.unwrap().unwrap(), Err(VerifyError::Unavailable));
    drop(request);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let scene = Scene::with_two_keys().await;
    let storm = storm(&scene.verifier, 1);
    let elsewhere = format!("location: {}/.well-known/jwks.json\r\n", scene.server.address);
    scene.server.keys().await.answer("302 Found", &elsewhere, "");
    assert_eq!(storm.join_all().await, [Err(VerifyError::Unavailable)]);
    assert_eq!(scene.server.waiting_for_keys().await, 0);
}

#[tokio::test]
async fn the_keys_are_asked_for_at_their_well_known_place() {
    let scene = Scene::new().await;
    let request = scene.server.keys().await;
    assert_eq!(request.target, "/.well-known/jwks.json");
    assert!(
        request
            .header("user-agent")
            .unwrap()
            .starts_with("portcullis-verifier/")
    );
    assert_eq!(request.header("authorization"), None);
}
