//! Keys of the provider: when they are made, how they follow one another, and what is kept of them.

use crate::signing::keys;
use chrono::TimeDelta;
use portcullis_application::ports::Clock as _;
use portcullis_application::provider::discovery::NoProvider;
use portcullis_application::signing_keys::RotateKeysError;
use portcullis_application::{FormerKeys, Rotation, WantedRotation};
use portcullis_domain::{ClientKind, SigningAlgorithm, SigningKey, SigningKeyPurpose, SigningKeyStage};
use portcullis_testkit::{TestApp, build};

const ALGORITHMS: [SigningAlgorithm; 3] = [
    SigningAlgorithm::Rs256,
    SigningAlgorithm::Es256,
    SigningAlgorithm::EdDsa,
];

async fn of_the_provider(app: &TestApp) -> Vec<SigningKey> {
    let is_ours = |key: &SigningKey| key.purpose == SigningKeyPurpose::Provider;
    keys(app).await.into_iter().filter(is_ours).collect()
}

async fn count(app: &TestApp, algorithm: SigningAlgorithm, stage: SigningKeyStage) -> usize {
    let keys = of_the_provider(app).await;
    keys.iter()
        .filter(|key| key.algorithm == algorithm && key.stage() == stage)
        .count()
}

/// A server with a client, whose keys sign.
async fn provider() -> TestApp {
    let app = TestApp::new();
    app.upkeep.begin().await.unwrap();
    app.add_client(build::client("shop", ClientKind::Service)).await;
    app.upkeep.make_provider_keys().await.unwrap();
    pass(&app, TimeDelta::seconds(2)).await;
    app.upkeep.make_provider_keys().await.unwrap();
    app
}

async fn pass(app: &TestApp, time: TimeDelta) {
    app.clock.advance(time);
    app.upkeep.catch_up().await.unwrap();
}

async fn rotated(app: &TestApp, former: FormerKeys) -> Result<usize, RotateKeysError> {
    let wanted = WantedRotation {
        purpose: SigningKeyPurpose::Provider,
        algorithm: None,
        former,
    };
    let plans = app.signing_keys.plan_rotation(&app.operator(), wanted).await?;
    for plan in &plans {
        while let Rotation::Published { signs_in } = app.signing_keys.rotate(&app.operator(), plan.clone()).await? {
            app.clock.advance(TimeDelta::from_std(signs_in).unwrap());
        }
    }
    app.upkeep.catch_up().await.unwrap();
    Ok(plans.len())
}

#[tokio::test]
async fn the_first_client_brings_keys_which_are_published_before_they_sign() {
    let app = TestApp::new();
    app.upkeep.begin().await.unwrap();
    app.upkeep.make_provider_keys().await.unwrap();
    assert_eq!(of_the_provider(&app).await, []);
    assert_eq!(app.discovery.metadata().err(), Some(NoProvider::NoClient));
    assert!(matches!(
        rotated(&app, FormerKeys::Accepted).await,
        Err(RotateKeysError::NoneYet)
    ));

    app.add_client(build::client("shop", ClientKind::Service)).await;
    for _ in 0..2 {
        app.upkeep.make_provider_keys().await.unwrap();
        let stages: Vec<_> = of_the_provider(&app).await.iter().map(SigningKey::stage).collect();
        assert_eq!(stages, [SigningKeyStage::Next; 3], "they are known, and sign nothing");
    }
    assert_eq!(app.publication.provider_keys().len(), 3);
    pass(&app, TimeDelta::seconds(2)).await;
    app.upkeep.make_provider_keys().await.unwrap();
    for algorithm in ALGORITHMS {
        assert_eq!(count(&app, algorithm, SigningKeyStage::Current).await, 1, "{algorithm}");
        assert_eq!(count(&app, algorithm, SigningKeyStage::Next).await, 1, "{algorithm}");
    }
    let made = app.ring.made();
    app.upkeep.make_provider_keys().await.unwrap();
    assert_eq!(app.ring.made(), made, "there is nothing left to do");
}

