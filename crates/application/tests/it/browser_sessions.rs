//! Being signed in on a browser, by its cookie.

use chrono::TimeDelta;
use portcullis_application::authentication::AuthenticateError;
use portcullis_application::ports::{RefreshTokens, SessionCookies};
use portcullis_application::sign_in::LogInError;
use portcullis_application::{Actor, BrowserSession, SignedOut};
use portcullis_domain::{
    AuditEventType, AuditReason, Carrier, Generation, Origin, PageRequest, SecretText, SessionKind,
};
use portcullis_testkit::build::{self, PASSWORD};
use portcullis_testkit::{FakeRefreshTokens, FakeSessionCookies, TestApp};

async fn with_ada() -> TestApp {
    let app = TestApp::new();
    app.register("ada@x.test").await;
    app
}

async fn sign_in(app: &TestApp, address: &str, shown: Option<&SecretText>) -> BrowserSession {
    let attempt = build::sign_in(address, PASSWORD, shown);
    app.sign_in.sign_in_browser(attempt).await.unwrap()
}

async fn actor(app: &TestApp, cookie: &SecretText) -> Option<Actor> {
    let found = app.authentication.authenticate_browser(cookie, Origin::default()).await;
    found.ok().map(|browser| browser.actor)
}

#[tokio::test]
async fn a_right_password_signs_a_browser_in_until_it_is_left_alone() {
    let app = with_ada().await;
    let begun = sign_in(&app, "ada@x.test", None).await;
    assert_eq!(begun.stays_for, app.policy.refresh_token_life);
    for _ in 0..3 {
        app.clock.advance(app.policy.refresh_token_life - TimeDelta::seconds(1));
        assert!(actor(&app, &begun.cookie).await.is_some());
        app.upkeep.note_use().await.unwrap();
    }
    app.clock.advance(app.policy.refresh_token_life);
    assert!(actor(&app, &begun.cookie).await.is_none());
}

#[tokio::test]
async fn however_often_it_is_used_it_ends_with_the_session() {
    let app = with_ada().await;
    let begun = sign_in(&app, "ada@x.test", None).await;
    for _ in 0..15 {
        app.clock.advance(TimeDelta::days(6) - TimeDelta::minutes(1));
        assert!(actor(&app, &begun.cookie).await.is_some());
        app.upkeep.note_use().await.unwrap();
    }
    let found = app
        .authentication
        .authenticate_browser(&begun.cookie, Origin::default());
    assert!(found.await.unwrap().stays_for < TimeDelta::minutes(16));
    app.clock.advance(TimeDelta::minutes(16));
    assert!(actor(&app, &begun.cookie).await.is_none());
}

#[tokio::test]
async fn the_session_is_one_of_a_browser_and_listed_with_the_others() {
    let app = with_ada().await;
    app.log_in("ada@x.test").await;
    let begun = sign_in(&app, "ada@x.test", None).await;
    let actor = actor(&app, &begun.cookie).await.unwrap();
    let page = app.sessions.list_own(&actor, PageRequest::default()).await.unwrap();
    let kinds: Vec<_> = page.items.iter().map(|session| session.kind).collect();
    assert_eq!(kinds.len(), 2);
    assert!(kinds.contains(&SessionKind::Browser) && kinds.contains(&SessionKind::Token));
    assert_eq!(app.sessions.count_own(&actor).await.unwrap(), 2);
}

#[tokio::test]
async fn signing_in_as_somebody_else_ends_the_session_before() {
    let app = with_ada().await;
    app.register("ben@x.test").await;
    let adas = sign_in(&app, "ada@x.test", None).await;
    let elsewhere = sign_in(&app, "ada@x.test", None).await;
    let bens = sign_in(&app, "ben@x.test", Some(&adas.cookie)).await;
    assert!(actor(&app, &adas.cookie).await.is_none());
    assert!(actor(&app, &elsewhere.cookie).await.is_some(), "another browser");
    assert_eq!(actor(&app, &bens.cookie).await.unwrap().user().id, bens.user.id);
    let ends: Vec<_> = app.events().await;
    let end = ends
        .iter()
        .find(|event| event.kind == AuditEventType::SessionEnded)
        .unwrap();
    assert_eq!(
        (end.user_id, end.reason),
        (Some(adas.user.id), Some(AuditReason::AnotherSignIn))
    );
}

/// What hangs on the session stays, and a copy of the cookie from before is worth nothing.
#[tokio::test]
async fn signing_in_once_more_goes_on_with_the_session_under_another_cookie() {
    let app = with_ada().await;
    let first = sign_in(&app, "ada@x.test", None).await;
    let before = actor(&app, &first.cookie).await.unwrap();
    app.clock.advance(TimeDelta::hours(1));
    let second = sign_in(&app, "ada@x.test", Some(&first.cookie)).await;
    let after = actor(&app, &second.cookie).await.unwrap();
    assert_eq!(after.session_id(), before.session_id());
    assert!(actor(&app, &first.cookie).await.is_none());
    assert_eq!(app.sessions.count_own(&after).await.unwrap(), 1);
    let session = app.session(after.session_id()).await.unwrap();
    assert_eq!(
        session.authenticated_at,
        session.rotation.created_at + TimeDelta::hours(1)
    );
}

