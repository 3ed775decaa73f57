//! What the command line does to accounts.

use portcullis_application::administration::{AdministrationError, CreateAccountError, NewAccount, UserChange};
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
    let made = app.operator.create_user(account("root@x.test")).await.unwrap();
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
    assert!(!app.operator.has_admin().await.unwrap());
    let made = app.operator.create_first_admin(account("root@x.test")).await.unwrap();
    assert_eq!(made.unwrap().role, Role::Admin);
    assert!(app.operator.has_admin().await.unwrap());
    let again = app.operator.create_first_admin(account("second@x.test")).await.unwrap();
    assert_eq!(again, None);
}

#[tokio::test]
async fn the_settings_promote_nobody_who_signed_up_under_that_address() {
    let app = TestApp::new();
    let squatter = app.register("root@x.test").await;
    let refused = app.operator.create_first_admin(account("root@x.test")).await;
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
            tokio::spawn(async move { server.operator.create_first_admin(account).await.unwrap().is_some() })
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
    app.register("ada@x.test").await;
    let tokens = app.log_in("ada@x.test").await;
    app.operator
        .set_password(email("ada@x.test"), password("another good one"))
        .await
        .unwrap();
    assert!(!app.accepts(&tokens).await);
    app.auth
        .log_in(portcullis_testkit::build::log_in("ada@x.test", "another good one"))
        .await
        .unwrap();
}

#[tokio::test]
async fn the_rules_are_those_of_administrators() {
    let app = TestApp::new();
    app.operator.create_user(account("root@x.test")).await.unwrap();
    let disabling = || UserChange {
        is_active: Some(false),
        ..UserChange::default()
    };
    let refused = app.operator.change_user(email("root@x.test"), disabling()).await;
    assert!(matches!(refused, Err(AdministrationError::LastAdmin)));
    let refused = app.operator.delete_user(email("root@x.test")).await;
    assert!(matches!(refused, Err(AdministrationError::LastAdmin)));
    for refused in [
        app.operator
            .change_user(email("nobody@x.test"), disabling())
            .await
            .map(drop),
        app.operator.delete_user(email("nobody@x.test")).await.map(drop),
        app.operator.end_sessions(email("nobody@x.test")).await.map(drop),
        app.operator
            .set_password(email("nobody@x.test"), password(PASSWORD))
            .await
            .map(drop),
    ] {
        assert!(matches!(refused, Err(AdministrationError::NotFound)));
    }

    app.register("ada@x.test").await;
    app.log_in("ada@x.test").await;
    assert_eq!(app.operator.end_sessions(email("ada@x.test")).await.unwrap(), 1);
    app.operator.delete_user(email("ADA@x.test")).await.unwrap();
    let page = PageRequest {
        size: PageSize::new(100).unwrap(),
        after: None,
    };
    let left = app.operator.list_users(page).await.unwrap().items;
    assert_eq!(left.len(), 1);
}
