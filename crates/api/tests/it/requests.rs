//! What holds for every request: its id, its method and path, and the headers of its answer.

use crate::client::Request;
use crate::running::Running;
use std::collections::BTreeSet;

#[tokio::test]
async fn a_well_formed_request_id_is_kept() {
    let running = Running::start();
    for id in ["a", "A-z_0.9", &"x".repeat(128)] {
        let answer = running.send(Request::get("/").header("x-request-id", id)).await;
        assert_eq!(answer.header("x-request-id"), Some(id));
    }
}

#[tokio::test]
async fn no_two_requests_get_the_same_id() {
    let running = Running::start();
    let mut ids = BTreeSet::new();
    for _ in 0..200 {
        let answer = running.send(Request::get("/")).await;
        ids.insert(answer.header("x-request-id").unwrap().to_owned());
    }
    assert_eq!(ids.len(), 200);
}

#[tokio::test]
async fn any_other_request_id_is_replaced_by_a_new_one() {
    let running = Running::start();
    let mut ids = BTreeSet::new();
    let cases: [&[u8]; 6] = [b"", b"two words", b"a\"b", b"\xff", b"a\tb", &[b'x'; 129]];
    for id in cases {
        let answer = running.send(Request::get("/nowhere").header("x-request-id", id)).await;
        answer.assert_problem(404, "not_found");
        ids.insert(answer.header("x-request-id").unwrap().to_owned());
    }
    ids.insert(
        running
            .send(Request::get("/"))
            .await
            .header("x-request-id")
            .unwrap()
            .to_owned(),
    );
    assert_eq!(ids.len(), 7);
    // 2030-03-17 17:46:40.123 in a UUIDv7.
    assert!(
        ids.iter().all(|id| id.len() == 36 && id.starts_with("01ba60d3-387b-7")),
        "{ids:?}"
    );
}

#[tokio::test]
async fn every_answer_says_what_browsers_may_do_with_it() {
    let running = Running::start();
    for target in [
        "/",
        "/nowhere",
        "/users/me",
        "/openapi.json",
        "/docs",
        "/docs/swagger-ui.css",
    ] {
        let answer = running.send(Request::get(target)).await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{target}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"));
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));
        assert!(answer.header("x-request-id").is_some());
        assert_eq!(answer.header("server"), None);
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; ") && policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        assert_eq!(policy.contains("script-src"), target == "/docs");
    }
}

#[tokio::test]
async fn a_known_path_names_its_methods() {
    let running = Running::start();
    for (method, target, allow) in [
        ("GET", "/auth/refresh", "POST"),
        ("HEAD", "/auth/refresh", "POST"),
        ("DELETE", "/auth/login", "POST"),
        ("POST", "/users/me", "GET, HEAD, PUT, DELETE"),
        ("TRACE", "/users/me", "GET, HEAD, PUT, DELETE"),
        ("OPTIONS", "/", "GET, HEAD"),
        ("BREW", "/docs/swagger-ui.css", "GET, HEAD"),
    ] {
        let answer = running.send(Request::new(method, target)).await;
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, Some(allow)),
            "{method} {target}"
        );
        if method != "HEAD" {
            answer.assert_problem(405, "method_not_allowed");
        }
    }
}

#[tokio::test]
async fn a_path_has_one_spelling() {
    let running = Running::start();
    for target in [
        "//auth/login",
        "/auth//login",
        "/auth/login/",
        "/auth/login;x",
        "/%61uth/login",
        "/auth%2flogin",
        "/AUTH/LOGIN",
        "/auth/./login",
        "/x/../auth/login",
    ] {
        let answer = running.send(Request::post(target).json("{}")).await;
        answer.assert_problem(404, "not_found");
    }
}

#[tokio::test]
async fn head_answers_as_get_without_the_body() {
    let running = Running::start();
    let token = running.access_token().await;
    for target in [
        "/",
        "/docs",
        "/openapi.json",
        "/health/live",
        "/health/ready",
        "/users/me",
    ] {
        let get = running.send(Request::get(target).bearer(&token)).await;
        let head = running.send(Request::new("HEAD", target).bearer(&token)).await;
        assert_eq!((get.status, head.status), (200, 200), "{target}");
        assert_eq!(head.header("content-length"), get.header("content-length"));
        assert!(head.body.is_empty() && !get.body.is_empty());
    }
}
