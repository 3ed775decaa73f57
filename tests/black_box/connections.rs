//! What is no request: refused in its turn, and never more than refused.

use crate::app::TestApp;
use crate::on_both_databases;

on_both_databases!(
    what_is_no_request_is_refused_in_its_turn_and_the_connection_closed,
    what_is_no_request_is_no_line_of_the_log,
    a_body_ends_where_it_says_although_the_client_offers_another_protocol,
);

const GET: &str = "GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n";

/// The statuses in what a connection gave.
fn statuses(received: &str) -> Vec<&str> {
    received.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect()
}

async fn what_is_no_request_is_refused_in_its_turn_and_the_connection_closed(app: TestApp) {
    let client = app.anonymous();
    for (bytes, status) in [
        ("GET / HTTP/1.1\r\nhost: x\r\na: b\r\n c\r\n\r\n", "400"),
        (
            "POST /auth/logout HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "400",
        ),
        (
            "POST /auth/logout HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\n{}",
            "400",
        ),
        ("\u{16}\u{3}\u{1}", "400"),
        (&"x".repeat(1 << 17), "431"),
    ] {
        let received = client.raw(format!("{GET}{GET}{bytes}").as_bytes()).await;
        assert_eq!(statuses(&received), ["200", "200", status], "{bytes:.200?}: {received}");
    }
    let received = client.raw(b"GET / HTTP/1.1\r\n").await;
    assert_eq!(statuses(&received), ["408"], "{received}");
    assert_eq!(client.get("/health/live").await.status, 200);
}

async fn what_is_no_request_is_no_line_of_the_log(app: TestApp) {
    let received = app.anonymous().raw(b"GET /hidden HTTP/1.1\r\n\r\n").await;
    assert_eq!(statuses(&received), ["400"], "{received}");
    app.anonymous().get("/nowhere").await.assert_problem(404, "not_found");
    app.wait_for_log(|line| line["message"] == "answered" && line["status"] == 404);
    assert!(!app.logs().contains("hidden"));
}

async fn a_body_ends_where_it_says_although_the_client_offers_another_protocol(app: TestApp) {
    let request = "POST /auth/logout HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
        content-type: application/json\r\ncontent-length: 21\r\n\r\n{\"refresh_token\": \"\"}";
    let received = app.anonymous().raw(request.as_bytes()).await;
    assert_eq!(statuses(&received), ["204"], "{received}");
}
