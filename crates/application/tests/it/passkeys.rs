//! Passkeys: signing in by one, with one as the second half, proving who one is, and what ends them.

use chrono::TimeDelta;
use portcullis_application::passkeys::{AddPasskeyError, RemovePasskeyError};
use portcullis_application::ports::{Clock as _, ShownPasskey, StoreError};
use portcullis_application::reauthentication::{ProofShown, ReauthenticateError};
use portcullis_application::sign_in_by_code::{CodeAttempt, SecondShown, SecondStepError};
use portcullis_application::sign_in_by_passkey::{PasskeyAttempt, PasskeyBrowser, PasskeySignInError};
use portcullis_application::tokens::Tokens;
use portcullis_application::{Actor, MailPolicy, Mailing, PasskeyError, SecondStep, Verification};
use portcullis_domain::{
    Acr, AuditEventType, AuditReason, AuditResult, Carrier, FactorDemand, FactorMethod, Origin, Passkey, SecretText,
};
use portcullis_testkit::{FakePasskey, TestApp};

const ADA: &str = "ada@x.test";
const BEN: &str = "ben@x.test";

async fn methods(app: &TestApp, tokens: &Tokens) -> String {
    app.actor(tokens).await.session().methods.to_string()
}

async fn go_on(app: &TestApp, step: &SecondStep, shown: ShownPasskey) -> Result<Tokens, SecondStepError> {
    let attempt = CodeAttempt {
        token: step.token.clone(),
        shown: SecondShown::Passkey(shown, None),
        origin: Origin::default(),
    };
    app.sign_in_by_code.log_in_by_code(attempt, Carrier::Body).await
}

async fn failures(app: &TestApp, kind: AuditEventType) -> Vec<Option<AuditReason>> {
    let events = app.events().await;
    let failed = events
        .iter()
        .filter(|event| event.kind == kind && event.result == AuditResult::Failure);
    failed.map(|event| event.reason).collect()
}

fn is_answered<T>(result: &Result<T, PasskeySignInError>) -> bool {
    matches!(
        result,
        Err(PasskeySignInError::NotProved(PasskeyError::InvalidChallenge))
    )
}

fn is_invalid<T>(result: &Result<T, PasskeySignInError>) -> bool {
    matches!(result, Err(PasskeySignInError::NotProved(PasskeyError::InvalidPasskey)))
}

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
    let asked = app.sign_in_by_passkey.ask(Some(&secret("one"))).unwrap();
    let shown = passkey.answer(&asked.challenge);
    assert!(is_answered(&sign_in(shown.clone(), "another").await));
    assert!(is_answered(&app.log_in_by_passkey(shown.clone()).await));
    assert!(is_answered(&sign_in(app.shown(&passkey), "one").await));
    let begun = sign_in(shown.clone(), "one").await.unwrap();
    assert_eq!(begun.user.email.as_str(), ADA);
    assert!(is_answered(&sign_in(shown, "one").await));
}

#[tokio::test]
async fn a_passkey_is_the_second_half_of_its_users_sign_in() {
    let app = TestApp::new();
    for address in [ADA, BEN] {
        app.register(address).await;
    }
    let tokens = app.log_in(ADA).await;
    app.turn_on_second_factor(&tokens).await;
    let step = app.log_in_halfway(ADA).await;
    assert_eq!(step.methods, [FactorMethod::Totp, FactorMethod::RecoveryCode]);
    let passkey = app.add_passkey(&tokens, 1).await;
    let bens = app.add_passkey(&app.log_in(BEN).await, 2).await;
    let step = app.log_in_halfway(ADA).await;
    assert_eq!(step.methods, FactorMethod::ALL);
    let refused = go_on(&app, &step, app.shown(&bens)).await;
    assert!(
        matches!(refused, Err(SecondStepError::Passkey(PasskeyError::InvalidPasskey))),
        "{refused:?}"
    );
    let shown = app.shown(&passkey);
    let inside = go_on(&app, &step, shown.clone()).await.unwrap();
    assert_eq!(methods(&app, &inside).await, "pwd swk user mfa");
    let refused = go_on(&app, &step, app.shown(&passkey)).await;
    assert!(matches!(refused, Err(SecondStepError::InvalidToken)), "{refused:?}");
    let step = app.log_in_halfway(ADA).await;
    let refused = go_on(&app, &step, shown).await;
    assert!(
        matches!(refused, Err(SecondStepError::Passkey(PasskeyError::InvalidChallenge))),
        "{refused:?}"
    );
}

async fn prove(app: &TestApp, actor: &Actor, shown: ShownPasskey) -> Result<Tokens, ReauthenticateError> {
    let shown = ProofShown::Passkey(shown, None);
    app.reauthentication.reauthenticate(actor, shown, Carrier::Body).await
}

