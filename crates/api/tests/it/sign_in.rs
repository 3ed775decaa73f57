//! Signing up, in and out.

use crate::client::Request;
use crate::running::{ADA, Running};
use portcullis_domain::Origin;
use portcullis_testkit::Capacity;
use portcullis_testkit::build::PASSWORD;
use serde_json::json;

#[tokio::test]
async fn signing_up_answers_the_user() {
    let running = Running::start();
    let mut body =
        json!({"email": " Ada@Example.com ", "password": PASSWORD, "full_name": "Ada Lovelace", "role": "ADMIN"});
    let refused = running.send(Request::post("/auth/register").json(body.to_string()));
    assert_eq!(refused.await.flaws(), "#/role unknown_member\n");
    body.as_object_mut().unwrap().remove("role");
    let answer = running
        .send(Request::post("/auth/register").json(body.to_string()))
        .await;
    assert_eq!(answer.status, 201);
    let mut user = answer.json();
    assert!(user["id"].take().as_str().is_some_and(|id| id.len() == 36));
    assert_eq!(
        user,
        json!({"id": null, "email": ADA, "full_name": "Ada Lovelace", "role": "USER", "is_active": true,
            "email_verified": false, "created_at": "2030-03-17T17:46:40.123456Z", "locale": null, "time_zone": null,
            "pending_email": null, "has_password": true, "mfa_enabled": false})
    );
}

#[tokio::test]
async fn a_taken_address_is_a_conflict_in_any_letter_case() {
    let running = Running::start();
    running.app.register(ADA).await;
    let body = json!({"email": "ADA@example.com", "password": PASSWORD, "full_name": "Ada"}).to_string();
    let answer = running.send(Request::post("/auth/register").json(body)).await;
    answer.assert_problem(409, "email_taken");
}

#[tokio::test]
async fn a_json_login_answers_tokens_that_are_not_kept() {
    let running = Running::start();
    running.app.register(ADA).await;
    let body = json!({"email": "ADA@example.com", "password": PASSWORD}).to_string();
    let answer = running.send(Request::post("/auth/login").json(body)).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    let tokens = answer.json();
    assert_eq!(
        (&tokens["token_type"], &tokens["expires_in"]),
        (&json!("bearer"), &json!(900))
    );
    let profile = Request::get("/users/me").bearer(tokens["access_token"].as_str().unwrap());
    assert_eq!(running.send(profile).await.json()["email"], ADA);
}