#[tokio::test]
async fn a_cookie_from_before_a_sign_in_is_never_promoted() {
    let app = with_ada().await;
    let made_up = SecretText::new("fake_cookie:00000000-0000-7000-8000-000000000000:0:1".to_owned());
    let garbage = SecretText::new("anything".to_owned());
    for shown in [&made_up, &garbage] {
        let begun = sign_in(&app, "ada@x.test", Some(shown)).await;
        assert_ne!(begun.cookie.expose(), shown.expose());
        assert!(actor(&app, shown).await.is_none());
    }
    let ended = sign_in(&app, "ada@x.test", None).await;
    app.sign_out
        .sign_out_browser(&ended.cookie, Origin::default())
        .await
        .unwrap();
    let again = sign_in(&app, "ada@x.test", Some(&ended.cookie)).await;
    assert!(actor(&app, &again.cookie).await.is_some() && actor(&app, &ended.cookie).await.is_none());
}

/// Both could be made with the seed of the row; neither is taken for a row of the other kind.
#[tokio::test]
async fn a_row_of_a_browser_takes_no_tokens_and_a_row_of_tokens_no_cookie() {
    let app = with_ada().await;
    let begun = sign_in(&app, "ada@x.test", None).await;
    let browser = app
        .session(actor(&app, &begun.cookie).await.unwrap().session_id())
        .await
        .unwrap();
    let seed = &browser.rotation.seed;
    for carrier in [Carrier::Body, Carrier::Cookie] {
        let token = FakeRefreshTokens.issue(browser.id, Generation::FIRST, seed, carrier);
        assert!(app.refresh(&token).await.is_err());
        app.sign_out.log_out(&token, carrier, Origin::default()).await.unwrap();
    }
    assert!(actor(&app, &begun.cookie).await.is_some(), "no token ends it");
    let tokens = app.log_in("ada@x.test").await;
    let session = app.session(app.claims(&tokens).session_id).await.unwrap();
    let cookie = FakeSessionCookies.issue(session.id, Generation::FIRST, &session.rotation.seed);
    assert!(actor(&app, &cookie).await.is_none());
    let signed_out = app.sign_out.sign_out_browser(&cookie, Origin::default()).await.unwrap();
    assert_eq!(signed_out, SignedOut::Nobody);
    assert!(app.accepts(&tokens).await);
}

#[tokio::test]
async fn signing_out_tells_how_many_are_left_and_does_it_once() {
    let app = with_ada().await;
    app.log_in("ada@x.test").await;
    let begun = sign_in(&app, "ada@x.test", None).await;
    let mut told = Vec::new();
    for _ in 0..2 {
        told.push(
            app.sign_out
                .sign_out_browser(&begun.cookie, Origin::default())
                .await
                .unwrap(),
        );
    }
    assert_eq!(told, [SignedOut::Somebody(1), SignedOut::Nobody]);
    assert!(actor(&app, &begun.cookie).await.is_none());
    let logouts = app.events().await;
    assert_eq!(
        logouts
            .iter()
            .filter(|event| event.kind == AuditEventType::Logout)
            .count(),
        1
    );
}

#[tokio::test]
async fn all_that_ends_sessions_ends_those_of_browsers() {
    let app = with_ada().await;
    let asking = app.log_in("ada@x.test").await;
    let asks = app.actor(&asking).await;
    let begun = sign_in(&app, "ada@x.test", None).await;
    app.sessions.end_own_others(&asks).await.unwrap();
    assert!(actor(&app, &begun.cookie).await.is_none());

    let begun = sign_in(&app, "ada@x.test", None).await;
    let (current, new) = (build::presented(PASSWORD), build::password("another correct horse"));
    app.passwords.change(&asks, Some(current), new).await.unwrap();
    assert!(actor(&app, &begun.cookie).await.is_none());

    let attempt = build::sign_in("ada@x.test", "another correct horse", None);
    let begun = app.sign_in.sign_in_browser(attempt).await.unwrap();
    app.change_user(begun.user.id, |user| user.is_active = false).await;
    let found = app
        .authentication
        .authenticate_browser(&begun.cookie, Origin::default())
        .await;
    assert!(matches!(found, Err(AuthenticateError::AccountDisabled)));
}

#[tokio::test]
async fn what_keeps_somebody_out_keeps_them_out_here_too() {
    let app = with_ada().await;
    let wrong = app
        .sign_in
        .sign_in_browser(build::sign_in("ada@x.test", "wrong", None))
        .await;
    assert!(matches!(wrong, Err(LogInError::InvalidCredentials)));
    let ada = sign_in(&app, "ada@x.test", None).await.user;
    app.change_user(ada.id, |user| user.is_active = false).await;
    let disabled = app
        .sign_in
        .sign_in_browser(build::sign_in("ada@x.test", PASSWORD, None))
        .await;
    assert!(matches!(disabled, Err(LogInError::AccountDisabled)));
    for _ in 0..10 {
        let _refused = app
            .sign_in
            .sign_in_browser(build::sign_in("ada@x.test", "wrong", None))
            .await;
    }
    let limited = app
        .sign_in
        .sign_in_browser(build::sign_in("ada@x.test", PASSWORD, None))
        .await;
    assert!(matches!(limited, Err(LogInError::TooManyAttempts(_))), "{limited:?}");
}
