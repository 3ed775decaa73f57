//! What every answer carries, and every request.

use crate::app::TestApp;
use crate::on_sqlite;

on_sqlite!(
    every_answer_carries_the_security_headers,
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
