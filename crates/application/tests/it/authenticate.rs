//! Who shows an access token.

use chrono::TimeDelta;
use portcullis_application::authentication::AuthenticateError;
use portcullis_application::ports::{AccessClaims, AccessTokens, StoreError};
use portcullis_application::tokens::Tokens;
use portcullis_domain::{Generation, Origin, Role, TokenPolicy};
use portcullis_testkit::build::email;
use portcullis_testkit::{FakeAccessTokens, TemporaryStore, TestApp};
use std::sync::Arc;

async fn signed_in() -> (TestApp, Tokens) {
    let app = TestApp::new();
    app.register("ada@x.test").await;
    let tokens = app.log_in("ada@x.test").await;
    (app, tokens)
}

async fn refusal(app: &TestApp, access_token: &str) -> AuthenticateError {
    app.authentication
        .authenticate(access_token, Origin::default())
        .await
        .unwrap_err()
}

/// What becomes of a well-signed token that says what `change` makes of the claims.
async fn refusal_of_claims(
    app: &TestApp,
    tokens: &Tokens,
    change: impl FnOnce(&mut AccessClaims),
) -> AuthenticateError {
    let mut claims = app.claims(tokens);
    change(&mut claims);
    refusal(app, FakeAccessTokens.issue(&claims).unwrap().expose()).await
}

#[tokio::test]
async fn a_valid_token_gives_the_user_as_the_store_has_it() {
    let (app, tokens) = signed_in().await;
    let claims = app.claims(&tokens);
    app.change_user(claims.user_id, |user| {
        user.role = Role::Admin;
        user.email = email("countess@x.test");
    })
    .await;
    let actor = app.actor(&tokens).await;
    assert_eq!(actor.session_id(), claims.session_id);
    assert_eq!(Some(actor.user().clone()), app.user(claims.user_id).await);
    assert_eq!(
        (actor.user().role, actor.user().email.as_str()),
        (Role::Admin, "countess@x.test")
    );
}

#[tokio::test]
async fn a_token_is_accepted_until_it_expires() {
    let (app, tokens) = signed_in().await;
    app.clock
        .set(app.claims(&tokens).expires_at - TimeDelta::microseconds(1));
    assert!(app.accepts(&tokens).await);
    app.clock.advance(TimeDelta::microseconds(1));
    assert!(matches!(
        refusal(&app, tokens.access_token.expose()).await,
        AuthenticateError::Invalid
    ));
}

#[tokio::test]
async fn what_is_no_token_is_invalid() {
    let (app, tokens) = signed_in().await;
    let genuine = tokens.access_token.expose();
    for text in [
        "",
        "null",
        &genuine[1..],
        &format!("{genuine}0"),
        tokens.refresh_token.expose(),
    ] {
        assert!(
            matches!(refusal(&app, text).await, AuthenticateError::Invalid),
            "{text}"
        );
    }
}

#[tokio::test]
async fn the_access_tokens_of_earlier_generations_go_on_working() {
    let (app, first) = signed_in().await;
    let second = app.refresh(&first.refresh_token).await.unwrap();
    assert!(app.accepts(&first).await && app.accepts(&second).await);
}

#[tokio::test]
async fn a_token_of_a_generation_that_was_never_given_out_is_invalid() {
    let (app, tokens) = signed_in().await;
    let refused = refusal_of_claims(&app, &tokens, |claims| claims.generation = Generation::new(1));
    assert!(matches!(refused.await, AuthenticateError::Invalid));
}

#[tokio::test]
async fn a_token_that_joins_one_user_to_anothers_session_is_invalid() {
    let (app, tokens) = signed_in().await;
    let ben = app.register("ben@x.test").await;
    let bens = app.log_in("ben@x.test").await;
    let session_id = app.claims(&bens).session_id;
    let foreign_user = refusal_of_claims(&app, &tokens, |claims| claims.user_id = ben.id);
    assert!(matches!(foreign_user.await, AuthenticateError::Invalid));
    let foreign_session = refusal_of_claims(&app, &tokens, |claims| claims.session_id = session_id);
    assert!(matches!(foreign_session.await, AuthenticateError::Invalid));
}

#[tokio::test]
async fn a_token_of_a_revoked_session_is_invalid() {
    let (app, tokens) = signed_in().await;
    app.revoke(app.claims(&tokens).session_id).await;
    assert!(matches!(
        refusal(&app, tokens.access_token.expose()).await,
        AuthenticateError::Invalid
    ));
}

#[tokio::test]
async fn a_token_of_a_session_that_ended_with_time_is_invalid() {
    let lasting_tokens = TokenPolicy {
        access_token_life: TimeDelta::days(30),
        ..TokenPolicy::default()
    };
    let app = TestApp::under(Arc::new(TemporaryStore::new()), lasting_tokens);
    app.register("ada@x.test").await;
    let lasting = app.log_in("ada@x.test").await.access_token;
    app.clock.advance(TimeDelta::days(7) - TimeDelta::microseconds(1));
    app.authentication
        .authenticate(lasting.expose(), Origin::default())
        .await
        .unwrap();
    app.clock.advance(TimeDelta::microseconds(1));
    assert!(matches!(
        refusal(&app, lasting.expose()).await,
        AuthenticateError::Invalid
    ));
}

#[tokio::test]
async fn the_token_of_a_disabled_user_says_so_until_the_user_is_let_in_again() {
    let (app, tokens) = signed_in().await;
    let id = app.claims(&tokens).user_id;
    app.change_user(id, |user| user.is_active = false).await;
    assert!(matches!(
        refusal(&app, tokens.access_token.expose()).await,
        AuthenticateError::AccountDisabled
    ));
    app.change_user(id, |user| user.is_active = true).await;
    assert!(app.accepts(&tokens).await);
}

#[tokio::test]
async fn the_token_of_a_deleted_user_is_invalid_also_for_the_next_who_takes_the_address() {
    let app = TestApp::new();
    let ada = app.register("ada@x.test").await;
    let tokens = app.log_in("ada@x.test").await;
    app.delete_user(ada.id).await;
    assert!(matches!(
        refusal(&app, tokens.access_token.expose()).await,
        AuthenticateError::Invalid
    ));
    app.register("ada@x.test").await;
    assert!(matches!(
        refusal(&app, tokens.access_token.expose()).await,
        AuthenticateError::Invalid
    ));
}

#[tokio::test]
async fn a_key_that_is_unknown_is_no_proof_while_the_store_is_out_of_reach() {
    let (app, _) = signed_in().await;
    let token = FakeAccessTokens::OF_AN_UNKNOWN_KEY;
    let verdicts = async || {
        [
            app.authentication.verify(token).await.unwrap_err(),
            refusal(&app, token).await,
        ]
    };
    app.upkeep.catch_up().await.unwrap();
    for verdict in verdicts().await {
        assert!(matches!(verdict, AuthenticateError::Invalid), "{verdict}");
    }
    app.clock.advance(TimeDelta::seconds(1));
    for verdict in verdicts().await {
        assert!(
            matches!(verdict, AuthenticateError::Store(StoreError::Unavailable(_))),
            "{verdict}"
        );
    }
    // What is no token at all needs no key.
    assert!(matches!(refusal(&app, "x").await, AuthenticateError::Invalid));
}
