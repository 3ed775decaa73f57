//! Signing in by a passkey alone.

use super::{ADA, BEN, failures, is_answered, is_invalid, methods};
use chrono::TimeDelta;
use portcullis_application::ports::{Clock as _, ShownPasskey, StoreError};
use portcullis_application::sign_in_by_passkey::{Occasion, PasskeyAttempt, PasskeyBrowser, PasskeySignInError};
use portcullis_application::{MailPolicy, Mailing, PasskeyError, Verification};
use portcullis_domain::{Acr, AuditEventType, AuditReason, Carrier, Origin, SecretText};
use portcullis_testkit::{FakePasskey, TestApp};

#[tokio::test]
async fn a_passkey_signs_in_alone_and_counts_as_two_factors() {
    let app = TestApp::new();
    app.register(ADA).await;
    let tokens = app.log_in(ADA).await;
    let passkey = app.add_passkey(&tokens, 1).await;
    app.turn_on_second_factor(&tokens).await;
    let inside = app.log_in_by_passkey(app.shown(&passkey)).await.unwrap();
    assert_eq!(methods(&app, &inside).await, "swk user mfa");
    let actor = app.actor(&inside).await;
    assert_eq!(actor.session().acr(), Acr::PhishingResistant);
    let listed = app.passkeys.list(&actor).await.unwrap();
    assert_eq!(listed[0].last_use.as_ref().unwrap().at, app.clock.now());
}

#[tokio::test]
async fn a_challenge_is_answered_once_at_all_servers() {
    let app = TestApp::new();
    app.register(ADA).await;
    let passkey = app.add_passkey(&app.log_in(ADA).await, 1).await;
    let shown = app.shown(&passkey);
    let beside = app.beside();
    let attempts = (0..20).map(|number| {
        let server = if number % 2 == 0 { app.clone() } else { beside.clone() };
        let shown = shown.clone();
        tokio::spawn(async move { server.log_in_by_passkey(shown).await })
    });
    let mut successes = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        match attempt.await.unwrap() {
            Ok(_) => successes += 1,
            refused => assert!(is_answered(&refused), "{refused:?}"),
        }
    }
    assert_eq!(successes, 1);
    app.clock.advance(TimeDelta::minutes(6));
    assert!(is_answered(&app.log_in_by_passkey(shown).await));
}

#[tokio::test]
async fn a_copied_key_is_refused_and_told_of() {
    let app = TestApp::new();
    app.register(ADA).await;
    let mut passkey = app.add_passkey(&app.log_in(ADA).await, 1).await;
    passkey.counter = 5;
    app.log_in_by_passkey(app.shown(&passkey)).await.unwrap();
    for counter in [5, 4, 0] {
        passkey.counter = counter;
        let refused = app.log_in_by_passkey(app.shown(&passkey)).await;
        assert!(is_invalid(&refused), "{counter} {refused:?}");
    }
    passkey.counter = 6;
    app.log_in_by_passkey(app.shown(&passkey)).await.unwrap();
    assert!(
        failures(&app, AuditEventType::Login)
            .await
            .contains(&Some(AuditReason::PasskeyCopied))
    );
}

#[tokio::test]
async fn the_uses_of_a_key_that_come_at_once_all_count_in_their_order() {
    let app = TestApp::new();
    app.register(ADA).await;
    let passkey = app.add_passkey(&app.log_in(ADA).await, 1).await;
    let attempts = (1..=8).map(|counter| {
        let (app, used) = (
            app.clone(),
            FakePasskey {
                counter,
                ..passkey.clone()
            },
        );
        tokio::spawn(async move { app.log_in_by_passkey(app.shown(&used)).await })
    });
    let mut successes = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        match attempt.await.unwrap() {
            Ok(_) => successes += 1,
            // Each that was before it has it judged anew, three times at the most.
            Err(PasskeySignInError::Store(StoreError::Busy)) => {}
            // A later one was first, so this one counts as of a copy.
            refused => assert!(is_invalid(&refused), "{refused:?}"),
        }
    }
    assert!(successes >= 1);
    let used = FakePasskey { counter: 9, ..passkey };
    app.log_in_by_passkey(app.shown(&used)).await.unwrap();
}

