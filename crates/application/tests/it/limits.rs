//! How often a password may be guessed, and what else is limited.

use chrono::TimeDelta;
use portcullis_application::passwords::ChangePasswordError;
use portcullis_application::ports::{Clock, Exhausted, Limit, Limits, Sharing};
use portcullis_application::profile::DeleteAccountError;
use portcullis_application::refresh::RefreshError;
use portcullis_application::registration::RegisterError;
use portcullis_application::sign_in::{LogInError, LoginAttempt};
use portcullis_application::tokens::Tokens;
use portcullis_application::{LimitPolicy, MemoryLimits, ProveAgainError};
use portcullis_domain::{AuditEvent, AuditReason, Device, DeviceToken, Origin, SecretText, UserId};
use portcullis_testkit::build::{PASSWORD, log_in, password, presented, registration};
use portcullis_testkit::{Capacity, TestApp};
use std::sync::Arc;
use std::time::Duration;

const ADA: &str = "ada@x.test";
const WRONG: &str = "not the password";

fn from(address: &str) -> Origin {
    Origin {
        device: Device {
            address: Some(address.parse().unwrap()),
            user_agent: None,
        },
        ..Origin::default()
    }
}

/// How an attempt ends: `Ok(Some)` in a session, `Ok(None)` with a wrong password.
async fn attempt(app: &TestApp, email: &str, password: &str, origin: Origin) -> Result<Option<Tokens>, Exhausted> {
    let attempt = LoginAttempt {
        origin,
        ..log_in(email, password)
    };
    match app.sign_in.log_in(attempt).await {
        Ok(tokens) => Ok(Some(tokens)),
        Err(LogInError::InvalidCredentials) => Ok(None),
        Err(LogInError::TooManyAttempts(exhausted)) => Err(exhausted),
        Err(other) => panic!("{other}"),
    }
}

async fn guess(app: &TestApp, email: &str, origin: Origin) -> Result<(), Exhausted> {
    attempt(app, email, WRONG, origin)
        .await
        .map(|tokens| assert!(tokens.is_none()))
}

fn shown(token: Option<&DeviceToken>) -> Origin {
    Origin {
        device_token: token.cloned(),
        ..Origin::default()
    }
}

#[tokio::test]
async fn beyond_ten_wrong_passwords_the_right_one_is_not_looked_at() {
    let app = TestApp::new();
    app.register(ADA).await;
    for email in [ADA, "nobody@x.test"] {
        for spelling in [email, &email.to_uppercase(), &format!(" {email} ")] {
            for _ in 0..3 {
                guess(&app, spelling, Origin::default()).await.unwrap();
            }
        }
        guess(&app, email, Origin::default()).await.unwrap();
        let looked_at = app.hasher.verifications();
        let refused = attempt(&app, email, PASSWORD, Origin::default()).await.unwrap_err();
        assert_eq!(refused.limit, Limit::Account, "{email}");
        assert_eq!(refused.wait, Duration::from_secs(90), "{email}");
        assert_eq!(app.hasher.verifications(), looked_at, "{email}");
    }
    app.clock.advance(TimeDelta::seconds(90));
    assert!(attempt(&app, ADA, PASSWORD, Origin::default()).await.unwrap().is_some());
}

#[tokio::test]
async fn right_passwords_do_not_count() {
    let app = TestApp::new();
    app.register(ADA).await;
    for _ in 0..150 {
        let signed_in = attempt(&app, ADA, PASSWORD, from("203.0.113.7")).await;
        assert!(signed_in.unwrap().is_some());
    }
}

#[tokio::test]
async fn of_a_hundred_wrong_passwords_at_once_ten_are_looked_at() {
    let app = Arc::new(TestApp::new());
    app.register(ADA).await;
    let before = app.hasher.verifications();
    let attempts: Vec<_> = (0..100)
        .map(|_| {
            let app = Arc::clone(&app);
            tokio::spawn(async move { guess(&app, ADA, from("203.0.113.7")).await.is_err() })
        })
        .collect();
    let mut refused = 0;
    for attempt in attempts {
        refused += usize::from(attempt.await.unwrap());
    }
    assert_eq!((refused, app.hasher.verifications() - before), (90, 10));
}

#[tokio::test]
async fn an_address_has_ten_times_as_many_over_all_accounts() {
    let app = TestApp::new();
    for number in 0..100 {
        // Addresses of one network of IPv6 are one client's.
        let address = format!("2001:db8:1:2::{number:x}");
        guess(&app, &format!("user-{number}@x.test"), from(&address))
            .await
            .unwrap();
    }
    let refused = guess(&app, "another@x.test", from("2001:db8:1:2:ffff::1"))
        .await
        .unwrap_err();
    assert_eq!((refused.limit, refused.wait), (Limit::Address, Duration::from_secs(9)));
    guess(&app, "another@x.test", from("2001:db8:1:3::1")).await.unwrap();
    for number in 0..100 {
        let address = ["203.0.113.7", "::ffff:203.0.113.7"][number % 2];
        guess(&app, &format!("more-{number}@x.test"), from(address))
            .await
            .unwrap();
    }
    assert!(guess(&app, "third@x.test", from("203.0.113.7")).await.is_err());
}

