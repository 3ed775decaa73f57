//! What every answer carries, and every request.

use crate::app::TestApp;
use crate::on_sqlite;

on_sqlite!(
    every_answer_carries_the_security_headers,
    where_clients_speak_tls_browsers_are_told_to_go_on,
    a_host_that_is_none_is_refused,
);

async fn every_answer_carries_the_security_headers(app: TestApp) {
    for path in ["/", "/users/me", "/nowhere", "/docs", "/openapi.json"] {
        let answer = app.anonymous().get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert!(
            answer
                .header("content-security-policy")
                .contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert!(
            !answer
                .header("content-security-policy")
                .contains("script-src 'unsafe-inline'"),
            "{path}"
        );
        assert_eq!(answer.header("server"), "", "{path}");
    }
}

/// Also those that are refused before a controller sees them, and those of the server's own failures to understand.
async fn where_clients_speak_tls_browsers_are_told_to_go_on(mut app: TestApp) {
    let requests = [
        "GET /health/live",
        "GET /docs",
        "GET /nowhere",
        "GET /%61uth/login",
        "GET /users/me",
        "OPTIONS /auth/login",
        "POST /auth/login",
        "BREW /",
    ];
    for (public_url, is_told) in [
        ("", false),
        ("http://auth.example.org", false),
        ("https://auth.example.org", true),
        ("https://example.org/sso", true),
    ] {
        app.restart(&[("PUBLIC_URL", public_url)]);
        for request in requests {
            let head = format!("{request} HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\n\r\n");
            let answer = app.anonymous().raw(head.as_bytes()).await.to_lowercase();
            let told = answer.contains("\r\nstrict-transport-security: max-age=31536000\r\n");
            assert_eq!(told, is_told, "{public_url}, {request}: {answer}");
            for line in [
                "x-content-type-options: nosniff",
                "referrer-policy: no-referrer",
                "cross-origin-opener-policy: same-origin",
                "permissions-policy: accelerometer=()",
                "content-security-policy: default-src 'none'; ",
            ] {
                assert!(answer.contains(&format!("\r\n{line}")), "{line}, {request}: {answer}");
            }
        }
    }
}

async fn a_host_that_is_none_is_refused(app: TestApp) {
    for (host, status) in [
        ("a b", 400),
        ("", 200),
        ("web.1", 200),
        ("user@host", 400),
        ("anything.example:1", 200),
    ] {
        let request = format!("GET /health/live HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        let received = app.anonymous().raw(request.as_bytes()).await;
        assert!(received.starts_with(&format!("HTTP/1.1 {status} ")), "{received}");
        assert_eq!(received.contains("malformed_host"), status == 400, "{received}");
    }
}
