//! Which keys sign, and who decides it.

use chrono::TimeDelta;
use portcullis_application::ports::{Clock as _, KeyRingError};
use portcullis_application::signing_keys::RotateKeysError;
use portcullis_application::{
    FormerKeys, Rotation, RotationPlan, SigningError, SigningPolicy, UpkeepPolicy, WantedRotation,
};
use portcullis_domain::{SigningAlgorithm, SigningKey, SigningKeyPurpose, SigningKeyStage};
use portcullis_testkit::TestApp;

pub(crate) fn set_to(algorithm: SigningAlgorithm) -> UpkeepPolicy {
    UpkeepPolicy {
        signing: SigningPolicy {
            algorithm: Some(algorithm),
            rotate_after: Some(TimeDelta::days(90)),
        },
        ..UpkeepPolicy::default()
    }
}

/// A server with that setting, ready to serve.
pub(crate) async fn started(algorithm: SigningAlgorithm) -> TestApp {
    let app = TestApp::new();
    restarted(&app, set_to(algorithm)).await
}

pub(crate) async fn restarted(app: &TestApp, upkeep: UpkeepPolicy) -> TestApp {
    let server = app.beside_under(app.policy, upkeep);
    while let Rotation::Published { signs_in } = server.upkeep.begin().await.unwrap() {
        app.clock.advance(TimeDelta::from_std(signs_in).unwrap());
    }
    server
}

/// The plan of a rotation of the key of sessions.
pub(crate) async fn plan(app: &TestApp, algorithm: Option<SigningAlgorithm>) -> Result<RotationPlan, RotateKeysError> {
    let wanted = WantedRotation {
        purpose: SigningKeyPurpose::Session,
        algorithm,
        former: FormerKeys::Accepted,
    };
    let mut plans = app.signing_keys.plan_rotation(&app.operator(), wanted).await?;
    assert_eq!(plans.len(), 1);
    Ok(plans.remove(0))
}

/// Brings a rotation to its end; the key that signs then.
pub(crate) async fn rotated(app: &TestApp, algorithm: Option<SigningAlgorithm>) -> SigningKey {
    let plan = plan(app, algorithm).await.unwrap();
    loop {
        match app.signing_keys.rotate(&app.operator(), plan.clone()).await.unwrap() {
            Rotation::Done(key) => return key,
            Rotation::Published { signs_in } => app.clock.advance(TimeDelta::from_std(signs_in).unwrap()),
        }
    }
}

pub(crate) async fn keys(app: &TestApp) -> Vec<SigningKey> {
    app.signing_keys.list(&app.operator()).await.unwrap()
}

pub(crate) async fn stages(app: &TestApp) -> Vec<(SigningAlgorithm, SigningKeyStage)> {
    let keys = keys(app).await;
    keys.iter().map(|key| (key.algorithm, key.stage())).collect()
}

pub(crate) async fn of_stage(app: &TestApp, stage: SigningKeyStage) -> SigningKey {
    let keys = keys(app).await;
    keys.into_iter().find(|key| key.stage() == stage).unwrap()
}

#[tokio::test]
async fn a_first_start_signs_by_the_secret_key_and_publishes_nothing() {
    let app = TestApp::new();
    app.upkeep.begin().await.unwrap();
    assert_eq!(
        stages(&app).await,
        [(SigningAlgorithm::Hs256, SigningKeyStage::Current)]
    );
    assert_eq!(app.publication.public_keys(), []);
    let again = restarted(&app, UpkeepPolicy::default()).await;
    assert_eq!(keys(&again).await.len(), 1);
}

#[tokio::test]
async fn a_key_that_signs_next_is_published_with_the_one_that_signs() {
    for algorithm in [
        SigningAlgorithm::EdDsa,
        SigningAlgorithm::Es256,
        SigningAlgorithm::Rs256,
    ] {
        let app = started(algorithm).await;
        let mut stages = stages(&app).await;
        stages.sort_by_key(|(_, stage)| *stage == SigningKeyStage::Next);
        assert_eq!(
            stages,
            [
                (algorithm, SigningKeyStage::Current),
                (algorithm, SigningKeyStage::Next)
            ]
        );
        assert_eq!(app.publication.public_keys().len(), 2);
    }
}

#[tokio::test]
async fn a_rotation_lets_the_published_key_sign_and_publishes_another() {
    let app = started(SigningAlgorithm::EdDsa).await;
    let (present, next) = (
        of_stage(&app, SigningKeyStage::Current).await,
        of_stage(&app, SigningKeyStage::Next).await,
    );
    app.clock.advance(TimeDelta::seconds(2));
    let signs = rotated(&app, None).await;
    assert_eq!((&signs.id, signs.activated_at), (&next.id, Some(app.clock.now())));
    let retired = of_stage(&app, SigningKeyStage::Retired).await;
    assert_eq!((&retired.id, retired.retired_at), (&present.id, Some(app.clock.now())));
    let another = of_stage(&app, SigningKeyStage::Next).await;
    assert!(another.id != next.id && another.id != present.id);
    assert_eq!(app.ring.loaded(), keys(&app).await);
}

