//! Proving once more who one is.

use chrono::TimeDelta;
use portcullis_application::ports::Clock;
use portcullis_application::reauthentication::{ProofShown, ReauthenticateError};
use portcullis_application::{Actor, ProveAgainError};
use portcullis_domain::{Acr, AuditEventType, Carrier, Generation, Origin, SecretText};
use portcullis_testkit::TestApp;
use portcullis_testkit::build::{self, PASSWORD};

const ADA: &str = "ada@x.test";

fn proof(password: &str, code: Option<&SecretText>) -> ProofShown {
    ProofShown::Password {
        password: build::presented(password),
        code: code.cloned(),
    }
}

async fn refused(app: &TestApp, actor: &Actor, shown: ProofShown) -> ReauthenticateError {
    let refused = app.reauthentication.reauthenticate(actor, shown, Carrier::Body).await;
    refused.unwrap_err()
}

#[tokio::test]
async fn a_session_goes_on_by_what_was_proved_just_now() {
    let app = TestApp::new();
    app.register(ADA).await;
    let tokens = app.log_in(ADA).await;
    let (secret, _) = app.turn_on_second_factor(&tokens).await;
    let actor = app.actor(&tokens).await;
    app.clock.advance(TimeDelta::hours(1));
    let code = app.app_code(&secret);
    for (shown, acr) in [
        (proof(PASSWORD, Some(&code)), Acr::TwoFactors),
        (proof(PASSWORD, None), Acr::OneFactor),
    ] {
        let next = app
            .reauthentication
            .reauthenticate(&actor, shown, Carrier::Body)
            .await
            .unwrap();
        let claims = app.claims(&next);
        assert_eq!(claims.session_id, actor.session_id());
        assert_eq!(Acr::of(&claims.methods), acr);
        let session = app.session(claims.session_id).await.unwrap();
        assert_eq!((session.acr(), session.authenticated_at), (acr, app.clock.now()));
        assert_eq!(claims.generation, session.rotation.generation);
        assert!(app.accepts(&next).await);
    }
    let session = app.session(actor.session_id()).await.unwrap();
    assert_eq!(session.rotation.generation, Generation::FIRST.next().next());
    // A refresh proves nothing anew.
    app.clock.advance(TimeDelta::minutes(1));
    let events = app.events().await;
    let proved = events
        .iter()
        .filter(|event| event.kind == AuditEventType::Reauthenticated);
    assert_eq!(proved.count(), 2);
}

#[tokio::test]
async fn a_refresh_proves_nothing_anew() {
    let app = TestApp::new();
    app.register(ADA).await;
    let tokens = app.log_in(ADA).await;
    let began = app.claims(&tokens).authenticated_at;
    app.clock.advance(TimeDelta::hours(1));
    let next = app.refresh(&tokens.refresh_token).await.unwrap();
    assert_eq!(app.claims(&next).authenticated_at, began);
}

#[tokio::test]
async fn a_wrong_password_or_code_proves_nothing() {
    let app = TestApp::new();
    app.register(ADA).await;
    let tokens = app.log_in(ADA).await;
    let actor = app.actor(&tokens).await;
    let wrong = refused(&app, &actor, proof("wrong", None)).await;
    assert!(
        matches!(wrong, ReauthenticateError::NotProved(ProveAgainError::Wrong)),
        "{wrong:?}"
    );
    let without = refused(&app, &actor, proof(PASSWORD, Some(&"123456".to_owned().into()))).await;
    assert!(matches!(without, ReauthenticateError::WrongCode), "{without:?}");
    let (secret, _) = app.turn_on_second_factor(&tokens).await;
    let code = app.app_code(&secret);
    app.log_in_by_code(&app.log_in_halfway(ADA).await, &code).await.unwrap();
    let spent = refused(&app, &actor, proof(PASSWORD, Some(&code))).await;
    assert!(matches!(spent, ReauthenticateError::WrongCode), "{spent:?}");
}

#[tokio::test]
async fn a_browser_gets_another_cookie_and_its_old_one_is_worth_nothing() {
    let app = TestApp::new();
    app.register(ADA).await;
    let begun = app
        .sign_in
        .sign_in_browser(build::sign_in(ADA, PASSWORD, None))
        .await
        .unwrap();
    let browser = app
        .authentication
        .authenticate_browser(&begun.cookie, Origin::default())
        .await;
    let actor = browser.unwrap().actor;
    let shown = proof(PASSWORD, None);
    let renewed = app
        .reauthentication
        .reauthenticate_browser(&actor, shown)
        .await
        .unwrap();
    assert!(
        app.authentication
            .authenticate_browser(&begun.cookie, Origin::default())
            .await
            .is_err()
    );
    let browser = app
        .authentication
        .authenticate_browser(&renewed.cookie, Origin::default())
        .await;
    assert_eq!(browser.unwrap().actor.session_id(), actor.session_id());
}
