//! Signing up.

use portcullis_application::ports::{Clock, HasherError};
use portcullis_application::registration::{RegisterError, SignUp};
use portcullis_domain::{Origin, Role, User};
use portcullis_testkit::build::{email, full_name, registration, user};
use portcullis_testkit::{Capacity, TestApp};

#[tokio::test]
async fn whoever_signs_up_is_an_active_unverified_user_from_now_on() {
    let app = TestApp::new();
    let registered = app
        .registration
        .register(
            SignUp {
                full_name: full_name("홍길동"),
                ..registration("ada@x.test")
            },
            Origin::default(),
        )
        .await
        .unwrap();
    let expected = User {
        id: registered.id,
        full_name: full_name("홍길동"),
        created_at: app.clock.now(),
        has_password: true,
        ..user("ada@x.test")
    };
    assert_eq!(registered, expected);
    assert_eq!(
        (registered.role, registered.is_active, registered.email_verified),
        (Role::User, true, false)
    );
    assert_eq!(app.user(registered.id).await, Some(expected));
    app.log_in("ada@x.test").await;
}

#[tokio::test]
async fn every_account_has_an_id_of_its_own() {
    let app = TestApp::new();
    assert_ne!(app.register("ada@x.test").await.id, app.register("ben@x.test").await.id);
}

#[tokio::test]
async fn a_taken_address_is_refused_in_any_letter_case_before_anything_is_hashed() {
    let app = TestApp::new();
    let ada = app.register("ada@x.test").await;
    let hashes = app.hasher.hashes();
    let refused = app
        .registration
        .register(registration("ADA@X.test"), Origin::default())
        .await;
    assert!(matches!(refused, Err(RegisterError::EmailTaken)));
    assert_eq!(app.hasher.hashes(), hashes);
    assert_eq!(app.user(ada.id).await, Some(ada));
}

#[tokio::test]
async fn the_address_of_a_disabled_account_stays_taken() {
    let app = TestApp::new();
    let ada = app.register("ada@x.test").await;
    app.change_user(ada.id, |user| user.is_active = false).await;
    let refused = app
        .registration
        .register(registration("ada@x.test"), Origin::default())
        .await;
    assert!(matches!(refused, Err(RegisterError::EmailTaken)));
}

#[tokio::test]
async fn an_address_that_somebody_gave_up_is_free() {
    let app = TestApp::new();
    let ada = app.register("ada@x.test").await;
    app.change_user(ada.id, |user| user.change_email(email("countess@x.test")))
        .await;
    assert_ne!(app.register("ada@x.test").await.id, ada.id);
}

#[tokio::test]
async fn while_the_hasher_is_busy_nobody_is_registered() {
    let app = TestApp::new();
    app.hasher.set_capacity(Capacity::Busy);
    let refused = app
        .registration
        .register(registration("ada@x.test"), Origin::default())
        .await;
    assert!(matches!(refused, Err(RegisterError::Hasher(HasherError::Busy))));
    app.hasher.set_capacity(Capacity::Free);
    app.register("ada@x.test").await;
}
