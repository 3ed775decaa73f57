//! Who calls is decided by one well-formed header, and before what was sent.

use crate::client::Request;
use crate::running::Running;

const INVALID: &str = r#"Bearer realm="portcullis", error="invalid_token""#;
const MISSING: &str = r#"Bearer realm="portcullis""#;

#[tokio::test]
async fn odd_authorization_headers_are_401() {
    let running = Running::start();
    let token = running.access_token().await;
    let two = format!("Bearer {token}, Bearer {token}");
    for (value, code, challenge) in [
        (&b"Bearer"[..], "invalid_access_token", INVALID),
        (b"Bearer ", "invalid_access_token", INVALID),
        (b"Bearer \xff\xfe", "invalid_access_token", INVALID),
        (b"Bearer made.up.token", "invalid_access_token", INVALID),
        (two.as_bytes(), "invalid_access_token", INVALID),
        (b"", "missing_access_token", MISSING),
        (b"Basic YWRhOnBhc3N3b3Jk", "missing_access_token", MISSING),
        (token.as_bytes(), "missing_access_token", MISSING),
    ] {
        let answer = running
            .send(Request::get("/users/me").header("authorization", value))
            .await;
        answer.assert_problem(401, code);
        assert_eq!(answer.header("www-authenticate"), Some(challenge), "{value:?}");
    }
}

#[tokio::test]
async fn the_scheme_is_read_in_any_letter_case() {
    let running = Running::start();
    let token = running.access_token().await;
    for scheme in ["bearer", "BEARER", "Bearer "] {
        let request = Request::get("/users/me").header("authorization", format!("{scheme} {token}"));
        assert_eq!(running.send(request).await.status, 200, "{scheme}");
    }
}

#[tokio::test]
async fn two_authorization_headers_are_401_even_if_one_is_good() {
    let running = Running::start();
    let token = running.access_token().await;
    let request = Request::get("/users/me")
        .bearer(&token)
        .header("authorization", "Basic eDp5");
    running.send(request).await.assert_problem(401, "invalid_access_token");
}

#[tokio::test]
async fn tokens_elsewhere_are_ignored() {
    let running = Running::start();
    let token = running.access_token().await;
    let in_query = Request::get(&format!("/users/me?access_token={token}"));
    running.send(in_query).await.assert_problem(401, "missing_access_token");
    let in_cookie = Request::get("/users/me").header("cookie", format!("access_token={token}"));
    running
        .send(in_cookie)
        .await
        .assert_problem(401, "missing_access_token");
    let in_body = Request::put("/users/me").form(&format!("access_token={token}"));
    running.send(in_body).await.assert_problem(401, "missing_access_token");
}

#[tokio::test]
async fn who_may_call_is_decided_before_what_was_sent() {
    let running = Running::start();
    let token = running.access_token().await;
    let unreadable = [
        Request::put("/users/me").json("{"),
        Request::put("/users/me").body("text/plain", "x"),
        Request::put("/users/me").json("[]"),
        Request::put("/users/me/password").json("{}"),
        Request::put("/users/me").json(vec![b' '; 100_000]),
    ];
    for request in &unreadable {
        running
            .send(request.clone())
            .await
            .assert_problem(401, "missing_access_token");
    }
    running.disable_ada().await;
    for request in unreadable {
        running
            .send(request.bearer(&token))
            .await
            .assert_problem(403, "account_disabled");
    }
}

#[tokio::test]
async fn an_unknown_caller_is_told_before_the_body_has_arrived() {
    let running = Running::start();
    let request = Request::put("/users/me").header("content-length", "1000");
    running.send(request).await.assert_problem(401, "missing_access_token");
}
