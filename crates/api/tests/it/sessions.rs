//! One's sessions: seen, and ended one by one or together.

use crate::client::{Answer, Request};
use crate::running::{ADA, Running};
use portcullis_testkit::build::PASSWORD;
use serde_json::{Value, json};

const SESSIONS: &str = "/users/me/sessions";

/// The access token of one more sign-in of ADA, from that device, a second after the one before.
async fn sign_in_from(running: &Running, device: &str) -> String {
    running.app.clock.advance(chrono::TimeDelta::seconds(1));
    let body = json!({"email": ADA, "password": PASSWORD}).to_string();
    let request = Request::post("/auth/login").header("user-agent", device).json(body);
    let tokens = running.send(request).await.json();
    tokens["access_token"].as_str().unwrap().to_owned()
}

async fn list(running: &Running, token: &str, query: &str) -> Answer {
    let request = Request::get(&format!("{SESSIONS}{query}")).bearer(token);
    running.send(request).await
}

/// The devices of a page, in its order.
fn devices(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["user_agent"].as_str().unwrap()).collect()
}

async fn is_signed_in(running: &Running, token: &str) -> bool {
    running.send(Request::get("/users/me").bearer(token)).await.status == 200
}

#[tokio::test]
async fn sessions_are_listed_with_their_device_newest_first() {
    let running = Running::start();
    running.app.register(ADA).await;
    let phone = sign_in_from(&running, "phone").await;
    sign_in_from(&running, "page").await;
    let answer = list(&running, &phone, "").await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    let page = answer.json();
    assert_eq!(devices(&page), ["page", "phone"]);
    assert_eq!(page["next_cursor"], Value::Null);
    let mut session = page["items"][1].clone();
    assert!(session["id"].take().as_str().is_some_and(|id| id.len() == 36));
    assert_eq!(
        session,
        json!({"id": null, "created_at": "2030-03-17T17:46:41.123456Z", "last_used_at": "2030-03-17T17:46:42.123456Z",
            "expires_at": "2030-03-24T17:46:41.123456Z", "ip": "127.0.0.1", "user_agent": "phone", "current": true,
            "kind": "token", "name": "An app that names itself “phone”", "methods": ["pwd"]})
    );
    assert_eq!(page["items"][0]["current"], false);
}

#[tokio::test]
async fn another_user_sees_none_of_them_and_ends_none() {
    let running = Running::start();
    let ada = running.access_token().await;
    let id = list(&running, &ada, "").await.json()["items"][0]["id"].clone();
    running.app.register("grace@example.com").await;
    let body = json!({"email": "grace@example.com", "password": PASSWORD}).to_string();
    let tokens = running.send(Request::post("/auth/login").json(body)).await.json();
    let grace = tokens["access_token"].as_str().unwrap();
    let page = list(&running, grace, "").await.json();
    assert!(page["items"].as_array().unwrap().iter().all(|item| item["id"] != id));
    let end = Request::delete(&format!("{SESSIONS}/{}", id.as_str().unwrap())).bearer(grace);
    running.send(end).await.assert_problem(404, "not_found");
    let end_all = Request::delete(&format!("{SESSIONS}?include_current=true")).bearer(grace);
    assert_eq!(running.send(end_all).await.status, 204);
    assert!(is_signed_in(&running, &ada).await && !is_signed_in(&running, grace).await);
}

#[tokio::test]
async fn a_list_is_read_page_by_page() {
    let running = Running::start();
    running.app.register(ADA).await;
    let mut token = String::new();
    for device in ["1", "2", "3", "4", "5"] {
        token = sign_in_from(&running, device).await;
    }
    let (mut seen, mut query) = (Vec::new(), "?limit=2".to_owned());
    for _ in 0..3 {
        let page = list(&running, &token, &query).await.json();
        seen.push(devices(&page).join(" "));
        query = format!("?limit=2&cursor={}", page["next_cursor"].as_str().unwrap_or_default());
    }
    assert_eq!(seen, ["5 4", "3 2", "1"]);
    assert_eq!(query, "?limit=2&cursor=");
}

