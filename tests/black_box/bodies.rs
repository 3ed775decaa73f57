//! Bodies that no honest client sends: every answer is a clear 4xx, nothing is written, the process lives.

use crate::app::TestApp;
use crate::client::{Answer, Client, PASSWORD, send};
use crate::on_both_databases;
use reqwest::Method;
use serde_json::{Value, json};

on_both_databases!(
    a_body_that_is_no_json_is_unreadable,
    json_of_the_wrong_shape_is_invalid_and_every_member_is_named,
    repeated_members_and_parameters_are_refused,
    unknown_members_and_parameters_are_ignored,
    the_content_type_must_be_right,
    a_large_body_is_refused_before_it_is_read,
);

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

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

async fn json_of_the_wrong_shape_is_invalid_and_every_member_is_named(app: TestApp) {
    let client = app.anonymous();
    for body in [
        json!([]),
        json!("text"),
        json!(1),
        Value::Null,
        json!(["ada@example.org", PASSWORD, "Ada Lovelace"]),
    ] {
        client
            .post("/auth/register", &body)
            .await
            .assert_problem(422, "validation_failed");
    }
    for wrong in [
        Value::Null,
        json!(1),
        json!(1.5),
        json!(true),
        json!([]),
        json!({}),
        json!(["ada@example.org"]),
    ] {
        let answer = client
            .post(
                "/auth/register",
                &json!({"email": wrong, "password": wrong, "full_name": wrong}),
            )
            .await;
        answer.assert_problem(422, "validation_failed");
        let mut pointers = answer.pointers();
        pointers.sort();
        assert_eq!(pointers, ["#/email", "#/full_name", "#/password"], "{wrong}");
    }
    let answer = client.post("/auth/register", &json!({})).await;
    assert_eq!(answer.pointers().len(), 3, "{answer:?}");
    let answer = client
        .post(
            "/auth/register",
            &json!({"email": "a\0@x.test", "password": "a\0", "full_name": "\0"}),
        )
        .await;
    answer.assert_problem(422, "validation_failed");
    assert_eq!(answer.pointers().len(), 3, "{answer:?}");
    client
        .post("/auth/refresh", &json!({"refresh_token": 1}))
        .await
        .assert_problem(422, "validation_failed");
    client
        .post("/auth/refresh", &json!({"refresh_token": "\0"}))
        .await
        .assert_problem(401, "invalid_refresh_token");
}

async fn repeated_members_and_parameters_are_refused(app: TestApp) {
    let client = app.anonymous();
    for body in [
        r#"{"email":"ada@example.org","email":"eve@example.org","password":"correct horse battery","full_name":"Ada"}"#,
        r#"{"email":"ada@example.org","password":"correct horse battery","full_name":"Ada","x":1,"x":2}"#,
    ] {
        post(&client, "/auth/register", JSON, body)
            .await
            .assert_problem(422, "validation_failed");
    }
    for body in [
        "username=ada@example.org&password=a&password=b",
        "username=ada@example.org&username=eve@example.org&password=a",
        "username=ada@example.org&password=a&scope=a&scope=b",
        "username=ada@example.org&password=a&x=1&x=1",
    ] {
        post(&client, "/auth/login", FORM, body)
            .await
            .assert_problem(400, "repeated_parameter");
    }
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

async fn the_content_type_must_be_right(app: TestApp) {
    let client = app.anonymous();
    let body = json!({"email": "ada@example.org", "password": PASSWORD, "full_name": "Ada Lovelace"}).to_string();
    for wrong in [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "json",
        "\t",
    ] {
        let answer = post(&client, "/auth/register", wrong, body.clone()).await;
        answer.assert_problem(415, "unsupported_media_type");
    }
    send(client.request(Method::POST, "/auth/register").body(body.clone()))
        .await
        .assert_problem(415, "unsupported_media_type");
    for (index, right) in [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON",
    ]
    .iter()
    .enumerate()
    {
        let email = json!({"email": format!("{index}@example.org"), "password": PASSWORD, "full_name": "Ada"});
        assert_eq!(
            post(&client, "/auth/register", right, email.to_string()).await.status,
            201,
            "{right}"
        );
    }
}

async fn a_large_body_is_refused_before_it_is_read(app: TestApp) {
    let client = app.anonymous();
    let password = "a".repeat(1 << 20);
    let answer = client
        .post(
            "/auth/login",
            &json!({"email": "ada@example.org", "password": password}),
        )
        .await;
    answer.assert_problem(413, "body_too_large");
    // A client that only announces 100 MB gets its answer without sending them.
    let head =
        "POST /auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100000000\r\n\r\n";
    assert!(client.raw(head.as_bytes()).await.starts_with("HTTP/1.1 413"));
    // One that does not announce is cut off at the limit.
    let mut chunked =
        b"POST /auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
            .to_vec();
    for _ in 0..20 {
        chunked.extend_from_slice(b"2000\r\n");
        chunked.extend_from_slice(&[b' '; 0x2000]);
        chunked.extend_from_slice(b"\r\n");
    }
    assert!(client.raw(&chunked).await.starts_with("HTTP/1.1 413"));
}