#[tokio::test]
async fn a_stranger_slows_nobody_whose_device_is_known() {
    let app = TestApp::new();
    app.register(ADA).await;
    app.register("ben@x.test").await;
    let signed_in = app.log_in(ADA).await;
    let own = shown(signed_in.device_token.as_ref());
    for number in 0..200 {
        let _ = guess(&app, ADA, Origin::default()).await;
        let _ = guess(&app, &format!("user-{number}@x.test"), from("203.0.113.7")).await;
    }
    let known = Origin {
        device: from("203.0.113.7").device,
        ..own.clone()
    };
    assert!(attempt(&app, ADA, PASSWORD, Origin::default()).await.is_err());
    assert!(attempt(&app, ADA, PASSWORD, known.clone()).await.unwrap().is_some());
    // It has ten of its own, and no more: whoever has the device does not know the password.
    for _ in 0..10 {
        guess(&app, ADA, known.clone()).await.unwrap();
    }
    assert_eq!(guess(&app, ADA, own).await.unwrap_err().limit, Limit::Device);
    // To other accounts it is as unknown as any.
    let refused = guess(&app, "ben@x.test", known).await.unwrap_err();
    assert_eq!(refused.limit, Limit::Address);
}

#[tokio::test]
async fn a_device_keeps_its_name_from_sign_in_to_sign_in() {
    let app = TestApp::new();
    app.register(ADA).await;
    let first = app.log_in(ADA).await.device_token.unwrap();
    let second = attempt(&app, ADA, PASSWORD, shown(Some(&first)))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(second.device_token.as_ref(), Some(&first));
    let other = app.log_in(ADA).await.device_token.unwrap();
    assert_ne!(other, first);
    let refreshed = app.refresh(&second.refresh_token).await.unwrap();
    assert!(refreshed.device_token.is_none());
}

#[tokio::test]
async fn what_is_no_token_of_a_device_is_no_error() {
    let app = TestApp::new();
    app.register(ADA).await;
    for text in ["", "garbage", &"x".repeat(100_000)] {
        let token = DeviceToken::new(text.to_owned());
        assert!(
            attempt(&app, ADA, PASSWORD, shown(Some(&token)))
                .await
                .unwrap()
                .is_some()
        );
    }
}

