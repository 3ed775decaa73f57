//! Paths, methods and requests that no honest client sends.

use crate::app::TestApp;
use crate::client::{PASSWORD, send};
use crate::on_both_databases;
use reqwest::Method;
use std::time::{Duration, Instant};

on_both_databases!(
    who_may_call_is_decided_before_what_was_sent,
    an_unknown_path_is_not_found_and_a_wrong_method_names_the_right_ones,
    path_tricks_reach_nothing,
    injection_in_an_identifier_finds_nobody,
    smuggled_requests_are_refused,
);

async fn who_may_call_is_decided_before_what_was_sent(app: TestApp) {
    let client = app.anonymous();
    for (path, method) in [("/users/me", Method::PUT), ("/users/me/password", Method::PUT)] {
        for client in [client.clone(), client.with_token("not.a.token")] {
            let broken = client
                .request(method.clone(), path)
                .header("content-type", "text/plain")
                .body("{");
            assert_eq!(send(broken).await.status, 401, "{path}");
            let large = client
                .request(method.clone(), path)
                .header("content-type", "application/json")
                .body(vec![b' '; 1 << 17]);
            assert_eq!(send(large).await.status, 401, "{path}");
        }
    }
    let tokens = client.signed_in("ada@example.org").await;
    client.log_out(&tokens.refresh).await;
    let signed_out = client
        .with_token(&tokens.access)
        .request(Method::PUT, "/users/me")
        .body("{");
    assert_eq!(send(signed_out).await.status, 401);
}

async fn an_unknown_path_is_not_found_and_a_wrong_method_names_the_right_ones(app: TestApp) {
    let client = app.anonymous();
    client.get("/nowhere").await.assert_problem(404, "not_found");
    for (method, path, allowed) in [
        (Method::GET, "/auth/refresh", &["POST"][..]),
        (Method::HEAD, "/auth/refresh", &["POST"]),
        (Method::DELETE, "/auth/login", &["POST"]),
        (Method::POST, "/users/me", &["DELETE", "GET", "HEAD", "PUT"]),
        (Method::PATCH, "/users/me/password", &["PUT"]),
        (Method::TRACE, "/users/me", &["DELETE", "GET", "HEAD", "PUT"]),
        (Method::POST, "/openapi.json", &["GET", "HEAD"]),
        (Method::from_bytes(b"BREW").unwrap(), "/", &["GET", "HEAD"]),
    ] {
        let answer = send(client.request(method.clone(), path)).await;
        assert_eq!(answer.status, 405, "{method} {path}: {answer:?}");
        if method != Method::HEAD {
            answer.assert_problem(405, "method_not_allowed");
        }
        let mut allow: Vec<&str> = answer.header("allow").split(", ").collect();
        allow.sort_unstable();
        assert_eq!(allow, allowed, "{method} {path}");
    }
    for path in ["/", "/docs", "/openapi.json", "/health/live", "/health/ready"] {
        let head = send(client.request(Method::HEAD, path)).await;
        assert_eq!((head.status, head.text.as_str()), (200, ""), "{path}");
    }
}

async fn path_tricks_reach_nothing(app: TestApp) {
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    let ada = app.anonymous().with_token(&tokens.access);
    for path in [
        "//users/me",
        "/users/me/",
        "/Users/me",
        "/%75sers/me",
        "/users/..;/users/me",
        "/users//me",
        "/users%2fme",
    ] {
        let answer = ada
            .raw(
                format!(
                    "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nconnection: close\r\n\r\n",
                    tokens.access
                )
                .as_bytes(),
            )
            .await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
    }
    for header in ["x-http-method-override", "x-original-url", "x-rewrite-url"] {
        let request = app
            .anonymous()
            .request(Method::GET, "/")
            .header(header, "/users/me")
            .header(header, "PUT");
        assert_eq!(send(request).await.status, 200);
    }
}

async fn injection_in_an_identifier_finds_nobody(app: TestApp) {
    app.anonymous().register("ada@example.org").await;
    let started = Instant::now();
    for identifier in [
        "' OR 1=1--",
        "ada@example.org'--",
        "a@b'||pg_sleep(30)--",
        "ada@example.org\"; DROP TABLE users;--",
        "%",
        "_",
    ] {
        let status = app.anonymous().log_in(identifier, PASSWORD).await.status;
        assert!(status == 401 || status == 422, "{identifier}: {status}");
    }
    assert!(started.elapsed() < Duration::from_secs(20), "something slept");
    assert_eq!(app.anonymous().log_in("ada@example.org", PASSWORD).await.status, 200);
}

async fn smuggled_requests_are_refused(app: TestApp) {
    for head in [
        "POST /auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nabcd",
        "POST /auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: x\r\n folded: y\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: x\r\nna me: y\r\n\r\n",
        "GET /\0 HTTP/1.1\r\nhost: x\r\n\r\n",
        "\x16\x03\x01\x02\r\n\r\n",
    ] {
        let answer = app.anonymous().raw(head.as_bytes()).await;
        assert!(
            answer.starts_with("HTTP/1.1 4") && !answer.contains("HTTP/1.1 2"),
            "{head:?}: {answer}"
        );
    }
    assert_eq!(app.anonymous().get("/health/live").await.status, 200);
}
