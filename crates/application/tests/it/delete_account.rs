//! Deleting one's own account.

use portcullis_application::ProveAgainError;
use portcullis_application::profile::DeleteAccountError;
use portcullis_domain::{AuditEventType, AuditReason, AuditResult, User};
use portcullis_testkit::build::{PASSWORD, presented};
use portcullis_testkit::{TemporaryStore, TestApp};
use std::sync::Arc;

#[tokio::test]
async fn the_password_deletes_the_account_and_its_sessions() {
    let app = TestApp::new();
    let ada = app.register("ada@x.test").await;
    let tokens = app.log_in("ada@x.test").await;
    let actor = app.actor(&tokens).await;
    app.profile
        .delete_account(&actor, Some(presented(PASSWORD)))
        .await
        .unwrap();
    assert_eq!(app.user(ada.id).await, None);
    assert!(!app.accepts(&tokens).await);
    let again = app.profile.delete_account(&actor, Some(presented(PASSWORD))).await;
    assert!(matches!(
        again,
        Err(DeleteAccountError::NotProved(ProveAgainError::SignedOut))
    ));
}

#[tokio::test]
async fn a_wrong_password_deletes_nothing_and_is_recorded() {
    let app = TestApp::new();
    let ada = app.register("ada@x.test").await;
    let actor = app.actor(&app.log_in("ada@x.test").await).await;
    app.clock.advance(chrono::TimeDelta::milliseconds(1));
    let refused = app.profile.delete_account(&actor, Some(presented("wrong"))).await;
    assert!(matches!(
        refused,
        Err(DeleteAccountError::NotProved(ProveAgainError::Wrong))
    ));
    let still_there = User {
        has_signed_in: true,
        ..ada.clone()
    };
    assert_eq!(app.user(ada.id).await, Some(still_there));
    let events = app.events().await;
    let last = events.last().unwrap();
    assert_eq!(
        (last.kind, last.result),
        (AuditEventType::AccountDeleted, AuditResult::Failure)
    );
    assert_eq!(last.reason, Some(AuditReason::WrongPassword));
}

#[tokio::test]
async fn an_account_without_a_password_is_not_deleted_by_one() {
    let store = TemporaryStore::new();
    let app = TestApp::on(Arc::new(store.clone()));
    app.register("ada@x.test").await;
    let actor = app.actor(&app.log_in("ada@x.test").await).await;
    store.execute("DELETE FROM passwords");
    let refused = app.profile.delete_account(&actor, Some(presented(PASSWORD))).await;
    assert!(matches!(
        refused,
        Err(DeleteAccountError::NotProved(ProveAgainError::Wrong))
    ));
}

#[tokio::test]
async fn an_account_without_a_password_is_deleted_by_a_fresh_proof() {
    let app = TestApp::new();
    let ada = app.register("ada@x.test").await;
    let actor = app.actor(&app.log_in("ada@x.test").await).await;
    let refused = app.profile.delete_account(&actor, None).await;
    assert!(matches!(
        refused,
        Err(DeleteAccountError::NotProved(ProveAgainError::Wrong))
    ));
    app.remove_password(ada.id).await;
    app.clock.advance(chrono::TimeDelta::minutes(11));
    let late = app.profile.delete_account(&actor, None).await;
    assert!(matches!(late, Err(DeleteAccountError::StepUp(_))), "{late:?}");
    app.clock.advance(chrono::TimeDelta::minutes(-11));
    app.profile.delete_account(&actor, None).await.unwrap();
    assert_eq!(app.user(ada.id).await, None);
}