#[tokio::test]
async fn another_server_learns_of_a_rotation_as_it_catches_up() {
    let app = started(SigningAlgorithm::EdDsa).await;
    let other = restarted(&app, set_to(SigningAlgorithm::EdDsa)).await;
    rotated(&app, None).await;
    assert_ne!(other.ring.loaded(), app.ring.loaded());
    other.upkeep.catch_up().await.unwrap();
    assert_eq!(other.ring.loaded(), app.ring.loaded());
}

#[tokio::test]
async fn the_setting_chooses_at_the_start_and_the_old_key_is_kept() {
    let app = started(SigningAlgorithm::Hs256).await;
    let app = restarted(&app, set_to(SigningAlgorithm::Es256)).await;
    let stages = stages(&app).await;
    assert!(stages.contains(&(SigningAlgorithm::Hs256, SigningKeyStage::Retired)));
    assert!(stages.contains(&(SigningAlgorithm::Es256, SigningKeyStage::Current)));
    // Without the setting, what signs goes on.
    let app = restarted(&app, UpkeepPolicy::default()).await;
    assert_eq!(
        of_stage(&app, SigningKeyStage::Current).await.algorithm,
        SigningAlgorithm::Es256
    );
    let app = restarted(&app, set_to(SigningAlgorithm::Hs256)).await;
    assert_eq!(
        of_stage(&app, SigningKeyStage::Current).await.algorithm,
        SigningAlgorithm::Hs256
    );
    let next = self::stages(&app).await;
    assert!(
        next.iter().all(|(_, stage)| *stage != SigningKeyStage::Next),
        "{next:?}"
    );
}

#[tokio::test]
async fn an_operator_chooses_where_the_settings_do_not() {
    let app = TestApp::new();
    app.upkeep.begin().await.unwrap();
    let refused = plan(&app, None).await;
    assert!(matches!(refused, Err(RotateKeysError::KeyOfTheSettings)));
    let signs = rotated(&app, Some(SigningAlgorithm::EdDsa)).await;
    assert_eq!(signs.algorithm, SigningAlgorithm::EdDsa);

    let set = restarted(&app, set_to(SigningAlgorithm::EdDsa)).await;
    let refused = plan(&set, Some(SigningAlgorithm::Es256)).await;
    assert!(matches!(
        refused,
        Err(RotateKeysError::AlgorithmOfTheSettings(SigningAlgorithm::EdDsa))
    ));
}

#[tokio::test]
async fn a_key_that_is_old_enough_gives_way_and_one_that_nobody_needs_is_removed() {
    let app = started(SigningAlgorithm::EdDsa).await;
    let first = of_stage(&app, SigningKeyStage::Current).await;
    app.clock.advance(TimeDelta::days(90) - TimeDelta::seconds(1));
    app.upkeep.rotate_signing_keys().await.unwrap();
    assert_eq!(of_stage(&app, SigningKeyStage::Current).await, first);
    app.clock.advance(TimeDelta::minutes(2));
    app.upkeep.rotate_signing_keys().await.unwrap();
    assert_eq!(of_stage(&app, SigningKeyStage::Retired).await.id, first.id);

    app.clock
        .advance(app.policy.access_token_life - TimeDelta::minutes(2) + TimeDelta::minutes(5));
    app.upkeep.rotate_signing_keys().await.unwrap();
    assert_eq!(keys(&app).await.len(), 3);
    app.clock.advance(TimeDelta::minutes(3));
    app.upkeep.rotate_signing_keys().await.unwrap();
    assert!(keys(&app).await.iter().all(|key| key.id != first.id));
}

#[tokio::test]
async fn the_secret_key_is_not_rotated_by_schedule() {
    let app = started(SigningAlgorithm::Hs256).await;
    app.clock.advance(TimeDelta::days(1000));
    app.upkeep.rotate_signing_keys().await.unwrap();
    assert_eq!(
        stages(&app).await,
        [(SigningAlgorithm::Hs256, SigningKeyStage::Current)]
    );
}

#[tokio::test]
async fn keys_are_encrypted_anew_after_a_change_of_the_secret_key() {
    let app = started(SigningAlgorithm::EdDsa).await;
    let before = keys(&app).await;
    app.ring.replace_secret();
    let app = restarted(&app, set_to(SigningAlgorithm::EdDsa)).await;
    let after = keys(&app).await;
    let ids = |keys: &[SigningKey]| keys.iter().map(|key| key.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&after), ids(&before));
    assert!(
        after
            .iter()
            .zip(&before)
            .all(|(after, before)| after.encrypted != before.encrypted)
    );

    // Twice without a start in between: neither the present key nor the one before opens them.
    app.ring.replace_secret();
    app.ring.replace_secret();
    let lost = app
        .beside_under(app.policy, set_to(SigningAlgorithm::EdDsa))
        .upkeep
        .begin()
        .await;
    assert!(matches!(lost, Err(SigningError::KeyRing(KeyRingError::Sealed(_)))));
    assert_eq!(keys(&app).await, after);
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_at_once_agree_on_one_key() {
    let app = TestApp::new();
    let starts: Vec<_> = (0..8)
        .map(|_| {
            let server = app.beside_under(app.policy, set_to(SigningAlgorithm::EdDsa));
            tokio::spawn(async move { server.upkeep.begin().await.unwrap() })
        })
        .collect();
    for start in starts {
        start.await.unwrap();
    }
    let stages = stages(&app).await;
    assert_eq!(stages.len(), 2, "{stages:?}");
}
