//! What other services need to check access tokens by themselves: the keys, and what was revoked.

use crate::client::{Answer, Request};
use crate::running::Running;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_api::ApiSettings;
use portcullis_application::ports::{Moment, PublicKey};
use portcullis_application::publication::OutOfTouch;
use portcullis_application::replica::RevocationSnapshot;
use portcullis_application::{Publication, SigningPolicy, UpkeepPolicy};
use portcullis_domain::SigningAlgorithm;
use portcullis_testkit::{TemporaryStore, TestApp};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::timeout;

const REVOCATIONS: &str = "/revocations";

/// Longer than anything here takes that does not wait.
const SOON: Duration = Duration::from_secs(10);

async fn ready() -> Running {
    let running = Running::start();
    running.app.upkeep.begin().await.unwrap();
    running
}

async fn get(running: &Running, query: &str, known: Option<&str>) -> Answer {
    let mut request = Request::get(&format!("{REVOCATIONS}{query}"));
    if let Some(known) = known {
        request = request.header("if-none-match", known);
    }
    timeout(SOON, running.send(request)).await.unwrap()
}

async fn log_out(running: &Running, tokens: &Value) {
    let body = json!({"refresh_token": tokens["refresh_token"]}).to_string();
    assert_eq!(running.send(Request::post("/auth/logout").json(body)).await.status, 204);
}

/// Tells when a call has come to wait.
struct Observed {
    publication: Arc<dyn Publication>,
    waits: Notify,
}

#[async_trait]
impl Publication for Observed {
    fn public_keys(&self) -> Vec<PublicKey> {
        self.publication.public_keys()
    }

    fn provider_keys(&self) -> Vec<PublicKey> {
        self.publication.provider_keys()
    }

    fn revocations(&self) -> Result<RevocationSnapshot, OutOfTouch> {
        self.publication.revocations()
    }

    fn revocations_tag(&self) -> Result<String, OutOfTouch> {
        self.publication.revocations_tag()
    }

    async fn revocations_changed(&self, tag: &str) {
        self.waits.notify_one();
        self.publication.revocations_changed(tag).await;
    }
}

#[tokio::test]
async fn a_shared_key_is_not_published() {
    let running = ready().await;
    let answer = running.send(Request::get("/.well-known/jwks.json")).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"keys": []})));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
}

#[tokio::test]
async fn the_key_that_signs_is_published_with_the_next_one() {
    let signing = SigningPolicy {
        algorithm: Some(SigningAlgorithm::EdDsa),
        rotate_after: None,
    };
    let upkeep = UpkeepPolicy {
        signing,
        ..UpkeepPolicy::default()
    };
    let app = TestApp::new();
    let app = app.beside_under(app.policy, upkeep);
    app.upkeep.begin().await.unwrap();
    let running = Running::of(app);
    let answer = running.send(Request::get("/.well-known/jwks.json")).await;
    let keys = answer.json()["keys"].clone();
    let mut names: Vec<&str> = keys
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["kid"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["key-1", "key-2"]);
    assert_eq!(keys[0], json!({"kid": keys[0]["kid"], "alg": "EdDSA", "use": "sig"}));
}

#[tokio::test]
async fn what_was_revoked_is_listed_by_session_without_anything_personal() {
    let running = ready().await;
    let tokens = running.tokens().await;
    let claims = running
        .app
        .authentication
        .verify(tokens["access_token"].as_str().unwrap())
        .await
        .unwrap();
    let answer = get(&running, "", None).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"revocations": []})));
    log_out(&running, &tokens).await;
    let changed = get(&running, "", None).await;
    assert_eq!(
        changed.json(),
        json!({"revocations": [{"session_id": claims.session_id.to_string(), "generation": 0,
            "until": changed.json()["revocations"][0]["until"]}]})
    );
    let until: DateTime<Utc> = changed.json()["revocations"][0]["until"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(
        claims.expires_at <= until && until <= claims.expires_at + TimeDelta::minutes(1),
        "{until}"
    );
    assert_eq!(changed.header("content-type"), Some("application/json"));
    assert_eq!(changed.header("cache-control"), Some("no-cache"));
}

#[tokio::test]
async fn an_entity_tag_names_the_list_on_every_server() {
    let running = ready().await;
    let other = Running::of(running.app.beside());
    other.app.upkeep.begin().await.unwrap();
    let tokens = running.tokens().await;
    let empty = get(&running, "", None).await.header("etag").unwrap().to_owned();
    log_out(&running, &tokens).await;
    let one = get(&running, "", None).await.header("etag").unwrap().to_owned();
    assert!(
        empty != one && one.starts_with('"') && one.ends_with('"'),
        "{empty} {one}"
    );
    assert_eq!(get(&other, "", None).await.header("etag"), Some(empty.as_str()));
    other.app.upkeep.catch_up().await.unwrap();
    assert_eq!(get(&other, "", None).await.header("etag"), Some(one.as_str()));
    for known in [
        one.clone(),
        format!("W/{one}"),
        format!("{empty}, {one}"),
        "*".to_owned(),
    ] {
        let answer = get(&running, "", Some(&known)).await;
        assert_eq!((answer.status, answer.body.len()), (304, 0), "{known}");
        assert_eq!(answer.header("etag"), Some(one.as_str()));
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
        assert_eq!(answer.header("content-type"), None);
    }
    for known in [empty.as_str(), "x", "\"", "", "\"x\""] {
        let answer = get(&running, "", Some(known)).await;
        assert_eq!(
            (answer.status, answer.header("etag")),
            (200, Some(one.as_str())),
            "{known}"
        );
    }
}

