//! Who may administrate, and that somebody always may.

use portcullis_application::authentication::{AuthenticateError, AuthorizeError};
use portcullis_application::new_account::{CreateAccountError, NewAccount};
use portcullis_application::profile::DeleteAccountError;
use portcullis_application::tokens::Tokens;
use portcullis_application::users::{ChangeUserError, DeleteUserError, UserChange};
use portcullis_application::{Admin, OutOfReach};
use portcullis_domain::{Origin, Role};
use portcullis_testkit::TestApp;
use portcullis_testkit::build::{PASSWORD, email, full_name, presented};

/// An administrator of that address, signed in.
pub(crate) async fn admin(app: &TestApp, address: &str) -> Admin {
    app.register_admin(address).await;
    app.admin(&app.log_in(address).await).await
}

async fn refusal(app: &TestApp, tokens: &Tokens) -> AuthorizeError {
    let raw = tokens.access_token.expose();
    app.authentication
        .authorize_admin(raw, Origin::default())
        .await
        .unwrap_err()
}

fn demotion() -> UserChange {
    UserChange {
        role: Some(Role::User),
        ..UserChange::default()
    }
}

fn disabling() -> UserChange {
    UserChange {
        is_active: Some(false),
        ..UserChange::default()
    }
}

#[tokio::test]
async fn the_role_of_the_store_decides_and_not_the_tokens() {
    let app = TestApp::new();
    app.register("ben@x.test").await;
    assert!(matches!(
        refusal(&app, &app.log_in("ben@x.test").await).await,
        AuthorizeError::Forbidden
    ));

    let root = admin(&app, "root@x.test").await;
    let second = app.register_admin("second@x.test").await;
    let tokens = app.log_in("second@x.test").await;
    app.admin(&tokens).await;
    app.users.change(root.authority(), second.id, demotion()).await.unwrap();
    assert!(matches!(refusal(&app, &tokens).await, AuthorizeError::Forbidden));
}

#[tokio::test]
async fn a_disabled_administrator_is_told_so() {
    let app = TestApp::new();
    let root = admin(&app, "root@x.test").await;
    let second = app.register_admin("second@x.test").await;
    let tokens = app.log_in("second@x.test").await;
    app.users
        .change(root.authority(), second.id, disabling())
        .await
        .unwrap();
    let refused = refusal(&app, &tokens).await;
    assert!(matches!(
        refused,
        AuthorizeError::Unknown(AuthenticateError::AccountDisabled)
    ));
}

#[tokio::test]
async fn the_last_active_administrator_stays_one() {
    let app = TestApp::new();
    let root = admin(&app, "root@x.test").await;
    let retired = app.register_admin("retired@x.test").await;
    app.users
        .change(root.authority(), retired.id, disabling())
        .await
        .unwrap();
    let own = root.actor().user().id;
    for change in [demotion(), disabling()] {
        let refused = app.users.change(root.authority(), own, change).await;
        assert!(matches!(refused, Err(ChangeUserError::LastAdmin)));
    }
    let refused = app.users.delete(root.authority(), own).await;
    assert!(matches!(refused, Err(DeleteUserError::LastAdmin)));
    let refused = app
        .profile
        .delete_account(root.actor(), Some(presented(PASSWORD)))
        .await;
    assert!(matches!(refused, Err(DeleteAccountError::LastAdmin)));
    assert_eq!(app.user(own).await.as_ref(), Some(root.actor().user()));

    app.register_admin("second@x.test").await;
    app.users.change(root.authority(), own, demotion()).await.unwrap();
}

#[tokio::test]
async fn a_change_that_takes_no_rights_away_is_open_to_the_last_administrator() {
    let app = TestApp::new();
    let root = admin(&app, "root@x.test").await;
    let same = UserChange {
        role: Some(Role::Admin),
        is_active: Some(true),
        ..UserChange::default()
    };
    app.users
        .change(root.authority(), root.actor().user().id, same)
        .await
        .unwrap();
}

#[tokio::test]
async fn who_is_demoted_between_the_check_and_the_change_changes_nothing() {
    let app = TestApp::new();
    let root = admin(&app, "root@x.test").await;
    let second = admin(&app, "second@x.test").await;
    let ben = app.register("ben@x.test").await;
    app.users
        .change(root.authority(), second.actor().user().id, demotion())
        .await
        .unwrap();

    let refused = app.users.change(second.authority(), ben.id, disabling()).await;
    assert!(matches!(
        refused,
        Err(ChangeUserError::OutOfReach(OutOfReach::NoLongerAllowed))
    ));
    let refused = app.users.delete(second.authority(), ben.id).await;
    assert!(matches!(
        refused,
        Err(DeleteUserError::OutOfReach(OutOfReach::NoLongerAllowed))
    ));
    let refused = app.sessions.end_all(second.authority(), ben.id).await;
    assert!(matches!(refused, Err(OutOfReach::NoLongerAllowed)));
    let account = NewAccount {
        email: email("new@x.test"),
        full_name: full_name("New"),
        role: Role::Admin,
        password: None,
    };
    let refused = app.users.create(second.authority(), account).await;
    assert!(matches!(refused, Err(CreateAccountError::NoLongerAllowed)));
    assert_eq!(app.user(ben.id).await, Some(ben));
}

#[tokio::test]
async fn who_is_signed_out_between_the_check_and_the_change_changes_nothing() {
    let app = TestApp::new();
    let root = admin(&app, "root@x.test").await;
    let ben = app.register("ben@x.test").await;
    app.revoke(root.actor().session_id()).await;
    let refused = app.users.change(root.authority(), ben.id, disabling()).await;
    assert!(matches!(
        refused,
        Err(ChangeUserError::OutOfReach(OutOfReach::NoLongerAllowed))
    ));
}

/// On real threads: of two who demote each other, one stays.
#[tokio::test(flavor = "multi_thread")]
async fn two_administrators_who_demote_each_other_leave_one() {
    for _ in 0..50 {
        let app = TestApp::new();
        let (first, second) = (admin(&app, "first@x.test").await, admin(&app, "second@x.test").await);
        let ids = [first.actor().user().id, second.actor().user().id];
        let (one, other) = tokio::join!(
            tokio::spawn({
                let app = app.clone();
                async move { app.users.change(first.authority(), ids[1], demotion()).await }
            }),
            tokio::spawn({
                let app = app.clone();
                async move { app.users.change(second.authority(), ids[0], disabling()).await }
            })
        );
        let done = [one.unwrap().is_ok(), other.unwrap().is_ok()];
        assert_eq!(done.iter().filter(|done| **done).count(), 1, "{done:?}");
    }
}
