//! What administrators do to other people's accounts.

use crate::administration_guards::admin;
use portcullis_application::new_account::{CreateAccountError, NewAccount};
use portcullis_application::ports::{UserFilter, UserQuery};
use portcullis_application::sign_in::LogInError;
use portcullis_application::users::{ChangeUserError, DeleteUserError, UserChange};
use portcullis_application::{Admin, OutOfReach, ProfileChange};
use portcullis_domain::{PageRequest, Role, UserId};
use portcullis_testkit::TestApp;
use portcullis_testkit::build::{PASSWORD, email, full_name, log_in, password};

fn account(address: &str) -> NewAccount {
    NewAccount {
        email: email(address),
        full_name: full_name("Ben"),
        role: Role::User,
        password: Some(password(PASSWORD)),
    }
}

async fn change(app: &TestApp, admin: &Admin, user: UserId, change: UserChange) -> Result<(), ChangeUserError> {
    app.users.change(admin.authority(), user, change).await.map(drop)
}

fn to_role(role: Role) -> UserChange {
    UserChange {
        role: Some(role),
        ..UserChange::default()
    }
}

fn to_active(is_active: bool) -> UserChange {
    UserChange {
        is_active: Some(is_active),
        ..UserChange::default()
    }
}

#[tokio::test]
async fn an_account_that_an_administrator_makes_can_sign_in() {
    let app = TestApp::new();
    let admin = admin(&app, "root@x.test").await;
    let made = app
        .users
        .create(admin.authority(), account("ben@x.test"))
        .await
        .unwrap();
    assert_eq!(
        (made.role, made.is_active, made.email_verified),
        (Role::User, true, false)
    );
    assert_eq!(app.users.find(admin.authority(), made.id).await.unwrap(), Some(made));
    app.log_in("ben@x.test").await;
}

#[tokio::test]
async fn an_account_without_a_password_is_signed_in_by_none() {
    let app = TestApp::new();
    let admin = admin(&app, "root@x.test").await;
    let without = NewAccount {
        password: None,
        ..account("ben@x.test")
    };
    app.users.create(admin.authority(), without).await.unwrap();
    let refused = app.sign_in.log_in(log_in("ben@x.test", PASSWORD)).await;
    assert!(matches!(refused, Err(LogInError::InvalidCredentials)));
}

#[tokio::test]
async fn a_taken_address_is_refused_to_new_and_to_changed_accounts() {
    let app = TestApp::new();
    let admin = admin(&app, "root@x.test").await;
    let ben = app.register("ben@x.test").await;
    let refused = app.users.create(admin.authority(), account("Ben@X.test")).await;
    assert!(matches!(refused, Err(CreateAccountError::EmailTaken)));
    let taken = UserChange {
        profile: ProfileChange {
            email: Some(email("root@x.test")),
            full_name: None,
            ..ProfileChange::default()
        },
        ..UserChange::default()
    };
    let refused = change(&app, &admin, ben.id, taken).await;
    assert!(matches!(refused, Err(ChangeUserError::EmailTaken)));
    assert_eq!(app.user(ben.id).await, Some(ben));
}

#[tokio::test]
async fn a_change_sets_what_it_names_and_leaves_the_rest() {
    let app = TestApp::new();
    let admin = admin(&app, "root@x.test").await;
    let mut ben = app.register("ben@x.test").await;
    let renamed = UserChange {
        profile: ProfileChange {
            full_name: Some(full_name("Benjamin")),
            email: None,
            ..ProfileChange::default()
        },
        ..UserChange::default()
    };
    change(&app, &admin, ben.id, renamed).await.unwrap();
    ben.full_name = full_name("Benjamin");
    assert_eq!(app.user(ben.id).await, Some(ben));
}

#[tokio::test]
async fn another_role_outdates_access_tokens_and_leaves_sessions() {
    let app = TestApp::new();
    let admin = admin(&app, "root@x.test").await;
    let ben = app.register("ben@x.test").await;
    let tokens = app.log_in("ben@x.test").await;
    change(&app, &admin, ben.id, to_role(Role::Admin)).await.unwrap();
    assert!(!app.accepts(&tokens).await);
    let next = app.refresh(&tokens.refresh_token).await.unwrap();
    assert_eq!(app.claims(&next).role, Role::Admin);
    assert!(app.accepts(&next).await);
    app.admin(&next).await;
}

#[tokio::test]
async fn the_same_role_again_outdates_nothing() {
    let app = TestApp::new();
    let admin = admin(&app, "root@x.test").await;
    let ben = app.register("ben@x.test").await;
    let tokens = app.log_in("ben@x.test").await;
    change(&app, &admin, ben.id, to_role(Role::User)).await.unwrap();
    assert!(app.accepts(&tokens).await);
}

