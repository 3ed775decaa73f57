//! The check that a proxy asks for.

use crate::client::{Answer, Request};
use crate::running::{ADA, Running};
use chrono::TimeDelta;
use portcullis_application::ports::{Store, StoreError};
use portcullis_testkit::{AskingStore, TemporaryStore};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const VERIFY: &str = "/auth/verify";

async fn verify(running: &Running, token: &str, query: &str) -> Answer {
    running
        .send(Request::get(&format!("{VERIFY}{query}")).bearer(token))
        .await
}

/// What a store is asked, and whether it is away.
#[derive(Clone, Default)]
struct Watch {
    asked: Arc<AtomicUsize>,
    is_away: Arc<AtomicBool>,
}

impl Watch {
    /// An empty store that is watched.
    fn store(&self) -> Arc<dyn Store> {
        let watch = self.clone();
        Arc::new(AskingStore::before(TemporaryStore::new(), move |_| {
            watch.asked.fetch_add(1, Ordering::SeqCst);
            if watch.is_away.load(Ordering::SeqCst) {
                return Err(StoreError::Unavailable(std::io::Error::other("away").into()));
            }
            Ok(())
        }))
    }
}

#[tokio::test]
async fn a_caller_who_may_pass_is_named_in_headers() {
    let running = Running::start();
    running.app.upkeep.begin().await.unwrap();
    let token = running.access_token().await;
    let profile = running.send(Request::get("/users/me").bearer(&token)).await.json();
    let sessions = running
        .send(Request::get("/users/me/sessions").bearer(&token))
        .await
        .json();
    for method in ["GET", "HEAD"] {
        let answer = running.send(Request::new(method, VERIFY).bearer(&token)).await;
        assert_eq!((answer.status, answer.body.len()), (204, 0));
        assert_eq!(answer.header("x-auth-user-id"), profile["id"].as_str());
        assert_eq!(answer.header("x-auth-email"), Some(ADA));
        assert_eq!(answer.header("x-auth-role"), Some("USER"));
        assert_eq!(answer.header("x-auth-session-id"), sessions["items"][0]["id"].as_str());
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(answer.header("x-request-id").is_some());
    }
}