#[tokio::test]
async fn a_form_login_takes_what_oauth2_clients_send() {
    let running = Running::start();
    running.app.register(ADA).await;
    let password = PASSWORD.replace(' ', "+");
    let plain = format!("username=ada%40example.com&password={password}");
    for form in [
        plain.clone(),
        format!("grant_type=password&{plain}&scope=&client_id=page&client_secret=word"),
        format!("scope=admin&unknown=1&{plain}"),
    ] {
        let request = Request::post("/auth/login")
            .header("authorization", "Basic cGFnZTp3b3Jk")
            .form(&form);
        let answer = running.send(request).await;
        assert_eq!(answer.status, 200, "{form}: {}", answer.text());
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test]
async fn a_grant_other_than_password_is_refused() {
    let running = Running::start();
    let answer = running
        .send(Request::post("/auth/login").form("grant_type=refresh_token&refresh_token=x"))
        .await;
    answer.assert_oauth_error("unsupported_grant_type", "unsupported_grant_type");
}

#[tokio::test]
async fn a_repeated_parameter_is_refused_whether_it_is_known_or_not() {
    let running = Running::start();
    for form in [
        "username=a&username=b&password=c",
        "username=a&password=c&user%6eame=b",
        "username=a&password=c&x=1&x=1",
    ] {
        let answer = running.send(Request::post("/auth/login").form(form)).await;
        answer.assert_oauth_error("repeated_parameter", "invalid_request");
    }
}

#[tokio::test]
async fn wrong_credentials_look_alike_and_each_cost_a_verification() {
    let running = Running::start();
    running.app.register(ADA).await;
    let mut answers = Vec::new();
    for (email, password) in [
        (ADA, "not the password"),
        ("nobody@example.com", PASSWORD),
        ("no address at all", PASSWORD),
        ("\u{0}", PASSWORD),
        (ADA, ""),
    ] {
        let body = json!({"email": email, "password": password}).to_string();
        let request = Request::post("/auth/login").header("x-request-id", "same").json(body);
        let answer = running.send(request).await;
        answer.assert_problem(401, "invalid_credentials");
        assert_eq!(answer.header("www-authenticate"), Some(r#"Bearer realm="portcullis""#));
        answers.push(answer.body);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    assert_eq!(running.app.hasher.verifications(), 5);
}

#[tokio::test]
async fn a_disabled_account_is_told_so_after_the_right_password_only() {
    let running = Running::start();
    running.app.register(ADA).await;
    running.disable_ada().await;
    let right = json!({"email": ADA, "password": PASSWORD}).to_string();
    let answer = running.send(Request::post("/auth/login").json(right)).await;
    answer.assert_problem(403, "account_disabled");
    let wrong = json!({"email": ADA, "password": "not the password"}).to_string();
    let answer = running.send(Request::post("/auth/login").json(wrong)).await;
    answer.assert_problem(401, "invalid_credentials");
}

#[tokio::test]
async fn a_busy_hasher_asks_to_try_again() {
    let running = Running::start();
    running.app.register(ADA).await;
    running.app.hasher.set_capacity(Capacity::Busy);
    let body = json!({"email": ADA, "password": PASSWORD}).to_string();
    let answer = running.send(Request::post("/auth/login").json(body)).await;
    answer.assert_problem(503, "busy");
    assert_eq!(answer.header("retry-after"), Some("1"));
}

#[tokio::test]
async fn a_refresh_gives_the_next_tokens() {
    let running = Running::start();
    let tokens = running.tokens().await;
    let body = json!({"refresh_token": tokens["refresh_token"]}).to_string();
    let answer = running.send(Request::post("/auth/refresh").json(body)).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    assert_ne!(answer.json()["refresh_token"], tokens["refresh_token"]);
}

#[tokio::test]
async fn made_up_expired_and_reused_refresh_tokens_look_alike() {
    let running = Running::start();
    let tokens = running.tokens().await;
    let genuine = json!({"refresh_token": tokens["refresh_token"]}).to_string();
    let refresh = |body: String| {
        let request = Request::post("/auth/refresh").header("x-request-id", "same").json(body);
        running.send(request)
    };
    let next = refresh(genuine.clone()).await.json();
    running.app.clock.advance(chrono::TimeDelta::seconds(11));
    let reused = refresh(genuine).await;
    let revoked = refresh(json!({"refresh_token": next["refresh_token"]}).to_string()).await;
    let made_up = refresh(json!({"refresh_token": "\u{0}"}).to_string()).await;
    made_up.assert_problem(401, "invalid_refresh_token");
    assert_eq!((&reused.body, &revoked.body), (&made_up.body, &made_up.body));
    assert_eq!(made_up.header("www-authenticate"), Some(r#"Bearer realm="portcullis""#));
}

#[tokio::test]
async fn signing_out_is_204_for_any_text_and_ends_the_session_of_a_genuine_one() {
    let running = Running::start();
    let tokens = running.tokens().await;
    let profile = Request::get("/users/me").bearer(tokens["access_token"].as_str().unwrap());
    let log_out = |token: &str| {
        let body = json!({"refresh_token": token}).to_string();
        running.send(Request::post("/auth/logout").json(body))
    };
    assert_eq!(log_out("made up").await.status, 204);
    assert_eq!(running.send(profile.clone()).await.status, 200);
    for _ in 0..2 {
        let answer = log_out(tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!((answer.status, answer.body.len()), (204, 0));
    }
    running.send(profile).await.assert_problem(401, "invalid_access_token");
}

#[tokio::test]
async fn a_session_keeps_the_address_of_the_connection_and_the_shown_part_of_the_user_agent() {
    let running = Running::start();
    running.app.register(ADA).await;
    let request = Request::post("/auth/login")
        .header("user-agent", "  Page\t1.0 \u{e9} ")
        .header("x-forwarded-for", "203.0.113.7")
        .header("forwarded", "for=203.0.113.7")
        .json(json!({"email": ADA, "password": PASSWORD}).to_string());
    let tokens = running.send(request).await.json();
    let token = tokens["access_token"].as_str().unwrap();
    let actor = running
        .app
        .authentication
        .authenticate(token, Origin::default())
        .await
        .unwrap();
    let device = running.app.session(actor.session_id()).await.unwrap().device;
    assert_eq!(device.address, Some("127.0.0.1".parse().unwrap()));
    assert_eq!(device.user_agent.unwrap().as_str(), "Page1.0 \u{e9}");
}
