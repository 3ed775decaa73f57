//! Which scripts of other origins may call, and read what is answered.

use crate::client::{Answer, Request};
use crate::problems::FailingStore;
use crate::running::{ADA, Running};
use portcullis_api::ApiSettings;
use portcullis_application::ports::StoreError;
use portcullis_testkit::TemporaryStore;
use portcullis_testkit::build::PASSWORD;
use portcullis_web::TrustedPages;
use serde_json::json;
use std::sync::Arc;

const ALLOWED: &str = "https://allowed.com";

const OTHERS: [&str; 12] = [
    "null",
    "https://evil-allowed.com",
    "https://allowed.com.evil.com",
    "https://evil.com",
    "http://allowed.com",
    "https://allowed.com:8443",
    "https://allowed.com:443",
    "https://ALLOWED.com",
    "https://allowed.com/",
    "https://allowed.com, https://allowed.com",
    "allowed.com",
    "",
];

fn settings() -> ApiSettings {
    ApiSettings {
        pages: TrustedPages {
            own: vec!["https://auth.example.org".to_owned()],
            allowed: format!("{ALLOWED},http://localhost:5173").parse().unwrap(),
        },
        ..ApiSettings::default()
    }
}

fn running() -> Running {
    Running::with(Arc::new(TemporaryStore::new()), settings())
}

fn preflight(target: &str, origin: &str) -> Request {
    Request::new("OPTIONS", target)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type")
}

#[track_caller]
fn assert_shown(answer: &Answer, origin: &str, place: &str) {
    assert_eq!(answer.header("access-control-allow-origin"), Some(origin), "{place}");
    assert_eq!(
        answer.header("access-control-allow-credentials"),
        Some("true"),
        "{place}"
    );
    assert_eq!(
        answer.header("access-control-expose-headers"),
        Some("retry-after, ratelimit, ratelimit-policy, www-authenticate, x-request-id"),
        "{place}"
    );
    assert_eq!(answer.header("vary"), Some("origin"), "{place}");
}

#[track_caller]
fn assert_hidden(answer: &Answer, place: &str) {
    for name in [
        "allow-origin",
        "allow-credentials",
        "allow-methods",
        "allow-headers",
        "expose-headers",
        "max-age",
    ] {
        assert_eq!(
            answer.header(&format!("access-control-{name}")),
            None,
            "{name}: {place}"
        );
    }
}

#[tokio::test]
async fn a_browser_that_asks_before_an_allowed_scripts_call_is_told_yes() {
    let running = running();
    for target in [
        "/auth/login",
        "/auth/nowhere",
        "/users/me",
        "/users/me/sessions?limit=1",
        "/admin/users/x",
    ] {
        for origin in [ALLOWED, "http://localhost:5173"] {
            let answer = running.send(preflight(target, origin)).await;
            assert_eq!((answer.status, answer.text()), (204, ""), "{target}");
            assert_shown(&answer, origin, target);
            for (name, value) in [
                ("allow-methods", "GET, HEAD, POST, PUT, PATCH, DELETE"),
                ("allow-headers", "authorization, content-type, x-request-id"),
                ("max-age", "7200"),
            ] {
                assert_eq!(
                    answer.header(&format!("access-control-{name}")),
                    Some(value),
                    "{target}"
                );
            }
            assert!(answer.header("x-request-id").is_some());
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        }
    }
}

#[tokio::test]
async fn other_origins_are_told_nothing() {
    let running = running();
    for origin in OTHERS {
        let asked = running.send(preflight("/auth/login", origin)).await;
        asked.assert_problem(405, "method_not_allowed");
        let called = running.send(Request::get("/users/me").header("origin", origin)).await;
        called.assert_problem(401, "missing_access_token");
        for answer in [asked, called] {
            assert_hidden(&answer, origin);
            assert_eq!(answer.header("vary"), Some("origin"), "{origin}");
        }
    }
    let none = running.send(Request::get("/users/me")).await;
    assert_hidden(&none, "no origin");
    assert_eq!(none.header("vary"), Some("origin"));
    let twice = preflight("/auth/login", ALLOWED).header("origin", ALLOWED);
    assert_hidden(&running.send(twice).await, "two origins");
}

