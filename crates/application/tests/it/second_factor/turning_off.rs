//! Taking a second factor away.

use super::{ADA, Scene};
use chrono::TimeDelta;
use portcullis_application::ProveAgainError;
use portcullis_application::second_factors::{ChangeFactorError, FactorState, ResetFactorsError};
use portcullis_domain::{Acr, AuditEventType, AuditReason, Origin, Role, StepUpNeeded};
use portcullis_testkit::TestApp;
use portcullis_testkit::build::{self, PASSWORD};

#[tokio::test]
async fn turning_it_off_takes_the_password_and_a_code() {
    let scene = Scene::of(TestApp::with_mail()).await;
    let other = scene.by_code(&scene.codes[9]).await.unwrap();
    let factors = &scene.app.second_factors;
    let actor = scene.app.actor(&scene.tokens).await;
    scene.app.clock.advance(TimeDelta::minutes(11));
    let right = || Some(build::presented(PASSWORD));
    let wrong = factors
        .remove(&actor, Some(build::presented("wrong")), scene.code())
        .await;
    assert!(
        matches!(wrong, Err(ChangeFactorError::NotProved(ProveAgainError::Wrong))),
        "{wrong:?}"
    );
    let wrong = factors.remove(&actor, right(), scene.wrong_code()).await;
    assert!(matches!(wrong, Err(ChangeFactorError::WrongCode)), "{wrong:?}");
    factors.remove(&actor, right(), scene.code()).await.unwrap();
    assert!(scene.app.accepts(&scene.tokens).await && !scene.app.accepts(&other).await);
    let state = FactorState {
        totp_since: None,
        recovery_codes_left: 0,
        passkeys: 0,
    };
    assert_eq!(factors.state(&actor).await.unwrap(), state);
    scene.app.log_in(ADA).await;
    let again = factors.remove(&actor, right(), scene.codes[0].clone()).await;
    assert!(matches!(again, Err(ChangeFactorError::Off)), "{again:?}");
    let subjects: Vec<_> = scene.app.mails().await.into_iter().map(|mail| mail.subject).collect();
    assert!(
        subjects.iter().any(|subject| subject.contains("mfa_disabled")),
        "{subjects:?}"
    );
}

#[tokio::test]
async fn an_account_with_two_factors_proves_both_before_a_change() {
    let scene = Scene::new().await;
    let actor = scene.app.actor(&scene.tokens).await;
    scene.app.clock.advance(TimeDelta::minutes(10) + TimeDelta::seconds(1));
    let password = Some(build::presented(PASSWORD));
    for refused in [
        scene.app.second_factors.enrol(&actor, password.clone()).await.map(drop),
        scene
            .app
            .second_factors
            .renew_recovery_codes(&actor, password)
            .await
            .map(drop),
    ] {
        assert!(
            matches!(
                refused,
                Err(ChangeFactorError::StepUp(StepUpNeeded { acr: Acr::TwoFactors }))
            ),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn an_administrator_resets_a_lost_factor() {
    let scene = Scene::of(TestApp::with_mail()).await;
    scene.app.mails().await;
    scene.app.register_admin("root@x.test").await;
    let root = scene.app.admin(&scene.app.log_in("root@x.test").await).await;
    let user = scene.app.actor(&scene.tokens).await.user().id;
    for _ in 0..2 {
        scene.app.second_factors.reset(root.authority(), user).await.unwrap();
    }
    assert!(!scene.app.accepts(&scene.tokens).await);
    scene.app.log_in(ADA).await;
    let events = scene.app.events().await;
    let told: Vec<_> = events
        .iter()
        .filter(|event| event.kind == AuditEventType::MfaDisabled)
        .collect();
    let [event] = told[..] else { panic!("{told:?}") };
    assert_eq!(
        (event.actor_id, event.user_id, event.reason),
        (
            Some(root.actor().user().id),
            Some(user),
            Some(AuditReason::Administrator)
        )
    );
    let subjects: Vec<_> = scene.app.mails().await.into_iter().map(|mail| mail.subject).collect();
    assert_eq!(
        subjects.iter().filter(|subject| subject.contains("mfa_reset")).count(),
        1,
        "{subjects:?}"
    );
}

#[tokio::test]
async fn this_was_not_me_takes_away_a_factor_that_was_added_since() {
    let scene = Scene::of(TestApp::with_mail()).await;
    let mails = scene.app.mails().await;
    let notice = mails.iter().find(|mail| mail.subject.contains("mfa_enabled")).unwrap();
    let token = notice.text.clone();
    let user = scene.app.actor(&scene.tokens).await.user().id;
    scene.app.not_me.secure(&token.into(), Origin::default()).await.unwrap();
    assert!(!scene.app.user(user).await.unwrap().has_second_factor);
}

/// Whoever has an administrator's session would be rid of the second factor by it.
#[tokio::test]
async fn nobody_resets_their_own_factor() {
    let scene = Scene::new().await;
    let id = scene.app.actor(&scene.tokens).await.user().id;
    scene.app.change_user(id, |user| user.role = Role::Admin).await;
    let root = scene.app.admin(&scene.tokens).await;
    let refused = scene.app.second_factors.reset(root.authority(), id).await;
    assert!(matches!(refused, Err(ResetFactorsError::Own)), "{refused:?}");
    assert!(scene.app.user(id).await.unwrap().has_second_factor);
    let operator = scene.app.operator().authority();
    scene.app.second_factors.reset(operator, id).await.unwrap();
    assert!(!scene.app.user(id).await.unwrap().has_second_factor);
}

#[tokio::test]
async fn new_recovery_codes_are_told_of() {
    let scene = Scene::of(TestApp::with_mail()).await;
    scene.app.mails().await;
    let actor = scene.app.actor(&scene.tokens).await;
    scene
        .app
        .second_factors
        .renew_recovery_codes(&actor, None)
        .await
        .unwrap();
    let mails = scene.app.mails().await;
    let told: Vec<_> = mails
        .iter()
        .filter(|mail| mail.subject.contains("recovery_codes_created"))
        .collect();
    let [notice] = told[..] else { panic!("{mails:?}") };
    // It has the link that takes the account back.
    let token = notice.text.clone();
    scene.app.not_me.secure(&token.into(), Origin::default()).await.unwrap();
    assert!(!scene.app.accepts(&scene.tokens).await);
}