#[tokio::test]
async fn a_restored_store_names_the_time_before_which_nothing_counts() {
    let running = ready().await;
    let now = DateTime::from_timestamp_micros(1_900_000_000_123_456);
    running
        .app
        .replica
        .revocations
        .confirm(now, Moment::of(&running.app.clock));
    let answer = get(&running, "", None).await;
    assert_eq!(
        answer.json(),
        json!({"revocations": [], "not_before": "2030-03-17T17:46:40.123456Z"})
    );
}

/// A server that tells when a call has come to wait.
async fn observed() -> (Running, Arc<Observed>) {
    let mut app = TestApp::new();
    let publication = Arc::new(Observed {
        publication: Arc::clone(&app.publication),
        waits: Notify::new(),
    });
    app.publication = Arc::clone(&publication) as Arc<dyn Publication>;
    let running = Running::of(app);
    running.app.upkeep.begin().await.unwrap();
    (running, publication)
}

#[tokio::test]
async fn a_graceful_stop_does_not_wait_for_those_who_wait() {
    let (running, publication) = observed().await;
    let known = get(&running, "", None).await.header("etag").unwrap().to_owned();
    let waiting = get(&running, "?wait=30", Some(&known));
    let stop = async {
        publication.waits.notified().await;
        running.stop().await;
    };
    let (answer, ()) = timeout(SOON, async { tokio::join!(waiting, stop) }).await.unwrap();
    assert_eq!(answer.status, 304);
}

#[tokio::test]
async fn a_call_that_waits_is_answered_when_something_is_revoked() {
    let (running, publication) = observed().await;
    let tokens = running.tokens().await;
    let known = get(&running, "", None).await.header("etag").unwrap().to_owned();
    let waiting = get(&running, "?wait=30", Some(&known));
    let revoke = async {
        publication.waits.notified().await;
        log_out(&running, &tokens).await;
    };
    let (answer, ()) = timeout(SOON, async { tokio::join!(waiting, revoke) }).await.unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["revocations"].as_array().unwrap().len(), 1);
    assert_ne!(answer.header("etag"), Some(known.as_str()));
}

#[tokio::test]
async fn a_call_that_waits_in_vain_is_told_that_nothing_changed() {
    let settings = ApiSettings {
        longest_wait: Duration::from_millis(20),
        ..ApiSettings::default()
    };
    let running = Running::with(Arc::new(TemporaryStore::new()), settings);
    running.app.upkeep.begin().await.unwrap();
    let known = get(&running, "", None).await.header("etag").unwrap().to_owned();
    for method in ["GET", "HEAD"] {
        let request = Request::new(method, "/revocations?wait=30").header("if-none-match", &known);
        let answer = timeout(SOON, running.send(request)).await.unwrap();
        assert_eq!((answer.status, answer.header("etag")), (304, Some(known.as_str())));
    }
}

#[tokio::test]
async fn whoever_does_not_know_the_present_list_gets_it_without_waiting() {
    let running = ready().await;
    for known in [None, Some("\"x\"")] {
        assert_eq!(get(&running, "?wait=30", known).await.status, 200);
    }
    let known = get(&running, "", None).await.header("etag").unwrap().to_owned();
    assert_eq!(get(&running, "?wait=0", Some(&known)).await.status, 304);
}

#[tokio::test]
async fn where_too_many_wait_the_next_is_answered_at_once() {
    let settings = ApiSettings {
        max_waiting: 0,
        ..ApiSettings::default()
    };
    let running = Running::with(Arc::new(TemporaryStore::new()), settings);
    running.app.upkeep.begin().await.unwrap();
    let known = get(&running, "", None).await.header("etag").unwrap().to_owned();
    assert_eq!(get(&running, "?wait=30", Some(&known)).await.status, 304);
}

#[tokio::test]
async fn a_server_that_is_out_of_touch_says_so() {
    let running = ready().await;
    let known = get(&running, "", None).await.header("etag").unwrap().to_owned();
    running.app.clock.advance(TimeDelta::seconds(2));
    for query in ["", "?wait=30"] {
        let answer = get(&running, query, Some(&known)).await;
        answer.assert_problem(503, "unavailable");
        assert_eq!(answer.header("retry-after"), Some("5"));
    }
    running.app.upkeep.catch_up().await.unwrap();
    assert_eq!(get(&running, "", Some(&known)).await.status, 304);
}

#[tokio::test]
async fn a_wait_is_at_most_half_a_minute() {
    let running = ready().await;
    for wait in ["31", "-1", "x", "1.5", "99999999999999999999"] {
        let answer = get(&running, &format!("?wait={wait}"), None).await;
        assert_eq!(answer.flaws(), "#/wait out_of_range\n", "{wait}");
    }
    let repeated = get(&running, "?wait=1&wait=1", None).await;
    repeated.assert_problem(400, "repeated_parameter");
    assert_eq!(get(&running, "?wait=", None).await.status, 200);
}