#[tokio::test]
async fn pages_and_what_is_for_no_web_app_are_closed_to_all() {
    let running = running();
    for target in [
        "/",
        "/docs",
        "/docs/initializer.js",
        "/openapi.json",
        "/problems/busy",
        "/health/live",
        "/.well-known/jwks.json",
        "/revocations",
        "/oauth2/introspect",
        "/console",
        "/auth",
        "/authx/login",
        "/users",
        "/%61uth/login",
        "/nowhere/auth/login",
    ] {
        let asked = running.send(preflight(target, ALLOWED)).await;
        assert!([404, 405].contains(&asked.status), "{target}");
        let called = running.send(Request::get(target).header("origin", ALLOWED)).await;
        for answer in [asked, called] {
            assert_hidden(&answer, target);
            let varies = answer.header("vary").is_some_and(|names| names.contains("origin"));
            assert!(!varies, "{target}");
        }
    }
}

#[tokio::test]
async fn an_allowed_script_reads_every_answer_refusals_among_them() {
    let running = running();
    let token = running.access_token().await;
    let allowed = |request: Request| running.send(request.header("origin", ALLOWED));
    let log_in = |password: &str| {
        let body = json!({"email": ADA, "password": password}).to_string();
        Request::post("/auth/login").json(body)
    };
    for (request, status) in [
        (Request::get("/users/me").bearer(&token), 200),
        (Request::new("HEAD", "/users/me").bearer(&token), 200),
        (log_in(PASSWORD), 200),
        (log_in("wrong"), 401),
        (Request::get("/users/me"), 401),
        (Request::get("/admin/users").bearer(&token), 403),
        (
            Request::post("/auth/login?cookie=true").json(json!({"email": ADA, "password": PASSWORD}).to_string()),
            200,
        ),
        (Request::get("/users/nowhere"), 404),
        (Request::get("/users/%6de"), 404),
        (Request::get("/auth/login"), 405),
        (Request::new("OPTIONS", "/auth/login"), 405),
        (Request::post("/auth/login").json("{"), 400),
        (Request::post("/auth/login").json("x".repeat(70_000)), 413),
        (Request::post("/auth/login").body("text/plain", "{}"), 415),
        (Request::post("/auth/login").json("{}"), 422),
    ] {
        let answer = allowed(request).await;
        assert_eq!(answer.status, status, "{}", String::from_utf8_lossy(&answer.body));
        assert_shown(&answer, ALLOWED, &status.to_string());
    }
    for (fail, status) in [
        ((|| StoreError::Busy) as fn() -> StoreError, 503),
        (|| StoreError::Unexpected(anyhow::anyhow!("broken")), 500),
    ] {
        let failing = Running::with(Arc::new(FailingStore(fail)), settings());
        let answer = failing.send(log_in(PASSWORD).header("origin", ALLOWED)).await;
        assert_eq!(answer.status, status);
        assert_shown(&answer, ALLOWED, &status.to_string());
    }
}

#[tokio::test]
async fn a_host_that_is_none_is_refused_before_a_script_is_told_anything() {
    let running = running();
    let request = format!(
        "OPTIONS /auth/login HTTP/1.1\r\nhost: a b\r\norigin: {ALLOWED}\r\naccess-control-request-method: POST\r\n\
         connection: close\r\n\r\n"
    );
    let answer = crate::client::sent(running.address, request.as_bytes()).await;
    answer.assert_problem(400, "malformed_host");
}

#[tokio::test]
async fn where_nothing_is_allowed_no_answer_speaks_of_origins() {
    let running = Running::start();
    for request in [
        preflight("/auth/login", ALLOWED),
        Request::get("/users/me").header("origin", ALLOWED),
    ] {
        let answer = running.send(request).await;
        assert_hidden(&answer, "");
        assert_eq!(answer.header("vary"), None);
    }
}