#[tokio::test]
async fn what_a_disabled_user_held_stays_dead_when_they_are_enabled() {
    let app = TestApp::new();
    let admin = admin(&app, "root@x.test").await;
    let ben = app.register("ben@x.test").await;
    let tokens = app.log_in("ben@x.test").await;
    change(&app, &admin, ben.id, to_active(false)).await.unwrap();
    let refused = app.sign_in.log_in(log_in("ben@x.test", PASSWORD)).await;
    assert!(matches!(refused, Err(LogInError::AccountDisabled)));
    change(&app, &admin, ben.id, to_active(true)).await.unwrap();
    assert!(!app.accepts(&tokens).await);
    assert!(app.refresh(&tokens.refresh_token).await.is_err());
    app.log_in("ben@x.test").await;
}

#[tokio::test]
async fn another_address_ends_the_sessions_that_signed_in_with_the_old_one() {
    let app = TestApp::new();
    let admin = admin(&app, "root@x.test").await;
    let ben = app.register("ben@x.test").await;
    let tokens = app.log_in("ben@x.test").await;
    let moved = UserChange {
        profile: ProfileChange {
            email: Some(email("benjamin@x.test")),
            full_name: None,
            ..ProfileChange::default()
        },
        ..UserChange::default()
    };
    change(&app, &admin, ben.id, moved).await.unwrap();
    assert!(!app.accepts(&tokens).await);
    assert!(app.refresh(&tokens.refresh_token).await.is_err());
    app.log_in("benjamin@x.test").await;
}

#[tokio::test]
async fn an_administrator_who_changes_their_own_address_stays_signed_in_there() {
    let app = TestApp::new();
    let (first, second) = {
        app.register_admin("root@x.test").await;
        (app.log_in("root@x.test").await, app.log_in("root@x.test").await)
    };
    let admin = app.admin(&first).await;
    let moved = UserChange {
        profile: ProfileChange {
            email: Some(email("chief@x.test")),
            full_name: None,
            ..ProfileChange::default()
        },
        ..UserChange::default()
    };
    change(&app, &admin, admin.actor().user().id, moved).await.unwrap();
    assert!(app.accepts(&first).await && !app.accepts(&second).await);
}

#[tokio::test]
async fn a_deleted_user_is_gone_with_all_they_held() {
    let app = TestApp::new();
    let admin = admin(&app, "root@x.test").await;
    let ben = app.register("ben@x.test").await;
    let tokens = app.log_in("ben@x.test").await;
    app.upkeep.catch_up().await.unwrap();
    app.users.delete(admin.authority(), ben.id).await.unwrap();
    assert_eq!(app.user(ben.id).await, None);
    assert!(!app.verifies(&tokens).await && !app.accepts(&tokens).await);
    assert!(app.refresh(&tokens.refresh_token).await.is_err());

    app.register("ben@x.test").await;
    assert!(!app.verifies(&tokens).await && !app.accepts(&tokens).await);
}

#[tokio::test]
async fn a_users_sessions_are_seen_and_ended() {
    let app = TestApp::new();
    let admin = admin(&app, "root@x.test").await;
    let ben = app.register("ben@x.test").await;
    let tokens = app.log_in("ben@x.test").await;
    let listed = app
        .sessions
        .list(admin.authority(), ben.id, PageRequest::default())
        .await;
    let ids: Vec<_> = listed
        .unwrap()
        .unwrap()
        .items
        .iter()
        .map(|session| session.id)
        .collect();
    assert_eq!(ids, [app.claims(&tokens).session_id]);
    app.sessions.end_all(admin.authority(), ben.id).await.unwrap();
    assert!(!app.accepts(&tokens).await);
    assert!(app.accepts(&app.log_in("ben@x.test").await).await);
}

#[tokio::test]
async fn of_nobody_nothing_is_seen_or_changed() {
    let app = TestApp::new();
    let admin = admin(&app, "root@x.test").await;
    let ben = app.register("ben@x.test").await;
    app.users.delete(admin.authority(), ben.id).await.unwrap();
    assert_eq!(app.users.find(admin.authority(), ben.id).await.unwrap(), None);
    let sessions = app
        .sessions
        .list(admin.authority(), ben.id, PageRequest::default())
        .await;
    assert_eq!(sessions.unwrap(), None);
    let refused = change(&app, &admin, ben.id, to_active(false)).await;
    assert!(matches!(
        refused,
        Err(ChangeUserError::OutOfReach(OutOfReach::NotFound))
    ));
    let refused = app.sessions.end_all(admin.authority(), ben.id).await;
    assert!(matches!(refused, Err(OutOfReach::NotFound)));
    let refused = app.users.delete(admin.authority(), ben.id).await;
    assert!(matches!(
        refused,
        Err(DeleteUserError::OutOfReach(OutOfReach::NotFound))
    ));
}

#[tokio::test]
async fn users_are_found_by_part_of_their_name() {
    let app = TestApp::new();
    let admin = admin(&app, "root@x.test").await;
    let made = app.users.create(
        admin.authority(),
        NewAccount {
            full_name: full_name("홍길동"),
            ..account("hong@x.test")
        },
    );
    let made = made.await.unwrap();
    let filter = UserFilter {
        query: Some(UserQuery::parse("길동").unwrap()),
        ..UserFilter::default()
    };
    let page = app
        .users
        .list(admin.authority(), filter, PageRequest::default())
        .await
        .unwrap();
    assert_eq!(page.items, [made]);
}
