//! One's own account.

use crate::client::Request;
use crate::running::{ADA, Running};
use portcullis_testkit::build::PASSWORD;
use serde_json::json;

#[tokio::test]
async fn a_profile_is_answered_and_not_kept() {
    let running = Running::start();
    let token = running.access_token().await;
    let answer = running.send(Request::get("/users/me").bearer(&token)).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    assert_eq!(answer.json()["email"], ADA);
}

#[tokio::test]
async fn a_profile_changes_by_what_is_sent_alone() {
    let running = Running::start();
    let token = running.access_token().await;
    let put = |body: &str| running.send(Request::put("/users/me").bearer(&token).json(body));
    let before = put("{}").await.json();
    let refused = put(r#"{"full_name": "Ada King", "role": "ADMIN", "id": 7}"#).await;
    assert_eq!(refused.flaws(), "#/id unknown_member\n#/role unknown_member\n");
    let answer = put(r#"{"full_name": " Ada King "}"#).await;
    let mut expected = before.clone();
    expected["full_name"] = json!("Ada King");
    assert_eq!((answer.status, answer.json()), (200, expected.clone()));
    expected["email"] = json!("king@example.com");
    assert_eq!(put(r#"{"email": "KING@example.com"}"#).await.json(), expected);
}

#[tokio::test]
async fn the_address_of_another_account_is_a_conflict() {
    let running = Running::start();
    running.app.register("grace@example.com").await;
    let token = running.access_token().await;
    let request = Request::put("/users/me")
        .bearer(&token)
        .json(r#"{"email": "GRACE@example.com"}"#);
    running.send(request).await.assert_problem(409, "email_taken");
}

#[tokio::test]
async fn a_password_changes_for_whoever_knows_it() {
    let running = Running::start();
    let token = running.access_token().await;
    let put = |current: &str| {
        let body = json!({"current_password": current, "new_password": "another long password"}).to_string();
        running.send(Request::put("/users/me/password").bearer(&token).json(body))
    };
    put("not the password").await.assert_problem(403, "wrong_password");
    let answer = put(PASSWORD).await;
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    put(PASSWORD).await.assert_problem(403, "wrong_password");
}

/// As one system sends it, and as another one does.
#[tokio::test]
async fn a_password_is_the_same_however_its_letters_are_put_together_at_every_way_in() {
    const COMPOSED: &str = "zo\u{eb} zo\u{eb} zo\u{eb}";
    const IN_PARTS: &str = "zoe\u{308} zoe\u{308} zoe\u{308}";
    let running = Running::start();
    let body = json!({"email": ADA, "password": IN_PARTS, "full_name": "Ada Lovelace"}).to_string();
    running.send(Request::post("/auth/register").json(body)).await;
    let body = json!({"email": ADA, "password": COMPOSED}).to_string();
    let answer = running.send(Request::post("/auth/login").json(body)).await;
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    let form = format!("username={ADA}&password=zoe%CC%88+zoe%CC%88+zoe%CC%88");
    assert_eq!(running.send(Request::post("/auth/login").form(&form)).await.status, 200);

    let body = json!({"current_password": COMPOSED, "new_password": format!("{IN_PARTS}!")}).to_string();
    let change = Request::put("/users/me/password").bearer(&token).json(body);
    assert_eq!(running.send(change).await.status, 204);
    let delete = |password: &str| {
        let body = json!({"password": password}).to_string();
        running.send(Request::delete("/users/me").bearer(&token).json(body))
    };
    delete(COMPOSED).await.assert_problem(403, "wrong_password");
    assert_eq!(delete(&format!("{COMPOSED}!")).await.status, 204);

    let admin = running.admin_token().await;
    let body = json!({"email": ADA, "full_name": "Ada Lovelace", "role": "USER", "password": IN_PARTS}).to_string();
    running
        .send(Request::post("/admin/users").bearer(&admin).json(body))
        .await;
    let body = json!({"email": ADA, "password": COMPOSED}).to_string();
    assert_eq!(running.send(Request::post("/auth/login").json(body)).await.status, 200);
}

#[tokio::test]
async fn a_new_password_meets_the_policy() {
    let running = Running::start();
    let token = running.access_token().await;
    let request = Request::put("/users/me/password")
        .bearer(&token)
        .json(r#"{"new_password": "short"}"#);
    assert_eq!(
        running.send(request).await.flaws(),
        "#/current_password required\n#/new_password too_short\n"
    );
}
