//! What is no request: refused by a problem, in its turn, and logged.

use crate::app::TestApp;
use crate::on_both_databases;
use serde_json::{Value, json};

on_both_databases!(
    what_is_no_request_is_refused_in_its_turn_and_the_connection_closed,
    a_refusal_is_a_line_of_the_log,
);

const GET: &str = "GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n";

/// The statuses in what a connection gave, and its last body.
fn statuses_and_last_body(received: &str) -> (Vec<&str>, Value) {
    let statuses = received.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    let body = received.rsplit("\r\n\r\n").next().unwrap_or_default();
    (statuses, serde_json::from_str(body).unwrap_or_default())
}

async fn what_is_no_request_is_refused_in_its_turn_and_the_connection_closed(app: TestApp) {
    let client = app.anonymous();
    for (bytes, status, code) in [
        ("GET / HTTP/1.1\nhost: x\n\n", "400", "malformed_request"),
        ("GET / HTTP/1.1\r\nhost: x\na: b\r\n\r\n", "400", "malformed_request"),
        (
            "GET / HTTP/1.1\r\nhost: x\r\na: b\r\n c\r\n\r\n",
            "400",
            "malformed_request",
        ),
        (
            "POST /auth/logout HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "400",
            "malformed_request",
        ),
        (
            "POST /auth/logout HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\n{}",
            "400",
            "malformed_request",
        ),
        ("\u{16}\u{3}\u{1}", "400", "malformed_request"),
        (
            &format!("GET / HTTP/1.1\r\nhost: x\r\na: {}\r\n\r\n", "x".repeat(1 << 17)),
            "431",
            "head_too_large",
        ),
        ("GET / HTTP/1.1\r\n", "408", "request_timeout"),
    ] {
        let received = client.raw(format!("{GET}{GET}{bytes}").as_bytes()).await;
        let (statuses, problem) = statuses_and_last_body(&received);
        assert_eq!(statuses, ["200", "200", status], "{bytes:?}: {received}");
        assert_eq!(problem["code"], code, "{received}");
        let id = problem["request_id"].as_str().unwrap();
        assert!(received.contains(&format!("\r\nx-request-id: {id}\r\n")), "{received}");
        assert!(
            received.contains("\r\ncontent-type: application/problem+json\r\n"),
            "{received}"
        );
        assert!(received.contains("\r\nconnection: close\r\n"), "{received}");
    }
    assert_eq!(client.get("/health/live").await.status, 200);
}

async fn a_refusal_is_a_line_of_the_log(app: TestApp) {
    let received = app.anonymous().raw(b"GET /hidden HTTP/1.1\nhost: x\n\n").await;
    let (_, problem) = statuses_and_last_body(&received);
    let id = problem["request_id"].as_str().unwrap().to_owned();
    let line = app.wait_for_log(|line| line["message"] == "answered" && line.to_string().contains(&id));
    assert_eq!(
        (&line["method"], &line["route"], &line["status"]),
        (&json!("unknown"), &json!("unmatched"), &json!(400)),
        "{line}"
    );
    assert!(!app.logs().contains("hidden"));
}
