//! What every answer tells browsers, whatever was asked.

use crate::client::{Answer, Request, sent};
use crate::problems::FailingStore;
use crate::running::Running;
use portcullis_api::{ApiSettings, openapi_json};
use portcullis_application::ports::StoreError;
use portcullis_testkit::TemporaryStore;
use portcullis_web::WebSettings;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// For what is no page. One that is has a policy of its own.
const POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";

/// The files below `/docs` may be kept, and so may what others need to check tokens.
const KEPT: [&str; 6] = [
    "/docs",
    "/docs/",
    "/openapi.json",
    "/.well-known/jwks.json",
    "/oauth2/jwks.json",
    "/problems/",
];

#[track_caller]
fn assert_guarded(answer: &Answer, target: &str, place: &str) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}: {place}");
    }
    let permissions = answer.header("permissions-policy").unwrap();
    for feature in ["camera=()", "geolocation=()", "microphone=()", "payment=()"] {
        assert!(permissions.contains(feature), "{place}: {permissions}");
    }
    assert!(!permissions.contains('*'), "{permissions}");
    let policy = answer.header("content-security-policy").unwrap();
    if target == "/docs" && answer.status == 200 {
        assert_policy_of_a_page(policy);
    } else {
        assert_eq!(policy, POLICY, "{place}");
    }
    let may_be_kept = answer.status == 200 && KEPT.iter().any(|kept| target.starts_with(kept));
    let keeping = answer.header("cache-control").unwrap();
    assert!(keeping == "no-store" || may_be_kept, "{place}: {keeping}");
    assert!(answer.header("x-request-id").is_some(), "{place}");
    assert_eq!(answer.header("server"), None, "{place}");
}

/// Its styles may stand in it, which its scripts write; nothing else may.
fn assert_policy_of_a_page(policy: &str) {
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'; "),
        "{policy}"
    );
    assert!(policy.ends_with("frame-ancestors 'none'; base-uri 'none'"), "{policy}");
    assert!(policy.contains("style-src 'self' 'unsafe-inline'; "), "{policy}");
    assert_eq!(policy.matches("unsafe").count(), 1, "{policy}");
    assert!(!policy.contains("http") && !policy.contains('*'), "{policy}");
}

#[tokio::test]
async fn every_call_of_the_document_and_every_other_method_is_guarded() {
    let running = Running::start();
    let token = running.admin_token().await;
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let mut statuses = std::collections::BTreeSet::new();
    for path in document["paths"].as_object().unwrap().keys() {
        let target = path
            .replace("{asset}", "initializer.js")
            .replace("{code}", "busy")
            .replace("{id}", "x");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"] {
            let anonymous = Request::new(method, &target);
            let requests = [
                anonymous.clone(),
                anonymous.clone().header("accept", "text/html"),
                anonymous.clone().bearer(&token),
                anonymous.bearer(&token).json("{}"),
            ];
            for (number, request) in requests.into_iter().enumerate() {
                let answer = running.send(request).await;
                assert_guarded(&answer, &target, &format!("{method} {target}, {number}"));
                statuses.insert(answer.status);
            }
        }
    }
    for status in [200, 401, 404, 405, 415, 422] {
        assert!(statuses.contains(&status), "{statuses:?}");
    }
    assert!(!statuses.contains(&500), "{statuses:?}");
}

#[tokio::test]
async fn answers_to_odd_requests_are_guarded() {
    let settings = WebSettings {
        body_timeout: Duration::from_millis(20),
        ..WebSettings::default()
    };
    let running = Running::with(Arc::new(TemporaryStore::new()), settings);
    for (request, status) in [
        (Request::get("/nowhere"), 404),
        (Request::get("/%61uth/login"), 404),
        (Request::get("//auth/login"), 404),
        (Request::get("/../etc/passwd"), 404),
        (Request::new("HEAD", "/users/me"), 401),
        (Request::post("/auth/login").json("{"), 400),
        (Request::post("/auth/login?x=1&x=1").json("{}"), 400),
        (Request::post("/auth/login").json("x".repeat(70_000)), 413),
        (
            Request::post("/auth/login")
                .header("content-type", "application/json")
                .header("content-length", "9"),
            408,
        ),
        (
            Request::get("/users/me")
                .header("origin", "null")
                .header("cookie", b"\xff=\xff"),
            401,
        ),
        (Request::get("/users/me").header("authorization", b"Bearer \xff"), 401),
    ] {
        let answer = running.send(request).await;
        assert_eq!(answer.status, status, "{}", String::from_utf8_lossy(&answer.body));
        assert_guarded(&answer, "", &status.to_string());
    }
    let odd_host = b"GET / HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n";
    let answer = sent(running.address, odd_host).await;
    answer.assert_problem(400, "malformed_host");
    assert_guarded(&answer, "", "malformed host");
}

#[tokio::test]
async fn answers_of_a_server_that_can_do_nothing_are_guarded() {
    for (fail, status) in [
        ((|| StoreError::Busy) as fn() -> StoreError, 503),
        (|| StoreError::Unavailable(anyhow::anyhow!("away")), 503),
        (|| StoreError::Unexpected(anyhow::anyhow!("broken")), 500),
    ] {
        let running = Running::with(Arc::new(FailingStore(fail)), ApiSettings::default());
        for request in [
            Request::get("/health/ready"),
            Request::post("/auth/login").json(r#"{"email": "a@b.example", "password": "x"}"#),
        ] {
            let answer = running.send(request).await;
            assert_eq!(answer.status, status);
            assert_guarded(&answer, "", &status.to_string());
        }
    }
}

/// What is no HTTP is answered by the reader of requests, without a body that a browser could take for anything.
#[tokio::test]
async fn an_answer_to_what_is_no_request_is_empty() {
    let running = Running::start();
    for nonsense in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
    ] {
        let answer = sent(running.address, nonsense).await;
        assert_eq!((answer.status, answer.text()), (400, ""));
    }
}
