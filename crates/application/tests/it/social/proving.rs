//! When somebody proved who they are, and who else is not proved by that.

use super::{ADA, come_back, sign_in};
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::BrowserSession;
use portcullis_application::ports::Clock;
use portcullis_application::social::{BrowserShown, Purpose, SocialError};
use portcullis_domain::{AssertedIdentity, AuditEventType, Origin, SecretText};
use portcullis_testkit::TestApp;
use portcullis_testkit::build::PASSWORD;
use portcullis_testkit::upstream::{Said, asserted};

/// Somebody who is signed in on a browser comes back from a provider that was to prove who they are.
async fn prove(app: &TestApp, session: &SecretText, said: AssertedIdentity) -> Result<BrowserSession, SocialError> {
    let answer = come_back(app, Purpose::Again("/account".to_owned()), Said::Asserts(said)).await;
    let shown = BrowserShown {
        session: Some(session.clone()),
        ..BrowserShown::default()
    };
    app.social.sign_in_browser(answer, shown).await
}

/// Signs a browser in by Google.
async fn browser_of(app: &TestApp, said: AssertedIdentity) -> BrowserSession {
    let answer = come_back(app, Purpose::Page("/account".to_owned()), Said::Asserts(said)).await;
    app.social
        .sign_in_browser(answer, BrowserShown::default())
        .await
        .unwrap()
}

/// When the user of a browser's session proved who they are.
async fn proved_at(app: &TestApp, begun: &BrowserSession) -> DateTime<Utc> {
    let origin = Origin::default();
    let browser = app
        .authentication
        .authenticate_browser(&begun.cookie, origin)
        .await
        .unwrap();
    let session = app.session(browser.actor.session_id()).await.unwrap();
    session.authenticated_at
}

#[tokio::test]
async fn a_proof_by_somebody_else_signs_nobody_in_and_makes_no_account() {
    let app = TestApp::new();
    let ada = browser_of(&app, asserted("1", ADA)).await;
    sign_in(&app, asserted("2", "ben@x.test")).await.unwrap();
    for (subject, address) in [("2", "ben@x.test"), ("3", "judy@x.test"), ("4", ADA)] {
        let refused = prove(&app, &ada.cookie, asserted(subject, address)).await;
        assert!(matches!(refused, Err(SocialError::AnotherPerson)), "{refused:?}");
    }
    let events = app.events().await;
    let made = events.iter().filter(|event| event.kind == AuditEventType::Registration);
    assert_eq!(made.count(), 2);
    // Still Ada, who can prove it by her own.
    let proved = prove(&app, &ada.cookie, asserted("1", ADA)).await.unwrap();
    assert_eq!(proved.user.id, ada.user.id);
    // Nobody who is not signed in proves anything.
    let nobody = come_back(
        &app,
        Purpose::Again("/account".to_owned()),
        Said::Asserts(asserted("1", ADA)),
    );
    let refused = app.social.sign_in_browser(nobody.await, BrowserShown::default()).await;
    assert!(matches!(refused, Err(SocialError::InvalidState)), "{refused:?}");
}

#[tokio::test]
async fn what_a_provider_saw_long_ago_is_no_new_proof() {
    let app = TestApp::new();
    let at = |time| AssertedIdentity {
        authenticated_at: Some(time),
        ..asserted("1", ADA)
    };
    let ada = browser_of(&app, asserted("1", ADA)).await;
    app.clock.advance(TimeDelta::minutes(20));
    let old = at(app.clock.now() - TimeDelta::days(30));
    let refused = prove(&app, &ada.cookie, old.clone()).await;
    assert!(matches!(refused, Err(SocialError::NotFresh)), "{refused:?}");
    assert!(app.upstream.last_asked().asks_again);
    // Who has a password is not proved by a provider that does not say when they signed in.
    app.set_password(ada.user.id, PASSWORD).await;
    let refused = prove(&app, &ada.cookie, asserted("1", ADA)).await;
    assert!(matches!(refused, Err(SocialError::NotFresh)), "{refused:?}");
    prove(&app, &ada.cookie, at(app.clock.now())).await.unwrap();
}

/// An app asks for a sign-in that is newer than its request.
#[tokio::test]
async fn a_sign_in_that_an_app_asks_for_anew_is_one_that_the_provider_saw_just_now() {
    let app = TestApp::new();
    let anew = || Purpose::Anew("/oauth2/authorize?client_id=shop".to_owned());
    let at = |time| AssertedIdentity {
        authenticated_at: time,
        ..asserted("1", ADA)
    };
    let now = app.clock.now();
    for told in [None, Some(now - TimeDelta::days(30)), Some(now - TimeDelta::seconds(6))] {
        let answer = come_back(&app, anew(), Said::Asserts(at(told))).await;
        assert!(app.upstream.last_asked().asks_again);
        let refused = app.social.sign_in_browser(answer, BrowserShown::default()).await;
        assert!(matches!(refused, Err(SocialError::NotFresh)), "{told:?}");
    }
    // Nobody was made on the way.
    let events = app.events().await;
    assert!(events.iter().all(|event| event.kind != AuditEventType::Registration));
    assert!(events.iter().all(|event| event.provider == "google".parse().ok()));
    let answer = come_back(&app, anew(), Said::Asserts(at(Some(now)))).await;
    app.clock.advance(TimeDelta::minutes(3));
    let begun = app
        .social
        .sign_in_browser(answer, BrowserShown::default())
        .await
        .unwrap();
    assert_eq!(
        proved_at(&app, &begun).await,
        now,
        "the proof is as old as the provider says"
    );
}

/// Signing in once more does not make an old proof new where the provider does not say whether it asked anybody.
#[tokio::test]
async fn a_provider_that_tells_no_time_renews_no_proof() {
    let app = TestApp::with_mail();
    let ada = browser_of(&app, asserted("1", ADA)).await;
    let first = proved_at(&app, &ada).await;
    app.clock.advance(TimeDelta::minutes(20));
    let answer = come_back(
        &app,
        Purpose::Page("/account".to_owned()),
        Said::Asserts(asserted("1", ADA)),
    )
    .await;
    let shown = BrowserShown {
        session: Some(ada.cookie.clone()),
        ..BrowserShown::default()
    };
    let again = app.social.sign_in_browser(answer, shown).await.unwrap();
    assert_eq!(proved_at(&app, &again).await, first);
    // She may have a link mailed that sets a password.
    let refused = prove(&app, &again.cookie, asserted("1", ADA)).await;
    assert!(matches!(refused, Err(SocialError::NotFresh)), "{refused:?}");
}

/// Where there is no mail, whoever has nothing else is proved by it.
#[tokio::test]
async fn a_provider_that_tells_no_time_proves_those_who_have_nothing_else() {
    let app = TestApp::new();
    let ada = browser_of(&app, asserted("1", ADA)).await;
    app.clock.advance(TimeDelta::minutes(20));
    let proved = prove(&app, &ada.cookie, asserted("1", ADA)).await.unwrap();
    assert_eq!(proved_at(&app, &proved).await, app.clock.now());
}
