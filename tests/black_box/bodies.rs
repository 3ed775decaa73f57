//! Bodies that no honest client sends: every answer is a clear 4xx, nothing is written, the process lives.

use crate::app::TestApp;
use crate::client::{Answer, Client, PASSWORD, send};
use crate::on_sqlite;
use reqwest::Method;
use serde_json::json;

on_sqlite!(
    a_body_that_is_no_json_is_unreadable,
    unknown_members_and_parameters_are_ignored,
);

const JSON: &str = "application/json";

async fn post(client: &Client, path: &str, content_type: &str, body: impl Into<reqwest::Body>) -> Answer {
    send(
        client
            .request(Method::POST, path)
            .header("content-type", content_type)
            .body(body),
    )
    .await
}

async fn a_body_that_is_no_json_is_unreadable(app: TestApp) {
    let client = app.anonymous();
    let nested = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let nested_member = format!("{{\"email\":{nested}}}");
    for body in [
        &b""[..],
        b"{",
        b"{\"email\":\"ada@example.org\"",
        b"{\"email\":\"ada@example.org\"} x",
        b"email=ada",
        b"{'email':'ada'}",
        b"\xff\xfe{}",
        b"{\"email\":\"\xff\"}",
        b"{\"email\":\"\\ud800\"}",
        b"{\"email\":\"\\udc00\\ud800\"}",
        b"{\"email\":\"a\nb\"}",
        b"\0",
        nested.as_bytes(),
        nested_member.as_bytes(),
    ] {
        for path in ["/auth/register", "/auth/login", "/auth/refresh", "/auth/logout"] {
            let answer = post(&client, path, JSON, body.to_vec()).await;
            answer.assert_problem(400, "malformed_body");
        }
    }
    assert_eq!(client.get("/health/live").await.status, 200);
}

async fn unknown_members_and_parameters_are_ignored(app: TestApp) {
    let client = app.anonymous();
    let body = json!({"email": "ada@example.org", "password": PASSWORD, "full_name": "Ada Lovelace", "x": {"y": [1]}});
    assert_eq!(client.post("/auth/register", &body).await.status, 201);
    let form = [
        ("username", "ada@example.org"),
        ("password", PASSWORD),
        ("client_id", "x"),
        ("y", "z"),
    ];
    assert_eq!(
        send(client.request(Method::POST, "/auth/login").form(&form))
            .await
            .status,
        200
    );
    let form = [
        ("username", "ada@example.org"),
        ("password", PASSWORD),
        ("grant_type", "client_credentials"),
    ];
    assert_eq!(
        send(client.request(Method::POST, "/auth/login").form(&form))
            .await
            .status,
        400
    );
}
