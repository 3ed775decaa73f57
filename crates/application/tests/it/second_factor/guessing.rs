//! Whoever guesses codes: how far they come, and that they keep nobody out.

use super::{ADA, Scene, secret};
use chrono::TimeDelta;
use portcullis_application::reauthentication::{ProofShown, ReauthenticateError};
use portcullis_application::sign_in::{LogInError, LoginAttempt};
use portcullis_application::sign_in_by_code::SecondStepError;
use portcullis_application::{LimitPolicy, SecondStep};
use portcullis_domain::{
    AuditEventType, AuditReason, AuditResult, Carrier, DeviceToken, Origin, SecretText, SignInChallenge,
};
use portcullis_testkit::TestApp;
use portcullis_testkit::build::{self, PASSWORD};

#[tokio::test]
async fn ten_wrong_codes_of_an_account_refuse_every_code_for_a_quarter_of_an_hour() {
    let scene = Scene::of(TestApp::new().limited_by(LimitPolicy::Off)).await;
    for number in 0..10 {
        let refused = scene.by_code(&scene.wrong_code()).await;
        assert!(
            matches!(refused, Err(SecondStepError::WrongCode { .. })),
            "{number}: {refused:?}"
        );
    }
    // A new half sign-in resets nothing, nor does another server, which knows of nothing but the store.
    for app in [scene.app.clone(), scene.app.beside()] {
        let step = app.log_in_halfway(ADA).await;
        match app.log_in_by_code(&step, &scene.code()).await {
            Err(SecondStepError::TooManyAttempts(exhausted)) => {
                assert_eq!(exhausted.wait.as_secs(), 15 * 60);
                assert_eq!((exhausted.limit.name(), exhausted.rate.most()), ("second-factor", 10));
            }
            other => panic!("{other:?}"),
        }
    }
    scene.app.clock.advance(TimeDelta::minutes(15));
    scene.by_code(&scene.code()).await.unwrap();
    let failures = scene.app.events().await.into_iter();
    let reasons: Vec<_> = failures
        .filter(|event| event.result == AuditResult::Failure)
        .filter_map(|event| event.reason)
        .collect();
    assert!(reasons.contains(&AuditReason::WrongCode) && reasons.contains(&AuditReason::TooManyAttempts));
}

/// Half a sign-in of whoever knows the password, on that device.
async fn half_way_on(app: &TestApp, device: Option<&DeviceToken>) -> SecondStep {
    let attempt = LoginAttempt {
        origin: Origin {
            device_token: device.cloned(),
            ..Origin::default()
        },
        ..build::log_in(ADA, PASSWORD)
    };
    match app.sign_in.log_in(attempt).await {
        Err(LogInError::SecondFactorRequired(step)) => step,
        other => panic!("{other:?}"),
    }
}

/// The device of a sign-in by two factors.
async fn known_device(scene: &Scene) -> DeviceToken {
    scene.app.clock.advance(TimeDelta::minutes(2));
    let step = half_way_on(&scene.app, None).await;
    let tokens = scene.app.log_in_by_code(&step, &scene.code()).await.unwrap();
    scene.app.clock.advance(TimeDelta::minutes(1));
    tokens.device_token.unwrap()
}

/// As many wrong codes as count, by whoever knows the password, on that device.
async fn use_up(scene: &Scene, device: Option<&DeviceToken>) {
    for _ in 0..10 {
        let step = half_way_on(&scene.app, device).await;
        let wrong = scene.app.log_in_by_code(&step, &scene.wrong_code()).await;
        assert!(matches!(wrong, Err(SecondStepError::WrongCode { .. })), "{wrong:?}");
    }
}

fn is_refused<T>(outcome: &Result<T, SecondStepError>) -> bool {
    matches!(outcome, Err(SecondStepError::TooManyAttempts(_)))
}

#[tokio::test]
async fn whoever_knows_the_password_keeps_nobody_out_whose_device_is_known() {
    let scene = Scene::new().await;
    let device = known_device(&scene).await;
    use_up(&scene, None).await;
    let stranger = half_way_on(&scene.app, None).await;
    assert!(is_refused(&scene.app.log_in_by_code(&stranger, &scene.code()).await));
    // The device is known by another server, too.
    let beside = scene.app.beside();
    let own = half_way_on(&beside, Some(&device)).await;
    beside.log_in_by_code(&own, &scene.code()).await.unwrap();
}

#[tokio::test]
async fn a_known_device_has_ten_wrong_codes_like_all_strangers_together() {
    let scene = Scene::new().await;
    let device = known_device(&scene).await;
    use_up(&scene, Some(&device)).await;
    let own = half_way_on(&scene.app, Some(&device)).await;
    assert!(is_refused(&scene.app.log_in_by_code(&own, &scene.code()).await));
    let stranger = half_way_on(&scene.app, None).await;
    scene.app.log_in_by_code(&stranger, &scene.code()).await.unwrap();
}