#[tokio::test]
async fn a_refusal_names_nobody() {
    let running = Running::start();
    running.app.upkeep.begin().await.unwrap();
    let tokens = running.tokens().await;
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    let nobody = running.send(Request::get(VERIFY).header("x-auth-user-id", "x")).await;
    nobody.assert_problem(401, "missing_access_token");
    let made_up = verify(&running, "made.up.token", "").await;
    made_up.assert_problem(401, "invalid_access_token");
    let wrong_kind = verify(&running, refresh_token, "").await;
    wrong_kind.assert_problem(401, "invalid_access_token");
    let role = verify(&running, tokens["access_token"].as_str().unwrap(), "?role=ADMIN").await;
    role.assert_problem(403, "forbidden");
    for answer in [nobody, made_up, wrong_kind, role] {
        for header in ["x-auth-user-id", "x-auth-email", "x-auth-role", "x-auth-session-id"] {
            assert_eq!(answer.header(header), None);
        }
        assert_eq!(answer.header("www-authenticate").is_some(), answer.status == 401);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test]
async fn a_role_may_be_asked_for() {
    let running = Running::start();
    running.app.upkeep.begin().await.unwrap();
    let root = running.admin_token().await;
    let ada = running.access_token().await;
    for (query, by_ada, by_root) in [
        ("", 204, 204),
        ("?role=USER", 204, 204),
        ("?role=ADMIN", 403, 204),
        ("?ROLE=ADMIN", 422, 422),
        ("?roles=ADMIN", 422, 422),
        ("?role[]=ADMIN", 422, 422),
        ("?role=ADMIN&unknown=1", 422, 422),
        ("?role=admin", 422, 422),
        ("?role=ROOT", 422, 422),
        ("?role=", 422, 422),
        ("?role", 422, 422),
        ("?role=USER&role=ADMIN", 400, 400),
        ("?role=%ff", 400, 400),
    ] {
        assert_eq!(verify(&running, &ada, query).await.status, by_ada, "{query}");
        assert_eq!(verify(&running, &root, query).await.status, by_root, "{query}");
        let nobody = running.send(Request::get(&format!("{VERIFY}{query}"))).await;
        nobody.assert_problem(401, "missing_access_token");
    }
    assert_eq!(verify(&running, &root, "").await.header("x-auth-role"), Some("ADMIN"));
}

#[tokio::test]
async fn what_ends_a_session_counts_at_once() {
    let running = Running::start();
    running.app.upkeep.begin().await.unwrap();
    let root = running.admin_token().await;
    running.app.register(ADA).await;
    for end in ["logout", "end", "disable", "promote"] {
        let tokens = running.log_in(ADA).await;
        let token = tokens["access_token"].as_str().unwrap();
        let id = running.send(Request::get("/users/me").bearer(token)).await.json()["id"].clone();
        let user = format!("/admin/users/{}", id.as_str().unwrap());
        assert_eq!(verify(&running, token, "").await.status, 204);
        let request = match end {
            "logout" => {
                Request::post("/auth/logout").json(json!({"refresh_token": tokens["refresh_token"]}).to_string())
            }
            "end" => Request::delete("/users/me/sessions?include_current=true").bearer(token),
            "disable" => Request::patch(&user).bearer(&root).json(r#"{"is_active": false}"#),
            _ => Request::patch(&user)
                .bearer(&root)
                .json(r#"{"role": "ADMIN", "is_active": true}"#),
        };
        assert!(running.send(request).await.status < 300, "{end}");
        let answer = verify(&running, token, "").await;
        answer.assert_problem(401, "invalid_access_token");
        if end == "disable" {
            let enable = Request::patch(&user).bearer(&root).json(r#"{"is_active": true}"#);
            assert_eq!(running.send(enable).await.status, 200);
        }
    }
}

#[tokio::test]
async fn while_the_memory_is_trusted_the_store_is_not_asked() {
    let watch = Watch::default();
    let running = Running::on(watch.store());
    running.app.upkeep.begin().await.unwrap();
    let token = running.access_token().await;
    let before = watch.asked.load(Ordering::SeqCst);
    watch.is_away.store(true, Ordering::SeqCst);
    for _ in 0..10 {
        assert_eq!(verify(&running, &token, "").await.status, 204);
    }
    assert_eq!(watch.asked.load(Ordering::SeqCst), before);
}

#[tokio::test]
async fn without_trust_in_the_memory_the_store_decides_or_nobody_passes() {
    let watch = Watch::default();
    let running = Running::on(watch.store());
    let tokens = running.tokens().await;
    let token = tokens["access_token"].as_str().unwrap();
    let before = watch.asked.load(Ordering::SeqCst);
    assert_eq!(verify(&running, token, "").await.status, 204);
    assert!(watch.asked.load(Ordering::SeqCst) > before);
    let session = running.app.authentication.verify(token).await.unwrap().session_id;
    watch.is_away.store(true, Ordering::SeqCst);
    let away = verify(&running, token, "").await;
    away.assert_problem(503, "unavailable");
    assert_eq!(away.header("retry-after"), Some("5"));
    assert_eq!(away.header("x-auth-user-id"), None);
    watch.is_away.store(false, Ordering::SeqCst);
    running.app.revoke(session).await;
    verify(&running, token, "")
        .await
        .assert_problem(401, "invalid_access_token");
}

#[tokio::test]
async fn a_disabled_users_token_is_invalid_where_the_store_decides() {
    let running = Running::start();
    let token = running.access_token().await;
    running.disable_ada().await;
    verify(&running, &token, "")
        .await
        .assert_problem(401, "invalid_access_token");
}

#[tokio::test]
async fn an_expired_token_is_invalid() {
    let running = Running::start();
    let token = running.access_token().await;
    running.app.clock.advance(TimeDelta::minutes(16));
    running.app.upkeep.begin().await.unwrap();
    verify(&running, &token, "")
        .await
        .assert_problem(401, "invalid_access_token");
}
