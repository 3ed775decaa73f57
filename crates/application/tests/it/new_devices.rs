//! Notices of sign-ins on devices that an account does not know.

use chrono::TimeDelta;
use portcullis_application::ProfileChange;
use portcullis_application::sign_in::LoginAttempt;
use portcullis_application::tokens::Tokens;
use portcullis_domain::{Device, DeviceToken, Origin, SecretText, UserAgent};
use portcullis_testkit::TestApp;
use portcullis_testkit::build::{PASSWORD, email, log_in, password, presented};

async fn sign_in(app: &TestApp, agent: &str, device_token: Option<&DeviceToken>) -> Tokens {
    let attempt = LoginAttempt {
        origin: Origin {
            device: Device {
                address: None,
                user_agent: UserAgent::from_text(agent),
            },
            device_token: device_token.cloned(),
            ..Origin::default()
        },
        ..log_in("ada@x.test", PASSWORD)
    };
    app.sign_in.log_in(attempt).await.unwrap()
}

async fn notices(app: &TestApp) -> usize {
    let mails = app.mails().await;
    mails.iter().filter(|mail| mail.subject == "new_device in en").count()
}

async fn with_ada() -> TestApp {
    let app = TestApp::with_mail();
    app.register("ada@x.test").await;
    app.mails().await;
    app
}

#[tokio::test]
async fn a_later_sign_in_on_a_device_that_is_not_known_is_told_of() {
    let app = with_ada().await;
    let first = sign_in(&app, "Firefox", None).await;
    assert_eq!(notices(&app).await, 0, "the first sign-in");
    let known = first.device_token.as_ref();
    sign_in(&app, "Firefox", known).await;
    assert_eq!(notices(&app).await, 0, "on a known device");
    sign_in(&app, "Firefox", None).await;
    assert_eq!(notices(&app).await, 1, "without the cookie");
    let made_up = DeviceToken::new("made up".to_owned());
    sign_in(&app, "Opera", Some(&made_up)).await;
    assert_eq!(notices(&app).await, 1, "with a cookie of nobody");
}

#[tokio::test]
async fn of_one_user_agent_an_account_is_told_once_a_day() {
    let app = with_ada().await;
    sign_in(&app, "curl", None).await;
    for (hours, agent, expected) in [(0, "curl", 1), (23, "curl", 0), (0, "wget", 1), (1, "curl", 1)] {
        app.clock.advance(TimeDelta::hours(hours));
        sign_in(&app, agent, None).await;
        assert_eq!(notices(&app).await, expected, "{agent} after {hours} hours");
    }
}

#[tokio::test]
async fn whoever_knows_a_password_floods_no_mailbox_by_signing_in() {
    for (is_verified, most) in [(true, 20), (false, 5)] {
        let app = with_ada().await;
        let first = sign_in(&app, "first", None).await;
        let id = app.actor(&first).await.user().id;
        app.change_user(id, move |user| user.email_verified = is_verified).await;
        let mut told = 0;
        for number in 0..25 {
            sign_in(&app, &format!("agent {number}"), None).await;
            told += notices(&app).await;
        }
        assert_eq!(told, most, "verified: {is_verified}");
        app.clock.advance(TimeDelta::days(1));
        sign_in(&app, "the next day", None).await;
        assert_eq!(notices(&app).await, 1);
    }
}

/// Whoever signs up with an address of somebody else.
#[tokio::test]
async fn an_address_that_nobody_verified_gets_few_notices_of_all_kinds_together() {
    let app = with_ada().await;
    let tokens = sign_in(&app, "first", None).await;
    let actor = app.actor(&tokens).await;
    let mut current = PASSWORD.to_owned();
    let mut mailed = 0;
    for number in 0..8 {
        let next = format!("another long password {number}");
        app.passwords
            .change(&actor, Some(presented(&current)), password(&next))
            .await
            .unwrap();
        current = next;
        let change = ProfileChange {
            email: Some(email(&format!("other-{number}@x.test"))),
            ..ProfileChange::default()
        };
        app.profile.change(&actor, change).await.unwrap();
        let mails = app.mails().await;
        mailed += mails.iter().filter(|mail| mail.to == email("ada@x.test")).count();
    }
    assert_eq!(mailed, 5);
}

#[tokio::test]
async fn this_was_not_me_ends_the_session_and_takes_the_password_away() {
    let app = with_ada().await;
    sign_in(&app, "mine", None).await;
    app.mails().await;
    let thief = sign_in(&app, "not mine", None).await;
    let user = app.actor(&thief).await.user().clone();
    assert!(user.has_password && user.has_signed_in);
    let link = SecretText::new(app.mails().await.remove(0).text);
    app.not_me.secure(&link, Origin::default()).await.unwrap();
    assert!(!app.accepts(&thief).await);
    assert!(!app.user(user.id).await.unwrap().has_password);
}

#[tokio::test]
async fn a_sign_in_without_mail_counts_as_the_first() {
    let app = TestApp::new();
    app.register("ada@x.test").await;
    sign_in(&app, "curl", None).await;
    let on = app.under_mail(TestApp::with_mail().mail);
    sign_in(&on, "curl", None).await;
    assert_eq!(notices(&on).await, 1);
}
