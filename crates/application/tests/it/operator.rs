//! What the command line does to accounts.

use portcullis_application::OutOfReach;
use portcullis_application::new_account::{CreateAccountError, NewAccount};
use portcullis_application::passwords::SetPasswordError;
use portcullis_application::ports::UserFilter;
use portcullis_application::users::{ChangeUserError, DeleteUserError, UserChange};
use portcullis_domain::{AuditReason, PageRequest, PageSize, Role};
use portcullis_testkit::TestApp;
use portcullis_testkit::build::{PASSWORD, email, full_name, password};

fn account(address: &str) -> NewAccount {
    NewAccount {
        email: email(address),
        full_name: full_name("Root"),
        role: Role::Admin,
        password: Some(password(PASSWORD)),
    }
}

#[tokio::test]
async fn the_first_administrator_is_made_by_the_command_line() {
    let app = TestApp::new();
    let made = app
        .users
        .create(app.operator().authority(), account("root@x.test"))
        .await
        .unwrap();
    assert_eq!(made.role, Role::Admin);
    app.clock.advance(chrono::TimeDelta::milliseconds(1));
    app.admin(&app.log_in("root@x.test").await).await;
    let event = app.events().await.remove(0);
    assert_eq!((event.actor_id, event.reason), (None, Some(AuditReason::CommandLine)));
    assert!(event.origin.device.user_agent.is_some() && event.origin.device.address.is_none());
}

#[tokio::test]
async fn the_settings_make_an_administrator_only_while_there_is_none() {
    let app = TestApp::new();
    assert!(!app.first_admin.is_there(&app.operator()).await.unwrap());
    let made = app
        .first_admin
        .create(&app.operator(), account("root@x.test"))
        .await
        .unwrap();
    assert_eq!(made.unwrap().role, Role::Admin);
    assert!(app.first_admin.is_there(&app.operator()).await.unwrap());
    let again = app
        .first_admin
        .create(&app.operator(), account("second@x.test"))
        .await
        .unwrap();
    assert_eq!(again, None);
}

#[tokio::test]
async fn the_settings_promote_nobody_who_signed_up_under_that_address() {
    let app = TestApp::new();
    let squatter = app.register("root@x.test").await;
    let refused = app.first_admin.create(&app.operator(), account("root@x.test")).await;
    assert!(matches!(refused, Err(CreateAccountError::EmailTaken)));
    assert_eq!(app.user(squatter.id).await, Some(squatter));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_starts_at_once_one_makes_the_administrator() {
    let app = TestApp::new();
    let starts: Vec<_> = (0..20)
        .map(|number| {
            let server = app.beside();
            let account = account(&format!("root{number}@x.test"));
            tokio::spawn(async move {
                server
                    .first_admin
                    .create(&server.operator(), account)
                    .await
                    .unwrap()
                    .is_some()
            })
        })
        .collect();
    let mut made = 0;
    for start in starts {
        made += usize::from(start.await.unwrap());
    }
    assert_eq!(made, 1);
}

#[tokio::test]
async fn a_lost_password_is_set_and_ends_the_sessions() {
    let app = TestApp::new();
    let ada = app.register("ada@x.test").await;
    let tokens = app.log_in("ada@x.test").await;
    let operator = app.operator().authority();
    let set = app.passwords.set(operator, ada.id, password("another good one"));
    set.await.unwrap();
    assert!(!app.accepts(&tokens).await);
    app.sign_in
        .log_in(portcullis_testkit::build::log_in("ada@x.test", "another good one"))
        .await
        .unwrap();
}

#[tokio::test]
async fn the_rules_are_those_of_administrators() {
    let app = TestApp::new();
    let operator = || app.operator().authority();
    let root = app.users.create(operator(), account("root@x.test")).await.unwrap();
    let disabling = || UserChange {
        is_active: Some(false),
        ..UserChange::default()
    };
    let refused = app.users.change(operator(), root.id, disabling()).await;
    assert!(matches!(refused, Err(ChangeUserError::LastAdmin)));
    let refused = app.users.delete(operator(), root.id).await;
    assert!(matches!(refused, Err(DeleteUserError::LastAdmin)));

    let ada = app.register("ada@x.test").await;
    app.log_in("ada@x.test").await;
    assert_eq!(app.sessions.end_all(operator(), ada.id).await.unwrap(), 1);
    let found = app.users.find_by_email(operator(), email("ADA@x.test")).await.unwrap();
    assert_eq!(found.map(|user| user.id), Some(ada.id));
    app.users.delete(operator(), ada.id).await.unwrap();
    let found = app.users.find_by_email(operator(), email("ada@x.test")).await.unwrap();
    assert_eq!(found, None);
    let refused = app.users.change(operator(), ada.id, disabling()).await;
    assert!(matches!(
        refused,
        Err(ChangeUserError::OutOfReach(OutOfReach::NotFound))
    ));
    let refused = app.users.delete(operator(), ada.id).await;
    assert!(matches!(
        refused,
        Err(DeleteUserError::OutOfReach(OutOfReach::NotFound))
    ));
    let refused = app.sessions.end_all(operator(), ada.id).await;
    assert!(matches!(refused, Err(OutOfReach::NotFound)));
    let refused = app.passwords.set(operator(), ada.id, password(PASSWORD)).await;
    assert!(matches!(
        refused,
        Err(SetPasswordError::OutOfReach(OutOfReach::NotFound))
    ));

    let page = PageRequest {
        size: PageSize::new(100).unwrap(),
        after: None,
    };
    let left = app.users.list(operator(), UserFilter::default(), page).await.unwrap();
    assert_eq!(left.items.len(), 1);
}
