//! Setting up an authenticator app.

use super::{ADA, Scene, secret};
use chrono::TimeDelta;
use portcullis_application::ProveAgainError;
use portcullis_application::ports::Clock as _;
use portcullis_application::second_factors::{ChangeFactorError, FactorState};
use portcullis_application::sign_in_by_code::SecondStepError;
use portcullis_domain::{Acr, AuditEventType, AuditReason, StepUpNeeded};
use portcullis_testkit::TestApp;
use portcullis_testkit::build::{self, PASSWORD};

#[tokio::test]
async fn a_second_factor_is_asked_for_once_a_code_was_confirmed() {
    let app = TestApp::new();
    let ada = app.register(ADA).await;
    let (tokens, other) = (app.log_in(ADA).await, app.log_in(ADA).await);
    let actor = app.actor(&tokens).await;
    let password = Some(build::presented(PASSWORD));
    let enrolment = app.second_factors.enrol(&actor, password.clone()).await.unwrap();
    assert!(app.second_factors.waiting(&actor).await.unwrap().is_some());
    app.log_in(ADA).await;
    let wrong = app.second_factors.confirm(&actor, secret("abcdef")).await;
    assert!(matches!(wrong, Err(ChangeFactorError::WrongCode)), "{wrong:?}");
    app.clock.advance(TimeDelta::minutes(1));
    let codes = app
        .second_factors
        .confirm(&actor, app.app_code(&enrolment.secret))
        .await
        .unwrap();
    assert_eq!(codes.len(), 10);
    // This session counts as one of two factors from now on, and the others are over.
    let session = app.session(actor.session_id()).await.unwrap();
    assert_eq!(
        (session.acr(), session.authenticated_at),
        (Acr::TwoFactors, app.clock.now())
    );
    assert!(app.accepts(&tokens).await && !app.accepts(&other).await);
    assert!(app.user(ada.id).await.unwrap().has_second_factor);
    let state = FactorState {
        totp_since: Some(app.clock.now()),
        recovery_codes_left: 10,
        passkeys: 0,
    };
    assert_eq!(app.second_factors.state(&actor).await.unwrap(), state);
    app.log_in_halfway(ADA).await;
    let kinds: Vec<_> = app.events().await.into_iter().map(|event| event.kind).collect();
    assert!(kinds.contains(&AuditEventType::MfaEnabled), "{kinds:?}");
}

#[tokio::test]
async fn a_secret_waits_for_an_hour_and_for_the_user_who_proved_to_be_it() {
    let app = TestApp::new();
    app.register(ADA).await;
    let actor = app.actor(&app.log_in(ADA).await).await;
    let wrong = app.second_factors.enrol(&actor, Some(build::presented("wrong"))).await;
    assert!(
        matches!(wrong, Err(ChangeFactorError::NotProved(ProveAgainError::Wrong))),
        "{wrong:?}"
    );
    let enrolment = app.second_factors.enrol(&actor, None).await.unwrap();
    app.clock.advance(TimeDelta::hours(1));
    let late = app
        .second_factors
        .confirm(&actor, app.app_code(&enrolment.secret))
        .await;
    assert!(matches!(late, Err(ChangeFactorError::WrongCode)), "{late:?}");
    for stale in [
        app.second_factors.enrol(&actor, None).await.map(drop),
        app.second_factors.waiting(&actor).await.map(drop),
    ] {
        assert!(
            matches!(
                stale,
                Err(ChangeFactorError::StepUp(StepUpNeeded { acr: Acr::OneFactor }))
            ),
            "{stale:?}"
        );
    }
}

#[tokio::test]
async fn setting_up_another_app_leaves_the_one_that_counts() {
    let scene = Scene::new().await;
    let actor = scene.app.actor(&scene.tokens).await;
    let next = scene.app.second_factors.enrol(&actor, None).await.unwrap();
    scene.by_code(&scene.code()).await.unwrap();
    scene.app.clock.advance(TimeDelta::minutes(1));
    let actor = scene.app.actor(&scene.tokens).await;
    let code = scene.app.app_code(&next.secret);
    scene.app.second_factors.confirm(&actor, code).await.unwrap();
    scene.app.clock.advance(TimeDelta::minutes(1));
    let by_old = scene.by_code(&scene.code()).await;
    assert!(matches!(by_old, Err(SecondStepError::WrongCode { .. })), "{by_old:?}");
    scene.by_code(&scene.app.app_code(&next.secret)).await.unwrap();
    let by_old_code = scene.by_code(&scene.codes[0]).await;
    assert!(
        matches!(by_old_code, Err(SecondStepError::WrongCode { .. })),
        "{by_old_code:?}"
    );
}

#[tokio::test]
async fn a_secret_waits_for_the_session_that_asked_for_it_alone() {
    let app = TestApp::new();
    app.register(ADA).await;
    let own = app.actor(&app.log_in(ADA).await).await;
    let other = app.actor(&app.log_in(ADA).await).await;
    let enrolment = app.second_factors.enrol(&own, None).await.unwrap();
    assert!(app.second_factors.waiting(&other).await.unwrap().is_none());
    let code = app.app_code(&enrolment.secret);
    let refused = app.second_factors.confirm(&other, code.clone()).await;
    assert!(matches!(refused, Err(ChangeFactorError::WrongCode)), "{refused:?}");
    assert!(app.second_factors.waiting(&own).await.unwrap().is_some());
    app.second_factors.confirm(&own, code).await.unwrap();
}

#[tokio::test]
async fn wrong_codes_of_a_secret_that_waits_count_as_those_of_a_sign_in() {
    let app = TestApp::new();
    app.register(ADA).await;
    let actor = app.actor(&app.log_in(ADA).await).await;
    let enrolment = app.second_factors.enrol(&actor, None).await.unwrap();
    for _ in 0..10 {
        let wrong = app.second_factors.confirm(&actor, secret("abcdef")).await;
        assert!(matches!(wrong, Err(ChangeFactorError::WrongCode)), "{wrong:?}");
    }
    let code = app.app_code(&enrolment.secret);
    let refused = app.second_factors.confirm(&actor, code).await;
    assert!(
        matches!(refused, Err(ChangeFactorError::TooManyCodes(_))),
        "{refused:?}"
    );
    let events = app.events().await;
    let failures = events
        .iter()
        .filter(|event| event.reason == Some(AuditReason::WrongCode));
    assert_eq!(failures.count(), 10);
}

#[tokio::test]
async fn another_app_is_confirmed_by_a_fresh_proof_of_both_factors() {
    let scene = Scene::new().await;
    let actor = scene.app.actor(&scene.tokens).await;
    let enrolment = scene.app.second_factors.enrol(&actor, None).await.unwrap();
    scene.app.clock.advance(TimeDelta::minutes(11));
    let code = scene.app.app_code(&enrolment.secret);
    let stale = scene.app.second_factors.confirm(&actor, code).await;
    assert!(
        matches!(
            stale,
            Err(ChangeFactorError::StepUp(StepUpNeeded { acr: Acr::TwoFactors }))
        ),
        "{stale:?}"
    );
}
