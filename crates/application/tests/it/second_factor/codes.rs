//! Codes: which are taken, and how often.

use super::{Scene, secret};
use chrono::TimeDelta;
use portcullis_application::second_factors::ChangeFactorError;
use portcullis_application::sign_in_by_code::SecondStepError;
use portcullis_testkit::TestApp;
use portcullis_testkit::build::{self, PASSWORD};

#[tokio::test]
async fn a_code_is_taken_once_wherever_it_is_shown_and_none_before_it() {
    let scene = Scene::new().await;
    let earlier = scene.code();
    scene.app.clock.advance(TimeDelta::seconds(30));
    let code = scene.code();
    scene.by_code(&code).await.unwrap();
    for spent in [&code, &earlier] {
        let again = scene.by_code(spent).await;
        assert!(matches!(again, Err(SecondStepError::WrongCode { .. })), "{again:?}");
    }
    let actor = scene.app.actor(&scene.tokens).await;
    let removed = scene
        .app
        .second_factors
        .remove(&actor, Some(build::presented(PASSWORD)), code)
        .await;
    assert!(matches!(removed, Err(ChangeFactorError::WrongCode)), "{removed:?}");
}

#[tokio::test]
async fn a_code_of_the_step_before_or_behind_is_taken_and_no_other() {
    for (steps, is_taken) in [(-2, false), (-1, true), (1, true), (2, false)] {
        let scene = Scene::new().await;
        scene.app.clock.advance(TimeDelta::minutes(5));
        let code = scene.code();
        scene.app.clock.advance(TimeDelta::seconds(30 * 2));
        let step = scene.step().await;
        scene.app.clock.advance(TimeDelta::seconds(-30 * (2 + steps)));
        assert_eq!(
            scene.app.log_in_by_code(&step, &code).await.is_ok(),
            is_taken,
            "{steps}"
        );
    }
}

#[tokio::test]
async fn what_is_no_code_is_none() {
    let scene = Scene::new().await;
    let code = scene.code();
    let digits = code.expose();
    let arabic: String = digits
        .bytes()
        .map(|digit| char::from_u32(0x660 + u32::from(digit - b'0')).unwrap())
        .collect();
    let step = scene.step().await;
    for text in ["", &digits[..5], &format!("{digits}0"), &arabic] {
        let refused = scene.app.log_in_by_code(&step, &secret(text)).await;
        assert!(
            matches!(refused, Err(SecondStepError::WrongCode { .. })),
            "{text:?} {refused:?}"
        );
    }
}

#[tokio::test]
async fn a_recovery_code_is_taken_however_it_is_typed_and_once() {
    let scene = Scene::of(TestApp::with_mail()).await;
    scene.app.mails().await;
    let written = [
        |code: &str| code.to_uppercase(),
        |code: &str| code.replace('-', ""),
        |code: &str| format!(" {} ", code.replace('-', " ")),
    ];
    for (code, write) in scene.codes.iter().zip(written) {
        let typed = secret(&write(code.expose()));
        scene.by_code(&typed).await.unwrap();
        let again = scene.by_code(&typed).await;
        assert!(matches!(again, Err(SecondStepError::WrongCode { .. })), "{again:?}");
    }
    let actor = scene.app.actor(&scene.tokens).await;
    assert_eq!(
        scene
            .app
            .second_factors
            .state(&actor)
            .await
            .unwrap()
            .recovery_codes_left,
        7
    );
    let told = scene.app.mails().await;
    assert_eq!(
        told.iter()
            .filter(|mail| mail.subject.contains("recovery_code_used"))
            .count(),
        3,
        "{:?}",
        told.iter().map(|mail| &mail.subject).collect::<Vec<_>>()
    );
    let renewed = scene
        .app
        .second_factors
        .renew_recovery_codes(&actor, None)
        .await
        .unwrap();
    let old = scene.by_code(&scene.codes[9]).await;
    assert!(matches!(old, Err(SecondStepError::WrongCode { .. })), "{old:?}");
    scene.by_code(&renewed[0]).await.unwrap();
}