#[tokio::test]
async fn what_is_no_passkey_of_the_user_proves_nothing() {
    let app = TestApp::new();
    let (ada, ben) = (app.register(ADA).await, app.register(BEN).await);
    let passkey = app.add_passkey(&app.log_in(ADA).await, 1).await;
    let unverified = FakePasskey {
        verifies: false,
        ..passkey.clone()
    };
    let handle_of_another = FakePasskey {
        user: ben.id,
        ..passkey.clone()
    };
    for shown in [unverified, handle_of_another, FakePasskey::of(ada.id, 2)] {
        let refused = app.log_in_by_passkey(app.shown(&shown)).await;
        assert!(is_invalid(&refused), "{shown:?} {refused:?}");
    }
    let reasons = failures(&app, AuditEventType::Login).await;
    assert_eq!(reasons, [Some(AuditReason::WrongPasskey)]);
}

#[tokio::test]
async fn a_challenge_of_a_page_serves_its_browser_alone() {
    let app = TestApp::new();
    app.register(ADA).await;
    let passkey = app.add_passkey(&app.log_in(ADA).await, 1).await;
    let secret = |text: &str| SecretText::new(text.to_owned());
    let sign_in = async |shown: ShownPasskey, browser: &str| {
        let attempt = PasskeyAttempt {
            shown,
            origin: Origin::default(),
        };
        let browser = PasskeyBrowser {
            secret: secret(browser),
            cookie: None,
            asked_at: None,
        };
        app.sign_in_by_passkey
            .sign_in_browser_by_passkey(attempt, browser)
            .await
    };
    let asked = app
        .sign_in_by_passkey
        .ask(Occasion::SignIn, Some(&secret("one")))
        .unwrap();
    let shown = passkey.answer(&asked.challenge);
    assert!(is_answered(&sign_in(shown.clone(), "another").await));
    assert!(is_answered(&app.log_in_by_passkey(shown.clone()).await));
    assert!(is_answered(&sign_in(app.shown(&passkey), "one").await));
    let begun = sign_in(shown.clone(), "one").await.unwrap();
    assert_eq!(begun.user.email.as_str(), ADA);
    assert!(is_answered(&sign_in(shown, "one").await));
}

/// What may happen to an account that a passkey still signs in to, or not any more.
#[tokio::test]
async fn every_state_of_an_account_is_asked_at_this_door_too() {
    #[derive(Debug, Clone, Copy)]
    enum State {
        Disabled,
        Unverified,
        Deleted,
        PasswordChanged,
        Reset,
    }
    for state in [
        State::Disabled,
        State::Unverified,
        State::Deleted,
        State::PasswordChanged,
        State::Reset,
    ] {
        let app = TestApp::new().under_mail(MailPolicy {
            mailing: Mailing::On,
            verification: Verification::Required,
            ..MailPolicy::default()
        });
        let ada = app.register(ADA).await;
        app.change_user(ada.id, |user| user.email_verified = true).await;
        let passkey = app.add_passkey(&app.log_in(ADA).await, 1).await;
        let shown = app.shown(&passkey);
        match state {
            State::Disabled => app.change_user(ada.id, |user| user.is_active = false).await,
            State::Unverified => app.change_user(ada.id, |user| user.email_verified = false).await,
            State::Deleted => {
                let deleted = app.store.write(move |repositories| repositories.users().delete(ada.id));
                assert!(deleted.await.unwrap());
            }
            State::PasswordChanged => app.remove_password(ada.id).await,
            State::Reset => {
                let by = app.operator().authority();
                app.second_factors.reset(by, ada.id).await.unwrap();
            }
        }
        let result = app.log_in_by_passkey(shown).await;
        let is_expected = match state {
            State::Disabled => matches!(result, Err(PasskeySignInError::AccountDisabled)),
            State::Unverified => matches!(result, Err(PasskeySignInError::EmailNotVerified)),
            State::Deleted | State::Reset => is_invalid(&result),
            State::PasswordChanged => result.is_ok(),
        };
        assert!(is_expected, "{state:?} {result:?}");
    }
}