#[tokio::test]
async fn whoever_registers_the_first_client_can_wait_until_the_keys_sign() {
    let app = TestApp::new();
    app.upkeep.begin().await.unwrap();
    app.add_client(build::client("shop", ClientKind::Service)).await;
    let beside = app.beside();
    let begun = || async { beside.signing_keys.begin_the_providers(&app.operator()).await.unwrap() };
    let wait = begun().await.unwrap();
    app.clock.advance(TimeDelta::from_std(wait).unwrap());
    assert_eq!(begun().await, None);
    let made = app.ring.made();
    app.upkeep.catch_up().await.unwrap();
    app.upkeep.make_provider_keys().await.unwrap();
    for algorithm in ALGORITHMS {
        assert_eq!(count(&app, algorithm, SigningKeyStage::Current).await, 1, "{algorithm}");
    }
    assert_eq!(app.ring.made(), made, "the server takes those that are there");
}

#[tokio::test]
async fn two_servers_that_make_keys_at_once_keep_those_of_one() {
    let app = TestApp::new();
    app.upkeep.begin().await.unwrap();
    let other = app.beside();
    other.upkeep.begin().await.unwrap();
    app.add_client(build::client("shop", ClientKind::Service)).await;
    other.upkeep.catch_up().await.unwrap();
    let (one, two) = tokio::join!(app.upkeep.make_provider_keys(), other.upkeep.make_provider_keys());
    one.unwrap();
    two.unwrap();
    assert_eq!(of_the_provider(&app).await.len(), 3);
}

#[tokio::test]
async fn the_keys_of_sessions_and_of_the_provider_are_two_sets() {
    let app = provider().await;
    assert_eq!(app.publication.public_keys(), [], "sessions are signed by HS256");
    assert_eq!(app.publication.provider_keys().len(), 6);
}

#[tokio::test]
async fn a_rotation_leaves_what_was_signed_and_another_one_ends_it() {
    let app = provider().await;
    pass(&app, TimeDelta::minutes(10)).await;
    assert_eq!(rotated(&app, FormerKeys::Accepted).await.unwrap(), 3);
    for algorithm in ALGORITHMS {
        for stage in [
            SigningKeyStage::Current,
            SigningKeyStage::Next,
            SigningKeyStage::Retired,
        ] {
            assert_eq!(count(&app, algorithm, stage).await, 1, "{algorithm} {stage:?}");
        }
    }
    pass(&app, TimeDelta::minutes(10)).await;
    assert_eq!(rotated(&app, FormerKeys::Rejected).await.unwrap(), 3);
    for algorithm in ALGORITHMS {
        for (stage, expected) in [
            (SigningKeyStage::Current, 1),
            (SigningKeyStage::Next, 1),
            (SigningKeyStage::Retired, 0),
        ] {
            assert_eq!(count(&app, algorithm, stage).await, expected, "{algorithm} {stage:?}");
        }
    }
    assert_eq!(app.publication.provider_keys().len(), 6);
}

#[tokio::test]
async fn of_a_key_whose_last_token_has_expired_the_public_part_stays_for_ninety_days() {
    let app = provider().await;
    pass(&app, TimeDelta::minutes(10)).await;
    rotated(&app, FormerKeys::Accepted).await.unwrap();
    let kept = |app: &TestApp| {
        let app = app.clone();
        async move {
            app.upkeep.rotate_signing_keys().await.unwrap();
            app.upkeep.catch_up().await.unwrap();
            let keys = of_the_provider(&app).await;
            let rsa = keys.into_iter().filter(|key| key.algorithm == SigningAlgorithm::Rs256);
            rsa.filter(|key| key.retired_at.is_some()).collect::<Vec<_>>()
        }
    };
    let life = TimeDelta::days(1) + TimeDelta::minutes(5);
    app.clock.advance(life);
    assert_eq!(kept(&app).await[0].stage(), SigningKeyStage::Retired);
    app.clock.advance(TimeDelta::seconds(1));
    let remembered = kept(&app).await;
    assert_eq!(remembered[0].stage(), SigningKeyStage::Remembered);
    assert!(remembered[0].encrypted.is_empty() && remembered[0].public_part.is_some());
    assert!(
        !app.publication
            .provider_keys()
            .iter()
            .any(|key| key.members[0].1 == remembered[0].id.to_string())
    );
    app.clock.advance(TimeDelta::days(90));
    assert_eq!(kept(&app).await, []);
    let _ = app.clock.now();
}