/// A thief of tokens guesses no more than a stranger, and a stranger's guesses don't keep the user from a new password.
#[tokio::test]
async fn a_signed_in_user_has_ten_wrong_passwords_in_each_session() {
    let app = TestApp::new();
    app.register(ADA).await;
    let (stolen, own) = (app.log_in(ADA).await, app.log_in(ADA).await);
    for _ in 0..20 {
        let _ = guess(&app, ADA, Origin::default()).await;
    }
    let thief = app.actor(&stolen).await;
    let new = || password("another long password 1");
    for number in 0_u32..10 {
        let refused = if number.is_multiple_of(2) {
            let changed = app.passwords.change(&thief, Some(presented(WRONG)), new()).await;
            matches!(changed, Err(ChangePasswordError::NotProved(ProveAgainError::Wrong)))
        } else {
            let deleted = app.profile.delete_account(&thief, Some(presented(WRONG))).await;
            matches!(deleted, Err(DeleteAccountError::NotProved(ProveAgainError::Wrong)))
        };
        assert!(refused, "{number}");
    }
    let looked_at = app.hasher.verifications();
    let changed = app.passwords.change(&thief, Some(presented(PASSWORD)), new()).await;
    assert!(matches!(
        changed,
        Err(ChangePasswordError::NotProved(ProveAgainError::TooManyAttempts(_)))
    ));
    assert_eq!(app.hasher.verifications(), looked_at);
    let user = app.actor(&own).await;
    app.passwords
        .change(&user, Some(presented(PASSWORD)), new())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_password_that_was_not_looked_at_is_not_counted() {
    let app = TestApp::new();
    app.register(ADA).await;
    app.hasher.set_capacity(Capacity::Busy);
    for _ in 0..30 {
        let busy = app.sign_in.log_in(log_in(ADA, WRONG)).await;
        assert!(matches!(busy, Err(LogInError::Hasher(_))));
    }
    app.hasher.set_capacity(Capacity::Free);
    guess(&app, ADA, Origin::default()).await.unwrap();
}

#[tokio::test]
async fn somebody_who_sets_the_clock_gives_no_attempt_away() {
    let app = TestApp::new();
    for _ in 0..10 {
        guess(&app, ADA, Origin::default()).await.unwrap();
    }
    for step in [TimeDelta::days(1), TimeDelta::days(-2), TimeDelta::days(400)] {
        app.clock.set(app.clock.now() + step);
        assert_eq!(
            guess(&app, ADA, Origin::default()).await.unwrap_err().wait,
            Duration::from_secs(90)
        );
    }
}

#[tokio::test]
async fn twenty_registrations_come_from_an_address_in_an_hour_whatever_becomes_of_them() {
    let app = TestApp::new();
    app.register(ADA).await;
    let register = |email: String| {
        let app = &app;
        async move {
            app.registration
                .register(registration(&email), from("203.0.113.7"))
                .await
        }
    };
    for number in 0..10 {
        register(format!("user-{number}@x.test")).await.unwrap();
        let taken = register(ADA.to_owned()).await;
        assert!(matches!(taken, Err(RegisterError::EmailTaken)));
    }
    for email in [ADA, "new@x.test"] {
        let refused = register(email.to_owned()).await.unwrap_err();
        let RegisterError::TooMany(exhausted) = refused else {
            panic!("{refused}")
        };
        assert_eq!(
            (exhausted.limit, exhausted.wait),
            (Limit::Registration, Duration::from_mins(3))
        );
    }
    let elsewhere = app
        .registration
        .register(registration("new@x.test"), from("203.0.113.8"))
        .await;
    assert!(elsewhere.is_ok());
}

#[tokio::test]
async fn a_session_is_refreshed_sixty_times_a_minute_and_keeps_its_token_when_refused() {
    let app = TestApp::new();
    app.register(ADA).await;
    let (mut tokens, other) = (app.log_in(ADA).await, app.log_in(ADA).await);
    for _ in 0..60 {
        tokens = app.refresh(&tokens.refresh_token).await.unwrap();
    }
    for _ in 0..3 {
        let refused = app.refresh(&tokens.refresh_token).await;
        assert!(matches!(refused, Err(RefreshError::TooMany(exhausted)) if exhausted.wait == Duration::from_secs(1)));
    }
    app.refresh(&other.refresh_token).await.unwrap();
    app.clock.advance(TimeDelta::seconds(1));
    app.refresh(&tokens.refresh_token).await.unwrap();
}

/// The id of a session is no secret.
#[tokio::test]
async fn made_up_tokens_use_up_nobodys_refreshes() {
    let app = TestApp::new();
    app.register(ADA).await;
    let tokens = app.log_in(ADA).await;
    let (start, proof) = tokens.refresh_token.expose().rsplit_once(':').unwrap();
    let text = SecretText::new(format!("{start}:{}", "7".repeat(proof.len())));
    for _ in 0..100 {
        assert!(matches!(app.refresh(&text).await, Err(RefreshError::Invalid)));
    }
    app.refresh(&tokens.refresh_token).await.unwrap();
}

#[tokio::test]
async fn limits_can_be_switched_off() {
    let app = TestApp::new().limited_by(LimitPolicy::Off);
    app.register(ADA).await;
    for _ in 0..30 {
        guess(&app, ADA, from("203.0.113.7")).await.unwrap();
    }
    assert!(attempt(&app, ADA, PASSWORD, Origin::default()).await.unwrap().is_some());
}

#[tokio::test]
async fn refused_attempts_are_one_event_for_each_account_and_window() {
    let app = TestApp::new();
    let ada = app.register(ADA).await;
    let before = app.events().await.len();
    for _ in 0..500 {
        let _ = guess(&app, ADA, from("203.0.113.7")).await;
        let _ = guess(&app, "nobody@x.test", from("203.0.113.8")).await;
    }
    let told = |events: &[AuditEvent], user: Option<UserId>| {
        let refused = events
            .iter()
            .filter(|event| event.reason == Some(AuditReason::TooManyAttempts));
        refused
            .filter(|event| event.user_id == user)
            .map(|event| event.count)
            .collect::<Vec<_>>()
    };
    let events = app.events().await;
    assert_eq!(
        events.len() - before,
        2 * 11,
        "ten that were looked at, and one for the rest"
    );
    assert_eq!(
        (told(&events, Some(ada.id)), told(&events, None)),
        (vec![None], vec![None])
    );

    assert_eq!(app.upkeep.sum_up_refusals().await.unwrap(), 0);
    app.clock.advance(TimeDelta::minutes(15));
    assert_eq!(app.upkeep.sum_up_refusals().await.unwrap(), 2 * 489);
    let events = app.events().await;
    assert_eq!(told(&events, Some(ada.id)), [None, Some(489)]);
    assert_eq!(told(&events, None), [None, Some(489)]);
    let summary = events
        .iter()
        .find(|event| event.count.is_some() && event.user_id.is_some());
    assert_eq!(summary.unwrap().origin, from("203.0.113.7"));
    assert!(!format!("{events:?}").contains("nobody@"));
}

#[tokio::test]
async fn a_stop_tells_of_refusals_that_were_summed_up() {
    let app = TestApp::new();
    app.register(ADA).await;
    for _ in 0..15 {
        let _ = guess(&app, ADA, Origin::default()).await;
    }
    assert_eq!(app.upkeep.sum_up_last_refusals().await.unwrap(), 4);
    assert_eq!(app.upkeep.sum_up_last_refusals().await.unwrap(), 0);
}

#[tokio::test]
async fn a_server_that_counts_for_itself_is_ready() {
    let app = TestApp::new();
    let readiness = app.health.ready().await.unwrap();
    assert_eq!(readiness.limits, Sharing::Alone);
    let clock: Arc<dyn Clock> = Arc::new(app.clock.clone());
    assert_eq!(MemoryLimits::new(clock).sharing(), readiness.limits);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_holds_in_memory() {
    let clock: Arc<dyn Clock> = Arc::new(TestApp::new().clock);
    let limits: Arc<dyn Limits> = Arc::new(MemoryLimits::new(clock));
    portcullis_testkit::limits_contract::holds(&limits).await;
}

/// Signs in so often without a cookie, and keeps what each device is given.
async fn farmed(app: &TestApp, devices: usize) -> Vec<Origin> {
    let mut farmed = Vec::new();
    for _ in 0..devices {
        let token = app.log_in(ADA).await.device_token;
        farmed.push(Origin {
            device_token: token,
            ..from("203.0.113.7")
        });
    }
    farmed
}

/// How many of the guesses are looked at, ten from each device.
async fn looked_at(app: &TestApp, devices: &[Origin]) -> (usize, Option<Limit>) {
    let before = app.hasher.verifications();
    let mut last = None;
    for device in devices {
        for _ in 0..10 {
            last = guess(app, ADA, device.clone()).await.err();
        }
    }
    (
        app.hasher.verifications() - before,
        last.map(|exhausted| exhausted.limit),
    )
}

#[tokio::test]
async fn devices_that_are_known_by_the_old_password_are_strangers_to_a_new_one() {
    let app = TestApp::new();
    app.register(ADA).await;
    let devices = farmed(&app, 40).await;
    let owner = app.actor(&app.log_in(ADA).await).await;
    let new = password("another long password 1");
    app.passwords
        .change(&owner, Some(presented(PASSWORD)), new)
        .await
        .unwrap();
    assert_eq!(looked_at(&app, &devices).await, (10, Some(Limit::Account)));
}

#[tokio::test]
async fn a_device_is_known_for_four_hundred_days_after_a_sign_in() {
    let app = TestApp::new();
    app.register(ADA).await;
    let devices = farmed(&app, 2).await;
    app.clock.advance(TimeDelta::days(402));
    assert_eq!(looked_at(&app, &devices).await, (10, Some(Limit::Account)));
}

#[tokio::test]
async fn the_known_devices_of_an_account_have_ten_times_as_many_together() {
    let app = TestApp::new();
    app.register(ADA).await;
    let devices = farmed(&app, 12).await;
    let (count, limit) = looked_at(&app, &devices).await;
    assert_eq!((count, limit), (100, Some(Limit::Devices)));
    // It is the account's own, and neither the address nor strangers are counted by it.
    guess(&app, "ben@x.test", from("203.0.113.7")).await.unwrap();
    guess(&app, ADA, from("203.0.113.8")).await.unwrap();
}

#[tokio::test]
async fn an_address_beyond_its_limit_hides_no_guesses_at_an_account() {
    let app = TestApp::new();
    let ada = app.register(ADA).await;
    for number in 0..100 {
        guess(&app, &format!("user-{number}@x.test"), from("203.0.113.7"))
            .await
            .unwrap();
    }
    let before = app.events().await.len();
    for number in 0..12_000 {
        let email = format!("made-up-{number}@x.test");
        assert!(guess(&app, &email, from("203.0.113.7")).await.is_err());
    }
    assert_eq!(app.events().await.len() - before, 1);
    for _ in 0..12 {
        let _ = guess(&app, ADA, from("203.0.113.8")).await;
    }
    let events = app.events().await;
    assert_eq!(events.len() - before, 1 + 11);
    let reasons = |reason| events.iter().filter(move |event| event.reason == Some(reason));
    let of_ada = |reason| reasons(reason).filter(|event| event.user_id == Some(ada.id)).count();
    assert_eq!(of_ada(AuditReason::WrongPassword), 10);
    assert_eq!(of_ada(AuditReason::TooManyAttempts), 1);
    app.clock.advance(TimeDelta::minutes(15));
    assert_eq!(app.upkeep.sum_up_refusals().await.unwrap(), 11_999 + 1);
}
