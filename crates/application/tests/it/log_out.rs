//! Signing out.

use chrono::TimeDelta;
use portcullis_application::ports::{Clock, RefreshTokens};
use portcullis_application::refresh::RefreshError;
use portcullis_application::tokens::Tokens;
use portcullis_domain::{Carrier, Generation, Origin, SecretText, Seed};
use portcullis_testkit::{FakeRefreshTokens, TestApp};

async fn signed_in() -> (TestApp, Tokens) {
    let app = TestApp::new();
    app.register("ada@x.test").await;
    let tokens = app.log_in("ada@x.test").await;
    (app, tokens)
}

async fn assert_over(app: &TestApp, tokens: &Tokens) {
    assert!(!app.accepts(tokens).await);
    let refreshed = app.refresh(&tokens.refresh_token).await;
    assert!(matches!(refreshed, Err(RefreshError::Invalid)), "{refreshed:?}");
}

#[tokio::test]
async fn signing_out_ends_the_session_and_no_other() {
    let (app, tokens) = signed_in().await;
    let elsewhere = app.log_in("ada@x.test").await;
    app.sign_out
        .log_out(&tokens.refresh_token, Carrier::Body, Origin::default())
        .await
        .unwrap();
    assert_over(&app, &tokens).await;
    assert!(app.accepts(&elsewhere).await);
}

#[tokio::test]
async fn a_spent_token_ends_its_session_at_any_age() {
    let (app, first) = signed_in().await;
    let second = app.refresh(&first.refresh_token).await.unwrap();
    app.clock.advance(TimeDelta::minutes(5));
    let third = app.refresh(&second.refresh_token).await.unwrap();
    app.sign_out
        .log_out(&first.refresh_token, Carrier::Body, Origin::default())
        .await
        .unwrap();
    for tokens in [&first, &second, &third] {
        assert_over(&app, tokens).await;
    }
}

#[tokio::test]
async fn signing_out_twice_keeps_the_time_of_the_first() {
    let (app, tokens) = signed_in().await;
    let ended_at = app.clock.now();
    for _ in 0..2 {
        app.sign_out
            .log_out(&tokens.refresh_token, Carrier::Body, Origin::default())
            .await
            .unwrap();
        app.clock.advance(TimeDelta::seconds(1));
    }
    let session = app.session(app.refresh_token(&tokens).session_id).await.unwrap();
    assert_eq!(session.revoked_at, Some(ended_at));
}

#[tokio::test]
async fn a_made_up_token_does_nothing() {
    let (app, tokens) = signed_in().await;
    let session = app.claims(&tokens).session_id;
    let genuine = tokens.refresh_token.expose();
    let forged = FakeRefreshTokens.issue(session, Generation::FIRST, &Seed::new([7; 32]), Carrier::Body);
    for text in [
        "",
        "null",
        &genuine[..genuine.len() - 1],
        &format!("{genuine} "),
        tokens.access_token.expose(),
        &session.to_string(),
        forged.expose(),
    ] {
        app.sign_out
            .log_out(&SecretText::new(text.to_owned()), Carrier::Body, Origin::default())
            .await
            .unwrap();
    }
    assert!(app.accepts(&tokens).await);
    app.refresh(&tokens.refresh_token).await.unwrap();
}

#[tokio::test]
async fn an_expired_token_ends_its_session_for_good() {
    let (app, tokens) = signed_in().await;
    app.clock.advance(TimeDelta::days(8));
    app.sign_out
        .log_out(&tokens.refresh_token, Carrier::Body, Origin::default())
        .await
        .unwrap();
    let session = app.session(app.refresh_token(&tokens).session_id).await.unwrap();
    assert_eq!(session.revoked_at, Some(app.clock.now()));
}