#[tokio::test]
async fn a_passkey_is_a_fresh_proof_of_its_user() {
    let app = TestApp::new();
    for address in [ADA, BEN] {
        app.register(address).await;
    }
    let tokens = app.log_in(ADA).await;
    let passkey = app.add_passkey(&tokens, 1).await;
    let bens = app.add_passkey(&app.log_in(BEN).await, 2).await;
    app.clock.advance(TimeDelta::minutes(11));
    let actor = app.actor(&tokens).await;
    let refused = app.passkeys.ask_for_new(&actor).await;
    assert!(matches!(refused, Err(AddPasskeyError::StepUp(_))), "{refused:?}");
    let refused = prove(&app, &actor, app.shown(&bens)).await;
    assert!(
        matches!(refused, Err(ReauthenticateError::Passkey(PasskeyError::InvalidPasskey))),
        "{refused:?}"
    );
    assert_eq!(
        failures(&app, AuditEventType::Reauthenticated).await,
        [Some(AuditReason::WrongPasskey)]
    );
    let shown = app.shown(&passkey);
    let proved = prove(&app, &actor, shown.clone()).await.unwrap();
    assert_eq!(methods(&app, &proved).await, "swk user mfa");
    let actor = app.actor(&proved).await;
    app.passkeys.ask_for_new(&actor).await.unwrap();
    let refused = prove(&app, &actor, shown).await;
    assert!(
        matches!(
            refused,
            Err(ReauthenticateError::Passkey(PasskeyError::InvalidChallenge))
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_new_passkey_is_added_in_the_session_that_asked_and_once() {
    let app = TestApp::new();
    let ada = app.register(ADA).await;
    let (tokens, others) = (app.log_in(ADA).await, app.log_in(ADA).await);
    let (actor, other) = (app.actor(&tokens).await, app.actor(&others).await);
    let made = FakePasskey::of(ada.id, 1);
    let asked = app.passkeys.ask_for_new(&actor).await.unwrap();
    let shown = made.answer(&asked.challenge);
    let refused = app.passkeys.add(&other, shown.clone(), None).await;
    assert!(
        matches!(refused, Err(AddPasskeyError::Refused(PasskeyError::InvalidChallenge))),
        "{refused:?}"
    );
    app.passkeys.add(&actor, shown.clone(), None).await.unwrap();
    let refused = app.passkeys.add(&actor, shown, None).await;
    assert!(
        matches!(refused, Err(AddPasskeyError::Refused(PasskeyError::InvalidChallenge))),
        "{refused:?}"
    );
    let asked = app.passkeys.ask_for_new(&actor).await.unwrap();
    let known = app.passkeys.add(&actor, made.answer(&asked.challenge), None).await;
    assert!(matches!(known, Err(AddPasskeyError::Known)), "{known:?}");
    let late = app.passkeys.ask_for_new(&actor).await.unwrap();
    for id in 2..=u8::try_from(Passkey::AT_MOST).unwrap() {
        app.add_passkey(&tokens, id).await;
    }
    let last = FakePasskey::of(ada.id, 99).answer(&late.challenge);
    let refused = app.passkeys.add(&actor, last, None).await;
    assert!(matches!(refused, Err(AddPasskeyError::TooMany)), "{refused:?}");
    let refused = app.passkeys.ask_for_new(&actor).await;
    assert!(matches!(refused, Err(AddPasskeyError::TooMany)), "{refused:?}");
}

#[tokio::test]
async fn a_removal_ends_the_other_sessions_and_the_last_way_in_stays() {
    let app = TestApp::with_mail();
    let ada = app.register(ADA).await;
    let (tokens, others) = (app.log_in(ADA).await, app.log_in(ADA).await);
    let passkey = app.add_passkey(&tokens, 1).await;
    app.add_passkey(&tokens, 2).await;
    let actor = app.actor(&tokens).await;
    let listed = app.passkeys.list(&actor).await.unwrap();
    app.passkeys.remove(&actor, listed[1].id).await.unwrap();
    assert!(app.accepts(&tokens).await && !app.accepts(&others).await);
    let refused = app.passkeys.remove(&actor, listed[1].id).await;
    assert!(matches!(refused, Err(RemovePasskeyError::NotFound)), "{refused:?}");
    app.remove_password(ada.id).await;
    let refused = app.passkeys.remove(&actor, listed[0].id).await;
    assert!(matches!(refused, Err(RemovePasskeyError::LastWayIn)), "{refused:?}");
    app.log_in_by_passkey(app.shown(&passkey)).await.unwrap();
    assert_eq!(
        failures(&app, AuditEventType::PasskeyRemoved).await,
        [Some(AuditReason::LastWayIn)]
    );
    let subjects: Vec<_> = app.mails().await.into_iter().map(|mail| mail.subject).collect();
    for kind in ["passkey_added", "passkey_removed"] {
        assert!(subjects.iter().any(|subject| subject.contains(kind)), "{subjects:?}");
    }
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
async fn this_was_not_me_removes_what_one_break_in_added() {
    let app = TestApp::with_mail();
    app.register(ADA).await;
    let old = app.add_passkey(&app.log_in(ADA).await, 1).await;
    app.clock.advance(TimeDelta::hours(73));
    let thief = app.log_in_by_passkey(app.shown(&old)).await.unwrap();
    let first = app.add_passkey(&thief, 2).await;
    app.mails().await;
    app.clock.advance(TimeDelta::hours(1));
    let inside = app.log_in_by_passkey(app.shown(&first)).await.unwrap();
    let second = app.add_passkey(&inside, 3).await;
    let mails = app.mails().await;
    let notice = mails
        .iter()
        .rfind(|mail| mail.subject.contains("passkey_added"))
        .unwrap();
    let token = SecretText::new(notice.text.clone());
    app.not_me.secure(&token, Origin::default()).await.unwrap();
    for stolen in [&first, &second] {
        assert!(is_invalid(&app.log_in_by_passkey(app.shown(stolen)).await));
    }
    app.log_in_by_passkey(app.shown(&old)).await.unwrap();
}

#[tokio::test]
async fn who_takes_a_change_of_address_back_has_the_passkey_from_before_it_removed() {
    let app = TestApp::with_mail();
    let ada = app.register(ADA).await;
    app.change_user(ada.id, |user| user.email_verified = true).await;
    let thief = app.log_in(ADA).await;
    let passkey = app.add_passkey(&thief, 1).await;
    app.clock.advance(TimeDelta::seconds(30));
    let change = portcullis_application::ProfileChange {
        email: Some(portcullis_testkit::build::email("evil@x.test")),
        ..portcullis_application::ProfileChange::default()
    };
    app.profile.change(&app.actor(&thief).await, change).await.unwrap();
    let mails = app.mails().await;
    let text = |kind: &str| {
        let mail = mails.iter().find(|mail| mail.subject.contains(kind)).unwrap();
        SecretText::new(mail.text.clone())
    };
    app.not_me
        .undo_email(&text("email_changing"), Origin::default())
        .await
        .unwrap();
    assert!(is_invalid(&app.log_in_by_passkey(app.shown(&passkey)).await));
}

/// A stranger made the account, and its owner proves to be one by a new password.
#[tokio::test]
async fn a_reset_that_proves_the_address_removes_what_a_stranger_added() {
    for is_verified in [false, true] {
        let app = TestApp::with_mail();
        let ada = app.register(ADA).await;
        app.change_user(ada.id, move |user| user.email_verified = is_verified)
            .await;
        let tokens = app.log_in(ADA).await;
        let passkey = app.add_passkey(&tokens, 1).await;
        app.turn_on_second_factor(&tokens).await;
        app.mails().await;
        let request = portcullis_application::email_verification::MailRequest {
            email: Some(ada.email.clone()),
            locale: None,
            origin: Origin::default(),
            browser: None,
        };
        app.password_reset.ask(request).await.unwrap();
        let mails = app.mails().await;
        let mail = mails
            .iter()
            .find(|mail| mail.subject.contains("reset_password"))
            .unwrap();
        let new = portcullis_testkit::build::password("another correct horse");
        app.password_reset
            .reset(&mail.text.clone().into(), new, Origin::default())
            .await
            .unwrap();
        let signed_in = app.log_in_by_passkey(app.shown(&passkey)).await;
        assert_eq!(signed_in.is_ok(), is_verified, "{signed_in:?}");
        let user = app.user(ada.id).await.unwrap();
        assert_eq!((user.has_passkey, user.has_second_factor), (is_verified, is_verified));
    }
}

#[tokio::test]
async fn a_password_alone_is_no_proof_of_who_has_a_passkey() {
    let app = TestApp::new();
    app.register(ADA).await;
    let tokens = app.log_in(ADA).await;
    let passkey = app.add_passkey(&tokens, 1).await;
    // The session that a passkey was added in has shown it.
    app.passkeys.ask_for_new(&app.actor(&tokens).await).await.unwrap();
    let thief = app.log_in(ADA).await;
    let actor = app.actor(&thief).await;
    let id = app.passkeys.list(&actor).await.unwrap()[0].id;
    let refused = app.passkeys.remove(&actor, id).await;
    assert!(matches!(refused, Err(RemovePasskeyError::StepUp(_))), "{refused:?}");
    let refused = app.passkeys.ask_for_new(&actor).await;
    assert!(matches!(refused, Err(AddPasskeyError::StepUp(_))), "{refused:?}");
    let proved = prove(&app, &actor, app.shown(&passkey)).await.unwrap();
    app.passkeys.remove(&app.actor(&proved).await, id).await.unwrap();
}

/// Where a factor is demanded, the password is the first half of who has a passkey alone.
#[tokio::test]
async fn a_passkey_is_the_factor_that_is_demanded() {
    let app = TestApp::new().demanding(FactorDemand::Everybody);
    app.register(ADA).await;
    let tokens = app.log_in(ADA).await;
    let actor = app.enrolling(&tokens).await;
    let made = FakePasskey::of(actor.user().id, 1);
    let asked = app.passkeys.ask_for_new(&actor).await.unwrap();
    app.passkeys
        .add(&actor, made.answer(&asked.challenge), None)
        .await
        .unwrap();
    app.actor(&tokens).await;
    let step = app.log_in_halfway(ADA).await;
    assert_eq!(step.methods, [FactorMethod::Passkey]);
    let inside = go_on(&app, &step, app.shown(&made)).await.unwrap();
    assert_eq!(methods(&app, &inside).await, "pwd swk user mfa");
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