#[tokio::test]
async fn an_answer_to_a_disabled_account_is_used_up() {
    let app = TestApp::new();
    let ada = app.register(ADA).await;
    let passkey = app.add_passkey(&app.log_in(ADA).await, 1).await;
    app.change_user(ada.id, |user| user.is_active = false).await;
    let shown = app.shown(&passkey);
    let refused = app.log_in_by_passkey(shown.clone()).await;
    assert!(
        matches!(refused, Err(PasskeySignInError::AccountDisabled)),
        "{refused:?}"
    );
    assert!(is_answered(&app.log_in_by_passkey(shown.clone()).await));
    app.change_user(ada.id, |user| user.is_active = true).await;
    assert!(is_answered(&app.log_in_by_passkey(shown).await));
    assert_eq!(
        failures(&app, AuditEventType::Login).await,
        [Some(AuditReason::AccountDisabled)]
    );
}

#[tokio::test]
async fn guesses_from_one_address_are_limited() {
    let app = TestApp::new();
    let ada = app.register(ADA).await;
    app.add_passkey(&app.log_in(ADA).await, 1).await;
    let mut origin = Origin::default();
    origin.device.address = "203.0.113.9".parse().ok();
    let guess = async || {
        let attempt = PasskeyAttempt {
            shown: app.shown(&FakePasskey::of(ada.id, 7)),
            origin: origin.clone(),
        };
        app.sign_in_by_passkey.log_in_by_passkey(attempt, Carrier::Body).await
    };
    for _ in 0..100 {
        assert!(is_invalid(&guess().await));
    }
    let limited = guess().await;
    assert!(
        matches!(
            limited,
            Err(PasskeySignInError::NotProved(PasskeyError::TooManyAttempts(_)))
        ),
        "{limited:?}"
    );
}

/// What an app asks for is proved by what was asked after it.
#[tokio::test]
async fn a_challenge_from_before_an_apps_request_is_no_proof_for_it() {
    let app = TestApp::new();
    app.register(ADA).await;
    let passkey = app.add_passkey(&app.log_in(ADA).await, 1).await;
    let secret = SecretText::new("one".to_owned());
    let asked = || app.sign_in_by_passkey.ask(Occasion::SignIn, Some(&secret)).unwrap();
    for (waited, is_taken) in [(0, true), (4, true), (7, false), (120, false)] {
        let shown = passkey.answer(&asked().challenge);
        app.clock.advance(TimeDelta::seconds(waited));
        let attempt = PasskeyAttempt {
            shown,
            origin: Origin::default(),
        };
        let browser = PasskeyBrowser {
            secret: secret.clone(),
            cookie: None,
            asked_at: Some(app.clock.now()),
        };
        let signed_in = app
            .sign_in_by_passkey
            .sign_in_browser_by_passkey(attempt, browser)
            .await;
        assert_eq!(
            (signed_in.is_ok(), is_answered(&signed_in)),
            (is_taken, !is_taken),
            "{waited}"
        );
    }
}

/// No hash slows them, and each writes rows.
#[tokio::test]
async fn the_sign_ins_of_one_account_by_passkeys_are_limited() {
    let app = TestApp::new();
    for address in [ADA, BEN] {
        app.register(address).await;
    }
    let passkey = app.add_passkey(&app.log_in(ADA).await, 1).await;
    let bens = app.add_passkey(&app.log_in(BEN).await, 2).await;
    for _ in 0..60 {
        app.log_in_by_passkey(app.shown(&passkey)).await.unwrap();
    }
    let rows = app.events().await.len();
    let limited = app.log_in_by_passkey(app.shown(&passkey)).await;
    assert!(
        matches!(
            limited,
            Err(PasskeySignInError::NotProved(PasskeyError::TooManyAttempts(_)))
        ),
        "{limited:?}"
    );
    assert_eq!(app.events().await.len(), rows);
    app.log_in_by_passkey(app.shown(&bens)).await.unwrap();
    app.clock.advance(TimeDelta::seconds(1));
    app.log_in_by_passkey(app.shown(&passkey)).await.unwrap();
}
