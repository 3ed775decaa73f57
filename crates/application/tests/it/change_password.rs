//! Changing one's password.

use portcullis_application::passwords::ChangePasswordError;
use portcullis_application::ports::HasherError;
use portcullis_application::sign_in::LogInError;
use portcullis_application::tokens::Tokens;
use portcullis_application::{Actor, ProveAgainError};
use portcullis_testkit::build::{PASSWORD, log_in, password, presented};
use portcullis_testkit::{Capacity, TemporaryStore, TestApp};
use std::sync::Arc;

const NEW: &str = "a quite different password";

async fn signed_in() -> (TestApp, Tokens, Actor) {
    let app = TestApp::new();
    app.register("ada@x.test").await;
    let tokens = app.log_in("ada@x.test").await;
    let actor = app.actor(&tokens).await;
    (app, tokens, actor)
}

async fn change(app: &TestApp, actor: &Actor, current: &str) -> Result<(), ChangePasswordError> {
    app.passwords
        .change(actor, Some(presented(current)), password(NEW))
        .await
}

async fn assert_unchanged(app: &TestApp, actor: &Actor) {
    let kept = app.password_hash(actor.user().id).await;
    assert_eq!(kept, Some(app.hasher.hash_of(PASSWORD)));
}

#[tokio::test]
async fn the_new_password_signs_in_and_the_old_one_no_more() {
    let (app, _, actor) = signed_in().await;
    change(&app, &actor, PASSWORD).await.unwrap();
    app.sign_in.log_in(log_in("ada@x.test", NEW)).await.unwrap();
    let old = app.sign_in.log_in(log_in("ada@x.test", PASSWORD)).await;
    assert!(matches!(old, Err(LogInError::InvalidCredentials)));
    let user = actor.user();
    assert_eq!(app.password_hash(user.id).await, Some(app.hasher.hash_of(NEW)));
    assert_eq!(app.user(user.id).await.as_ref(), Some(user));
}

#[tokio::test]
async fn the_users_other_sessions_end_and_this_one_and_strangers_go_on() {
    let (app, own, actor) = signed_in().await;
    let elsewhere = app.log_in("ada@x.test").await;
    app.register("ben@x.test").await;
    let bens = app.log_in("ben@x.test").await;
    change(&app, &actor, PASSWORD).await.unwrap();
    assert!(!app.accepts(&elsewhere).await);
    assert!(app.refresh(&elsewhere.refresh_token).await.is_err());
    assert!(app.accepts(&own).await && app.accepts(&bens).await);
    app.refresh(&own.refresh_token).await.unwrap();
}

#[tokio::test]
async fn a_wrong_current_password_changes_nothing() {
    let (app, _, actor) = signed_in().await;
    let elsewhere = app.log_in("ada@x.test").await;
    let hashes = app.hasher.hashes();
    for wrong in ["", "wrong password", NEW] {
        let refused = change(&app, &actor, wrong).await;
        assert!(
            matches!(refused, Err(ChangePasswordError::NotProved(ProveAgainError::Wrong))),
            "{wrong:?}"
        );
    }
    assert_eq!(app.hasher.hashes(), hashes);
    assert_unchanged(&app, &actor).await;
    assert!(app.accepts(&elsewhere).await);
}

#[tokio::test]
async fn who_has_no_password_has_none_to_confirm_with() {
    let store = TemporaryStore::new();
    let app = TestApp::on(Arc::new(store.clone()));
    let ada = app.register("ada@x.test").await;
    let actor = app.actor(&app.log_in("ada@x.test").await).await;
    store.execute("DELETE FROM passwords");
    for offered in ["", "null", PASSWORD] {
        let refused = change(&app, &actor, offered).await;
        assert!(
            matches!(refused, Err(ChangePasswordError::NotProved(ProveAgainError::Wrong))),
            "{offered:?}"
        );
    }
    assert_eq!(app.password_hash(ada.id).await, None);
}

#[tokio::test]
async fn a_password_that_was_changed_meanwhile_is_the_wrong_one() {
    let (app, _, actor) = signed_in().await;
    let meanwhile = "set by somebody else";
    app.set_password(actor.user().id, meanwhile).await;
    let refused = change(&app, &actor, PASSWORD).await;
    assert!(matches!(
        refused,
        Err(ChangePasswordError::NotProved(ProveAgainError::Wrong))
    ));
    let kept = app.password_hash(actor.user().id).await;
    assert_eq!(kept, Some(app.hasher.hash_of(meanwhile)));
}

#[tokio::test]
async fn a_session_that_ended_meanwhile_changes_nothing() {
    let (app, _, actor) = signed_in().await;
    app.revoke(actor.session_id()).await;
    let refused = change(&app, &actor, PASSWORD).await;
    assert!(matches!(
        refused,
        Err(ChangePasswordError::NotProved(ProveAgainError::SignedOut))
    ));
    assert_unchanged(&app, &actor).await;
}

#[tokio::test]
async fn a_user_who_was_disabled_or_deleted_meanwhile_changes_nothing() {
    let app = TestApp::new();
    let ada = app.register("ada@x.test").await;
    let actor = app.actor(&app.log_in("ada@x.test").await).await;
    app.change_user(ada.id, |user| user.is_active = false).await;
    let disabled = change(&app, &actor, PASSWORD).await;
    assert!(matches!(
        disabled,
        Err(ChangePasswordError::NotProved(ProveAgainError::SignedOut))
    ));
    assert_unchanged(&app, &actor).await;
    app.delete_user(ada.id).await;
    let deleted = change(&app, &actor, PASSWORD).await;
    assert!(matches!(
        deleted,
        Err(ChangePasswordError::NotProved(ProveAgainError::SignedOut))
    ));
}

#[tokio::test]
async fn while_the_hasher_is_busy_nothing_changes() {
    let (app, _, actor) = signed_in().await;
    for capacity in [Capacity::Busy, Capacity::VerifyOnly] {
        app.hasher.set_capacity(capacity);
        let refused = change(&app, &actor, PASSWORD).await;
        let Err(ChangePasswordError::NotProved(ProveAgainError::Hasher(error)) | ChangePasswordError::Hasher(error)) =
            refused
        else {
            panic!("{capacity:?}: {refused:?}")
        };
        assert!(matches!(error, HasherError::Busy), "{capacity:?}");
    }
    assert_unchanged(&app, &actor).await;
}

#[tokio::test]
async fn who_has_no_password_sets_the_first_by_a_fresh_proof() {
    let (app, own, actor) = signed_in().await;
    let elsewhere = app.log_in("ada@x.test").await;
    let set = async |actor: &Actor| app.passwords.change(actor, None, password(NEW)).await;
    // Where there is one, it is asked for, however fresh the proof is.
    let refused = set(&actor).await;
    assert!(
        matches!(refused, Err(ChangePasswordError::NotProved(ProveAgainError::Wrong))),
        "{refused:?}"
    );
    assert_unchanged(&app, &actor).await;
    app.remove_password(actor.user().id).await;
    app.clock.advance(chrono::TimeDelta::minutes(11));
    let late = set(&actor).await;
    assert!(matches!(late, Err(ChangePasswordError::StepUp(_))), "{late:?}");
    app.clock.advance(chrono::TimeDelta::minutes(-11));
    set(&actor).await.unwrap();
    app.sign_in.log_in(log_in("ada@x.test", NEW)).await.unwrap();
    assert!(app.accepts(&own).await && !app.accepts(&elsewhere).await);
}
