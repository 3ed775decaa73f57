//! What is counted of what happens.

use chrono::TimeDelta;
use portcullis_domain::{Origin, SecretText};
use portcullis_testkit::build::{self, PASSWORD};
use portcullis_testkit::{COMMON_PASSWORD, Capacity, TestApp};

#[tokio::test]
async fn each_attempt_to_sign_in_is_counted_by_how_it_ended() {
    let app = TestApp::new();
    let ada = app.register("ada@x.test").await;
    let _registered = app.meter.take();
    let log_in = async |password: &str| drop(app.sign_in.log_in(build::log_in("ada@x.test", password)).await);
    log_in(PASSWORD).await;
    log_in("another password").await;
    app.change_user(ada.id, |user| user.is_active = false).await;
    log_in(PASSWORD).await;
    app.hasher.set_capacity(Capacity::Busy);
    log_in(PASSWORD).await;
    assert_eq!(
        app.meter.take(),
        [
            "sign-in success",
            "sign-in invalid_credentials",
            "sign-in account_disabled",
            "sign-in busy"
        ]
    );
}

#[tokio::test]
async fn each_registration_is_counted_by_how_it_ended() {
    let app = TestApp::new();
    let register = async |address: &str, password: &str| {
        let sign_up = portcullis_application::registration::SignUp {
            password: build::password(password),
            ..build::registration(address)
        };
        drop(app.registration.register(sign_up, Origin::default()).await);
    };
    register("ada@x.test", PASSWORD).await;
    register("ada@x.test", PASSWORD).await;
    register("bob@x.test", COMMON_PASSWORD).await;
    app.hasher.set_capacity(Capacity::Busy);
    register("bob@x.test", PASSWORD).await;
    assert_eq!(
        app.meter.take(),
        [
            "registration success",
            "registration email_taken",
            "registration too_common",
            "registration busy"
        ]
    );
}

#[tokio::test]
async fn each_refresh_is_counted_by_its_cause() {
    let app = TestApp::new();
    app.register("ada@x.test").await;
    let first = app.log_in("ada@x.test").await;
    let other = app.log_in("ada@x.test").await;
    let _before = app.meter.take();
    let refresh = async |token: &SecretText| app.refresh(token).await.ok();
    let second = refresh(&first.refresh_token).await.unwrap();
    refresh(&first.refresh_token).await;
    refresh(&second.refresh_token).await;
    app.clock.advance(TimeDelta::minutes(1));
    refresh(&first.refresh_token).await;
    refresh(&second.refresh_token).await;
    refresh(&SecretText::new("made up".to_owned())).await;
    app.clock.advance(TimeDelta::days(8));
    refresh(&other.refresh_token).await;
    assert_eq!(
        app.meter.take(),
        [
            "refresh rotated",
            "refresh repeated",
            "refresh rotated",
            "refresh reused",
            "refresh invalid",
            "refresh invalid",
            "refresh expired"
        ]
    );
}

#[tokio::test]
async fn a_reading_of_the_revocations_and_a_sealed_trail_are_told() {
    let app = TestApp::new();
    app.upkeep.begin().await.unwrap();
    assert_eq!(app.meter.take(), ["revocations read"]);
    app.register("ada@x.test").await;
    let _registered = app.meter.take();
    app.upkeep.seal_audit_trail().await.unwrap();
    app.upkeep.seal_audit_trail().await.unwrap();
    assert_eq!(app.meter.take(), ["audit trail sealed", "audit trail sealed"]);
}

#[tokio::test]
async fn what_is_refused_by_a_limit_is_counted_by_its_name() {
    let app = TestApp::new();
    app.register("ada@x.test").await;
    for _ in 0..10 {
        drop(
            app.sign_in
                .log_in(build::log_in("ada@x.test", "another password"))
                .await,
        );
    }
    let _before = app.meter.take();
    drop(app.sign_in.log_in(build::log_in("ada@x.test", PASSWORD)).await);
    assert_eq!(app.meter.take(), ["limit login", "sign-in too_many_requests"]);
}
