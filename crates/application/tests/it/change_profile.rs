//! Changing one's name and address.

use portcullis_application::Actor;
use portcullis_application::ProfileChange;
use portcullis_application::profile::ChangeProfileError;
use portcullis_application::sign_in::LogInError;
use portcullis_domain::{Device, Origin, User};
use portcullis_testkit::TestApp;
use portcullis_testkit::build::{PASSWORD, email, full_name, log_in};

/// An app in which Ada, whose address is verified, is signed in.
async fn signed_in() -> (TestApp, Actor) {
    let app = TestApp::new();
    let ada = app.register("ada@x.test").await;
    app.change_user(ada.id, |user| user.email_verified = true).await;
    let actor = app.actor(&app.log_in("ada@x.test").await).await;
    (app, actor)
}

fn to_email(text: &str) -> ProfileChange {
    ProfileChange {
        email: Some(email(text)),
        full_name: None,
        ..ProfileChange::default()
    }
}

#[tokio::test]
async fn a_new_name_changes_the_name_alone() {
    let (app, actor) = signed_in().await;
    let change = ProfileChange {
        full_name: Some(full_name("Countess of Lovelace")),
        email: None,
        ..ProfileChange::default()
    };
    let changed = app.profile.change(&actor, change).await.unwrap();
    let expected = User {
        full_name: full_name("Countess of Lovelace"),
        ..actor.user().clone()
    };
    assert_eq!(changed, expected);
    assert_eq!(app.user(changed.id).await, Some(expected));
}

#[tokio::test]
async fn a_new_address_is_unverified_and_signs_in_from_now_on() {
    let (app, actor) = signed_in().await;
    let changed = app.profile.change(&actor, to_email("countess@x.test")).await.unwrap();
    assert_eq!(
        (&changed.email, changed.email_verified),
        (&email("countess@x.test"), false)
    );
    app.log_in("countess@x.test").await;
    let old = app.sign_in.log_in(log_in("ada@x.test", PASSWORD)).await;
    assert!(matches!(old, Err(LogInError::InvalidCredentials)));
}

#[tokio::test]
async fn ones_own_address_in_another_spelling_changes_nothing() {
    let (app, actor) = signed_in().await;
    let changed = app.profile.change(&actor, to_email("ADA@x.test")).await.unwrap();
    assert_eq!(changed, *actor.user());
}

#[tokio::test]
async fn an_empty_change_changes_nothing() {
    let (app, actor) = signed_in().await;
    let changed = app.profile.change(&actor, ProfileChange::default()).await.unwrap();
    assert_eq!(changed, *actor.user());
}

#[tokio::test]
async fn a_taken_address_is_refused_and_the_name_beside_it_is_not_changed() {
    let (app, actor) = signed_in().await;
    app.register("ben@x.test").await;
    let change = ProfileChange {
        full_name: Some(full_name("Benjamin")),
        ..to_email("BEN@x.test")
    };
    let refused = app.profile.change(&actor, change).await;
    assert!(matches!(refused, Err(ChangeProfileError::EmailTaken)));
    assert_eq!(app.user(actor.user().id).await.as_ref(), Some(actor.user()));
}

#[tokio::test]
async fn a_session_that_ended_meanwhile_changes_nothing() {
    let (app, actor) = signed_in().await;
    app.revoke(actor.session_id()).await;
    let refused = app.profile.change(&actor, to_email("countess@x.test")).await;
    assert!(matches!(refused, Err(ChangeProfileError::SignedOut)));
    assert_eq!(app.user(actor.user().id).await.as_ref(), Some(actor.user()));
}

#[tokio::test]
async fn a_session_that_expired_meanwhile_changes_nothing() {
    let (app, actor) = signed_in().await;
    app.clock.advance(app.policy.refresh_token_life);
    let change = ProfileChange {
        email: None,
        full_name: Some(full_name("Benjamin")),
        ..to_email("countess@x.test")
    };
    let refused = app.profile.change(&actor, change).await;
    assert!(matches!(refused, Err(ChangeProfileError::SignedOut)));
}

#[tokio::test]
async fn a_user_who_was_disabled_or_deleted_meanwhile_changes_nothing() {
    let app = TestApp::new();
    let ada = app.register("ada@x.test").await;
    let actor = app.actor(&app.log_in("ada@x.test").await).await;
    app.change_user(ada.id, |user| user.is_active = false).await;
    let disabled = app.profile.change(&actor, to_email("countess@x.test")).await;
    assert!(matches!(disabled, Err(ChangeProfileError::SignedOut)));
    assert_eq!(app.user(ada.id).await.unwrap().email, ada.email);
    app.delete_user(ada.id).await;
    let deleted = app.profile.change(&actor, to_email("countess@x.test")).await;
    assert!(matches!(deleted, Err(ChangeProfileError::SignedOut)));
}

#[tokio::test]
async fn what_was_changed_meanwhile_elsewhere_stays_changed() {
    let (app, actor) = signed_in().await;
    app.change_user(actor.user().id, |user| user.full_name = full_name("Augusta Ada King"))
        .await;
    let changed = app.profile.change(&actor, to_email("countess@x.test")).await.unwrap();
    assert_eq!(changed.full_name, full_name("Augusta Ada King"));
}

#[tokio::test]
async fn addresses_that_a_user_tries_count_as_registrations() {
    let app = TestApp::new();
    app.register("ada@x.test").await;
    app.register("bob@x.test").await;
    let tokens = app.log_in("ada@x.test").await;
    let from_somewhere = Origin {
        device: Device {
            address: Some("203.0.113.7".parse().unwrap()),
            user_agent: None,
        },
        ..Origin::default()
    };
    let raw = tokens.access_token.expose();
    let actor = app.authentication.authenticate(raw, from_somewhere).await.unwrap();
    let mut ends = Vec::new();
    for _ in 0..21 {
        ends.push(app.profile.change(&actor, to_email("bob@x.test")).await.unwrap_err());
    }
    let last = ends.pop().unwrap();
    assert!(
        ends.iter().all(|end| matches!(end, ChangeProfileError::EmailTaken)),
        "{ends:?}"
    );
    assert!(matches!(last, ChangeProfileError::TooMany(_)), "{last:?}");
}
