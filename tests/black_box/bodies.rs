//! Bodies that no honest client sends: every answer is a clear 4xx, nothing is written, the process lives.

use crate::app::TestApp;
use crate::client::{Answer, Client, PASSWORD, Tokens, send};
use crate::on_sqlite;
use reqwest::Method;
use serde_json::json;

on_sqlite!(
    a_body_that_is_no_json_is_unreadable,
    unknown_names_are_refused_in_json_and_ignored_in_forms,
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
        &b"{"[..],
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
    // A refresh token may come in a cookie, and then there is no body.
    for path in ["/auth/register", "/auth/login"] {
        let answer = post(&client, path, JSON, Vec::new()).await;
        answer.assert_problem(400, "malformed_body");
    }
    assert_eq!(client.get("/health/live").await.status, 200);
}

async fn unknown_names_are_refused_in_json_and_ignored_in_forms(app: TestApp) {
    let client = app.anonymous();
    let mut body =
        json!({"email": "ada@example.org", "password": PASSWORD, "fullName": "Ada Lovelace", "x": {"y": [1]}});
    let refused = client.post("/auth/register?lang=en", &body).await;
    refused.assert_problem(422, "validation_failed");
    assert_eq!(refused.pointers(), ["#/lang", "#/full_name", "#/fullName", "#/x"]);
    assert!(refused.text.contains("did you mean full_name?"), "{refused:?}");
    body["full_name"] = body["fullName"].take();
    body.as_object_mut()
        .unwrap()
        .retain(|name, _| name != "x" && name != "fullName");
    assert_eq!(client.post("/auth/register", &body).await.status, 201);
    let form = [
        ("username", "ada@example.org"),
        ("password", PASSWORD),
        ("client_id", "x"),
        ("y", "z"),
    ];
    let log_in = client.request(Method::POST, "/auth/login?x=1").form(&form);
    let access = Tokens::of(&send(log_in).await).access;
    let me = client.with_token(&access).get("/users/me?x=1").await;
    me.assert_problem(422, "validation_failed");
    for path in ["/?x=1", "/health/ready?x=1", "/docs?x=1", "/.well-known/jwks.json?x=1"] {
        assert_eq!(client.get(path).await.status, 200, "{path}");
    }
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