#[tokio::test]
async fn a_query_that_is_not_right_is_told_by_its_parameters() {
    let running = Running::start();
    let token = running.access_token().await;
    for (query, flaws) in [
        ("?limit=0&cursor=x", "#/limit out_of_range\n#/cursor not_a_cursor\n"),
        ("?limit=101", "#/limit out_of_range\n"),
        ("?limit=ten", "#/limit out_of_range\n"),
        ("?limit=-1", "#/limit out_of_range\n"),
    ] {
        assert_eq!(list(&running, &token, query).await.flaws(), flaws, "{query}");
    }
    let repeated = list(&running, &token, "?limit=1&limit=1").await;
    repeated.assert_problem(400, "repeated_parameter");
    list(&running, &token, "?limit=%ff")
        .await
        .assert_problem(400, "malformed_body");
    assert_eq!(list(&running, &token, "?limit=").await.status, 200);
    let elsewhere = running.log_in(ADA).await;
    for query in ["?include_current=1", "?include_current=", "?include_current"] {
        let request = Request::delete(&format!("{SESSIONS}{query}")).bearer(&token);
        let flaws = running.send(request).await.flaws();
        assert_eq!(flaws, "#/include_current wrong_type\n", "{query}");
    }
    let misspelt = Request::delete(&format!("{SESSIONS}?include_curent=true")).bearer(&token);
    let flaws = running.send(misspelt).await.flaws();
    assert_eq!(flaws, "#/include_curent unknown_parameter\n");
    for token in [&token, elsewhere["access_token"].as_str().unwrap()] {
        assert!(is_signed_in(&running, token).await);
    }
}

#[tokio::test]
async fn one_session_is_ended_at_once_and_once() {
    let running = Running::start();
    running.app.register(ADA).await;
    let lost = sign_in_from(&running, "lost").await;
    let token = sign_in_from(&running, "page").await;
    let page = list(&running, &token, "").await.json();
    let id = page["items"][1]["id"].as_str().unwrap();
    let end = Request::delete(&format!("{SESSIONS}/{id}")).bearer(&token);
    let answer = running.send(end.clone()).await;
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert!(!is_signed_in(&running, &lost).await && is_signed_in(&running, &token).await);
    running.send(end).await.assert_problem(404, "not_found");
    assert_eq!(devices(&list(&running, &token, "").await.json()), ["page"]);
}

#[tokio::test]
async fn what_names_no_session_is_not_found() {
    let running = Running::start();
    let token = running.access_token().await;
    for id in ["x", "00000000-0000-0000-0000-000000000000", "1"] {
        let end = Request::delete(&format!("{SESSIONS}/{id}")).bearer(&token);
        running.send(end).await.assert_problem(404, "not_found");
    }
}

#[tokio::test]
async fn the_other_sessions_end_and_the_present_one_only_if_that_is_asked() {
    let running = Running::start();
    running.app.register(ADA).await;
    let lost = sign_in_from(&running, "lost").await;
    let token = sign_in_from(&running, "page").await;
    for query in ["?include_current=false", ""] {
        let answer = running
            .send(Request::delete(&format!("{SESSIONS}{query}")).bearer(&token))
            .await;
        assert_eq!((answer.status, answer.body.len()), (204, 0));
        assert!(!is_signed_in(&running, &lost).await && is_signed_in(&running, &token).await);
    }
    let all = Request::delete(&format!("{SESSIONS}?include_current=true")).bearer(&token);
    assert_eq!(running.send(all).await.status, 204);
    assert!(!is_signed_in(&running, &token).await);
}

#[tokio::test]
async fn sessions_are_shown_and_ended_for_signed_in_users_alone() {
    let running = Running::start();
    for request in [
        Request::get(&format!("{SESSIONS}?limit=0")),
        Request::delete(&format!("{SESSIONS}?include_current=maybe")),
        Request::delete(&format!("{SESSIONS}/x")),
    ] {
        running.send(request).await.assert_problem(401, "missing_access_token");
    }
    let answer = running.send(Request::post(SESSIONS)).await;
    answer.assert_problem(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("GET, HEAD, DELETE"));
}