/// Before the second factor was on, whoever knew the password could have any number of devices known.
#[tokio::test]
async fn a_device_that_is_known_by_a_password_alone_counts_as_a_strangers() {
    let scene = Scene::new().await;
    let before = scene.tokens.device_token.clone().unwrap();
    scene.app.clock.advance(TimeDelta::minutes(2));
    use_up(&scene, Some(&before)).await;
    let stranger = half_way_on(&scene.app, None).await;
    assert!(is_refused(&scene.app.log_in_by_code(&stranger, &scene.code()).await));
}

#[tokio::test]
async fn whoever_knows_the_password_ends_no_half_sign_in_on_a_known_device() {
    let scene = Scene::new().await;
    let device = known_device(&scene).await;
    let own = half_way_on(&scene.app, Some(&device)).await;
    let first = half_way_on(&scene.app, None).await;
    for _ in 0..SignInChallenge::OPEN_AT_ONCE {
        scene.app.clock.advance(TimeDelta::seconds(1));
        half_way_on(&scene.app, None).await;
    }
    let gone = scene.app.log_in_by_code(&first, &scene.code()).await;
    assert!(matches!(gone, Err(SecondStepError::InvalidToken)), "{gone:?}");
    scene.app.log_in_by_code(&own, &scene.code()).await.unwrap();
}

/// Nobody guesses one, so no count of guesses keeps its owner out.
#[tokio::test]
async fn a_recovery_code_is_taken_whatever_others_guessed() {
    let scene = Scene::new().await;
    use_up(&scene, None).await;
    let step = half_way_on(&scene.app, None).await;
    assert!(is_refused(
        &scene.app.log_in_by_code(&step, &secret("aaaa-bbbb-cccc-dddd")).await
    ));
    scene.app.log_in_by_code(&step, &scene.codes[0]).await.unwrap();
    let step = half_way_on(&scene.app, None).await;
    assert!(
        is_refused(&scene.app.log_in_by_code(&step, &scene.codes[0]).await),
        "once"
    );
}

#[tokio::test]
async fn whoever_is_signed_in_proves_more_whatever_strangers_guessed() {
    let scene = Scene::new().await;
    use_up(&scene, None).await;
    let actor = scene.app.actor(&scene.tokens).await;
    let proof = |code: SecretText| ProofShown::Password {
        password: build::presented(PASSWORD),
        code: Some(code),
    };
    let service = &scene.app.reauthentication;
    let tokens = service
        .reauthenticate(&actor, proof(scene.code()), Carrier::Body)
        .await
        .unwrap();
    // A thief of the session has no more guesses than a stranger.
    let actor = scene.app.actor(&tokens).await;
    for _ in 0..10 {
        let wrong = service
            .reauthenticate(&actor, proof(scene.wrong_code()), Carrier::Body)
            .await;
        assert!(matches!(wrong, Err(ReauthenticateError::WrongCode)), "{wrong:?}");
    }
    scene.app.clock.advance(TimeDelta::seconds(30));
    let refused = service.reauthenticate(&actor, proof(scene.code()), Carrier::Body).await;
    assert!(
        matches!(refused, Err(ReauthenticateError::TooManyCodes(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn the_owner_is_told_once_that_somebody_who_knows_the_password_guesses() {
    let scene = Scene::of(TestApp::with_mail()).await;
    let told = async || {
        let mails = scene.app.mails().await;
        mails.iter().filter(|mail| mail.subject.contains("mfa_failed")).count()
    };
    for (number, expected) in (1..=10).zip([0, 0, 0, 0, 1, 0, 0, 0, 0, 0]) {
        let step = half_way_on(&scene.app, None).await;
        scene.app.log_in_by_code(&step, &scene.wrong_code()).await.unwrap_err();
        assert_eq!(told().await, expected, "{number}");
    }
    scene.app.clock.advance(TimeDelta::minutes(15));
    use_up(&scene, None).await;
    assert_eq!(told().await, 1, "in the next window");
}

#[tokio::test]
async fn a_right_password_that_stops_at_the_second_factor_is_recorded() {
    let scene = Scene::new().await;
    let user = scene.app.actor(&scene.tokens).await.user().id;
    scene.step().await;
    let events = scene.app.events().await;
    let event = events.last().unwrap();
    assert_eq!(
        (event.kind, event.result, event.reason, event.user_id),
        (
            AuditEventType::Login,
            AuditResult::Failure,
            Some(AuditReason::MfaRequired),
            Some(user)
        )
    );
}
