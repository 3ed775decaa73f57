//! Staying signed in by a cookie.

use chrono::TimeDelta;
use portcullis_application::ports::{Clock as _, RefreshTokens as _};
use portcullis_application::refresh::{Exchange, RefreshError};
use portcullis_application::sign_in::LoginAttempt;
use portcullis_application::tokens::Tokens;
use portcullis_domain::{AuditEventType, Carrier, Generation, Origin};
use portcullis_testkit::build::{self, PASSWORD};
use portcullis_testkit::{FakeRefreshTokens, TestApp};

/// An app in which Ada is signed in by a browser that keeps the token in a cookie, and her tokens.
async fn signed_in() -> (TestApp, Tokens) {
    let app = TestApp::new();
    app.register("ada@x.test").await;
    let attempt = LoginAttempt {
        carrier: Carrier::Cookie,
        ..build::log_in("ada@x.test", PASSWORD)
    };
    let tokens = app.sign_in.log_in(attempt).await.unwrap();
    (app, tokens)
}

async fn refresh(app: &TestApp, tokens: &Tokens, exchange: Exchange) -> Result<Tokens, RefreshError> {
    app.refresh
        .refresh(build::refresh(&tokens.refresh_token, exchange))
        .await
}

async fn next(app: &TestApp, tokens: &Tokens) -> Tokens {
    refresh(app, tokens, Exchange::Cookies).await.unwrap()
}

fn generation(tokens: &Tokens) -> Generation {
    let read = FakeRefreshTokens.read(tokens.refresh_token.expose(), Carrier::Cookie);
    read.unwrap().generation
}

#[tokio::test]
async fn two_tabs_that_refresh_at_once_get_the_same_successor() {
    let (app, first) = signed_in().await;
    let one = next(&app, &first).await;
    let other = next(&app, &first).await;
    assert_eq!(one.refresh_token.expose(), other.refresh_token.expose());
    assert!(app.accepts(&one).await && app.accepts(&other).await);
}

#[tokio::test]
async fn a_browser_that_comes_back_with_the_cookie_before_goes_on_days_later() {
    let (app, first) = signed_in().await;
    let lost = next(&app, &first).await;
    app.clock.advance(TimeDelta::days(6));
    let again = next(&app, &first).await;
    assert_eq!(again.refresh_token.expose(), lost.refresh_token.expose());
    assert_eq!(again.refresh_expires_in, TimeDelta::days(1));
    assert!(app.accepts(&again).await);
    // As often as it comes back.
    next(&app, &first).await;
    assert_eq!(generation(&next(&app, &again).await), Generation::new(2));
}

#[tokio::test]
async fn a_token_that_was_brought_back_after_its_child_was_used_ends_the_session() {
    let (app, first) = signed_in().await;
    let second = next(&app, &first).await;
    app.clock.advance(TimeDelta::hours(1));
    let thief = next(&app, &first).await;
    let third = next(&app, &second).await;
    assert_eq!(
        (generation(&thief), generation(&third)),
        (Generation::new(1), Generation::new(2))
    );
    let refused = refresh(&app, &first, Exchange::Cookies).await;
    assert!(matches!(refused, Err(RefreshError::Reused)));
    assert!(!app.accepts(&third).await && !app.accepts(&thief).await);
    let events = app.events().await;
    assert_eq!(events.last().unwrap().kind, AuditEventType::RefreshTokenReused);
}

#[tokio::test]
async fn the_end_of_an_access_token_that_was_given_late_is_remembered_with_the_session() {
    let (app, first) = signed_in().await;
    let id = app.claims(&next(&app, &first).await).session_id;
    app.clock.advance(TimeDelta::days(1));
    next(&app, &first).await;
    let row = app.session(id).await.unwrap();
    assert_eq!(row.rotation.access_until, app.policy.access_end(app.clock.now()));
    assert_eq!(
        (row.rotation.generation, row.last_used_at),
        (Generation::new(1), app.clock.now())
    );
}

#[tokio::test]
async fn who_may_not_sign_in_is_given_nothing_by_an_older_cookie() {
    let (app, first) = signed_in().await;
    let claims = app.claims(&next(&app, &first).await);
    let id = claims.user_id;
    app.clock.advance(TimeDelta::hours(1));
    app.change_user(id, |user| user.is_active = false).await;
    let refused = refresh(&app, &first, Exchange::Cookies).await;
    assert!(matches!(refused, Err(RefreshError::Invalid)));
    app.change_user(id, |user| user.is_active = true).await;
    app.revoke(claims.session_id).await;
    let refused = refresh(&app, &first, Exchange::Cookies).await;
    assert!(matches!(refused, Err(RefreshError::Invalid)));
}

/// Nor does it end anything: what was not made for the carrier was not made here.
#[tokio::test]
async fn a_token_is_worth_nothing_by_the_other_carrier() {
    let (app, by_cookie) = signed_in().await;
    let in_body = app.log_in("ada@x.test").await;
    for (tokens, carrier, exchanges) in [
        (
            &by_cookie,
            Carrier::Body,
            &[Exchange::Bodies, Exchange::BodyForCookie][..],
        ),
        (&in_body, Carrier::Cookie, &[Exchange::Cookies]),
    ] {
        for exchange in exchanges {
            let refused = refresh(&app, tokens, *exchange).await;
            assert!(matches!(refused, Err(RefreshError::Invalid)), "{exchange:?}");
        }
        let token = &tokens.refresh_token;
        app.sign_out.log_out(token, carrier, Origin::default()).await.unwrap();
        assert!(app.accepts(tokens).await, "{carrier:?}");
    }
    next(&app, &by_cookie).await;
    app.refresh(&in_body.refresh_token).await.unwrap();
}

#[tokio::test]
async fn a_session_moves_from_a_body_into_a_cookie_and_its_spent_tokens_stay_spent() {
    let app = TestApp::new();
    app.register("ada@x.test").await;
    let first = app.log_in("ada@x.test").await;
    let second = refresh(&app, &first, Exchange::BodyForCookie).await.unwrap();
    assert_eq!(generation(&second), Generation::new(1));
    app.clock.advance(TimeDelta::hours(1));
    let third = next(&app, &second).await;
    assert!(matches!(
        app.refresh(&first.refresh_token).await,
        Err(RefreshError::Reused)
    ));
    assert!(!app.accepts(&third).await);
}

#[tokio::test]
async fn signing_out_by_cookie_ends_the_session() {
    let (app, first) = signed_in().await;
    let second = next(&app, &first).await;
    app.clock.advance(TimeDelta::hours(1));
    app.sign_out
        .log_out(&first.refresh_token, Carrier::Cookie, Origin::default())
        .await
        .unwrap();
    assert!(!app.accepts(&second).await);
}
