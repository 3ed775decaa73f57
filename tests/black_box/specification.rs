//! The specification's own cases, one after the other, as a first client would go through them.

use crate::app::TestApp;
use crate::client::{PASSWORD, Tokens, send};
use crate::on_both_databases;
use reqwest::Method;
use serde_json::json;

on_both_databases!(
    registration_gives_the_user,
    a_taken_address_is_refused_in_any_letter_case,
    the_right_password_gives_tokens,
    a_wrong_password_gives_none,
    the_profile_needs_an_access_token,
    a_refresh_token_gives_the_next_tokens,
    after_logout_the_refresh_token_stops_working,
    the_profile_can_be_changed,
    the_password_can_be_changed_and_ends_the_other_sessions,
    the_oauth2_password_form_signs_in,
);

async fn registration_gives_the_user(app: TestApp) {
    let answer = app.anonymous().register(" Ada@Example.org ").await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let user = answer.json();
    assert_eq!(user["email"], "ada@example.org");
    assert_eq!(user["full_name"], "Ada Lovelace");
    assert_eq!(user["role"], "USER");
    assert_eq!(
        (&user["is_active"], &user["email_verified"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(answer.member("id").chars().nth(14), Some('7'), "a UUIDv7: {user}");
    assert!(answer.member("created_at").ends_with('Z'), "{user}");
    let members: Vec<&String> = user.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        [
            "created_at",
            "email",
            "email_verified",
            "full_name",
            "has_password",
            "id",
            "is_active",
            "locale",
            "mfa_enabled",
            "pending_email",
            "role",
            "time_zone"
        ]
    );
}

async fn a_taken_address_is_refused_in_any_letter_case(app: TestApp) {
    app.anonymous().register("ada@example.org").await;
    app.anonymous()
        .register("ADA@example.ORG")
        .await
        .assert_problem(409, "email_taken");
}

async fn the_right_password_gives_tokens(app: TestApp) {
    app.anonymous().register("ada@example.org").await;
    let answer = app.anonymous().log_in("ADA@example.org", PASSWORD).await;
    let tokens = Tokens::of(&answer);
    assert_eq!(
        (&answer.json()["token_type"], &answer.json()["expires_in"]),
        (&json!("bearer"), &json!(900))
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    let is_plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    assert!(
        tokens.refresh.starts_with("prt_") && tokens.refresh.chars().all(is_plain),
        "{}",
        tokens.refresh
    );
}

async fn a_wrong_password_gives_none(app: TestApp) {
    app.anonymous().register("ada@example.org").await;
    app.anonymous()
        .log_in("ada@example.org", "wrong horse")
        .await
        .assert_problem(401, "invalid_credentials");
    app.anonymous()
        .log_in("eve@example.org", PASSWORD)
        .await
        .assert_problem(401, "invalid_credentials");
}

async fn the_profile_needs_an_access_token(app: TestApp) {
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    assert_eq!(app.anonymous().me().await.status, 401);
    assert_eq!(app.anonymous().with_token(&tokens.refresh).me().await.status, 401);
    let me = app.anonymous().with_token(&tokens.access).me().await;
    assert_eq!((me.status, me.member("email").as_str()), (200, "ada@example.org"));
}

async fn a_refresh_token_gives_the_next_tokens(app: TestApp) {
    let first = app.anonymous().signed_in("ada@example.org").await;
    let second = Tokens::of(&app.anonymous().refresh(&first.refresh).await);
    assert_ne!(first.refresh, second.refresh);
    assert_eq!(app.anonymous().with_token(&second.access).me().await.status, 200);
    assert_eq!(app.anonymous().refresh(&second.refresh).await.status, 200);
}

async fn after_logout_the_refresh_token_stops_working(app: TestApp) {
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    assert_eq!(app.anonymous().log_out(&tokens.refresh).await.status, 204);
    app.anonymous()
        .refresh(&tokens.refresh)
        .await
        .assert_problem(401, "invalid_refresh_token");
    assert_eq!(app.anonymous().with_token(&tokens.access).me().await.status, 401);
    assert_eq!(app.anonymous().log_out(&tokens.refresh).await.status, 204);
    assert_eq!(app.anonymous().log_out("prt_made-up").await.status, 204);
}

async fn the_profile_can_be_changed(app: TestApp) {
    let ada = app
        .anonymous()
        .with_token(&app.anonymous().signed_in("ada@example.org").await.access);
    app.anonymous().register("eve@example.org").await;
    let renamed = ada.put("/users/me", &json!({"full_name": "  김철수 "})).await;
    assert_eq!((renamed.status, renamed.member("full_name").as_str()), (200, "김철수"));
    assert_eq!(renamed.member("email"), "ada@example.org");
    let moved = ada.put("/users/me", &json!({"email": "Countess@example.org"})).await;
    assert_eq!(
        (moved.status, moved.member("email").as_str()),
        (200, "countess@example.org")
    );
    ada.put("/users/me", &json!({"email": "eve@example.org"}))
        .await
        .assert_problem(409, "email_taken");
    assert_eq!(ada.me().await.member("email"), "countess@example.org");
    assert_eq!(
        app.anonymous().log_in("countess@example.org", PASSWORD).await.status,
        200
    );
}

async fn the_password_can_be_changed_and_ends_the_other_sessions(app: TestApp) {
    let here = app.anonymous().signed_in("ada@example.org").await;
    let elsewhere = Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
    let ada = app.anonymous().with_token(&here.access);
    let change = |current: &str, new: &str| json!({"current_password": current, "new_password": new});
    ada.put("/users/me/password", &change("wrong", "another password"))
        .await
        .assert_problem(403, "wrong_password");
    ada.put("/users/me/password", &change(PASSWORD, "short"))
        .await
        .assert_problem(422, "validation_failed");
    assert_eq!(
        ada.put("/users/me/password", &change(PASSWORD, "another password"))
            .await
            .status,
        204
    );
    assert_eq!(app.anonymous().log_in("ada@example.org", PASSWORD).await.status, 401);
    assert_eq!(
        app.anonymous()
            .log_in("ada@example.org", "another password")
            .await
            .status,
        200
    );
    assert_eq!(ada.me().await.status, 200);
    assert_eq!(app.anonymous().refresh(&here.refresh).await.status, 200);
    assert_eq!(app.anonymous().refresh(&elsewhere.refresh).await.status, 401);
    assert_eq!(app.anonymous().with_token(&elsewhere.access).me().await.status, 401);
}

async fn the_oauth2_password_form_signs_in(app: TestApp) {
    app.anonymous().register("ada@example.org").await;
    let form = [
        ("grant_type", "password"),
        ("username", "ada@example.org"),
        ("password", PASSWORD),
        ("scope", ""),
    ];
    let answer = send(app.anonymous().request(Method::POST, "/auth/login").form(&form)).await;
    let tokens = Tokens::of(&answer);
    assert_eq!(app.anonymous().with_token(&tokens.access).me().await.status, 200);
    for path in ["/auth/login", "/auth/token"] {
        let form = [("username", "ada@example.org"), ("password", "wrong horse")];
        let refused = send(app.anonymous().request(Method::POST, path).form(&form)).await;
        refused.assert_problem(400, "invalid_credentials");
        assert_eq!(refused.member("error"), "invalid_grant");
    }
}
