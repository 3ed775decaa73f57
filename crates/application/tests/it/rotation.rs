//! A key is published before it signs, whoever wants it to sign.

use crate::signing::{self, keys, of_stage, restarted, rotated, set_to, stages, started};
use chrono::TimeDelta;
use portcullis_application::ports::Clock as _;
use portcullis_application::{Rotation, RotationPlan, UpkeepPolicy};
use portcullis_domain::{AuditEventType, KeyId, SigningAlgorithm, SigningKey, SigningKeyStage};
use portcullis_testkit::TestApp;
use std::time::Duration;

const PUBLISHED_FIRST: Duration = Duration::from_secs(2);

async fn plan(app: &TestApp, algorithm: SigningAlgorithm) -> RotationPlan {
    signing::plan(app, Some(algorithm)).await.unwrap()
}

async fn step(app: &TestApp, plan: &RotationPlan) -> Rotation {
    app.signing_keys.rotate(&app.operator(), plan.clone()).await.unwrap()
}

fn waits(time: Duration) -> Rotation {
    Rotation::Published { signs_in: time }
}

async fn rotations(app: &TestApp) -> usize {
    let events = app.events().await;
    let is_rotation = |kind| kind == AuditEventType::SigningKeyRotated;
    events.iter().filter(|event| is_rotation(event.kind)).count()
}

/// A server that nobody has set an algorithm for.
async fn unset() -> TestApp {
    restarted(&TestApp::new(), UpkeepPolicy::default()).await
}

#[tokio::test]
async fn a_key_of_another_algorithm_is_known_everywhere_before_it_signs() {
    let app = unset().await;
    let other = restarted(&app, UpkeepPolicy::default()).await;
    for algorithm in [
        SigningAlgorithm::EdDsa,
        SigningAlgorithm::Es256,
        SigningAlgorithm::Rs256,
        SigningAlgorithm::Hs256,
    ] {
        let (present, rotated) = (of_stage(&app, SigningKeyStage::Current).await, rotations(&app).await);
        let plan = plan(&app, algorithm).await;
        assert_eq!(step(&app, &plan).await, waits(PUBLISHED_FIRST), "{algorithm}");
        other.upkeep.catch_up().await.unwrap();
        let known = other.ring.loaded();
        let published = known.iter().find(|key| key.algorithm == algorithm).unwrap();
        assert_eq!(published.stage(), SigningKeyStage::Next);

        let moment = TimeDelta::microseconds(1);
        app.clock.advance(TimeDelta::seconds(2) - moment);
        assert_eq!(step(&app, &plan).await, waits(Duration::from_micros(1)), "{algorithm}");
        assert_eq!(of_stage(&app, SigningKeyStage::Current).await, present);
        assert_eq!(rotations(&app).await, rotated);

        app.clock.advance(moment);
        let Rotation::Done(signs) = step(&app, &plan).await else {
            panic!("{algorithm} does not sign");
        };
        assert_eq!((&signs.id, signs.activated_at), (&published.id, Some(app.clock.now())));
        assert_eq!(rotations(&app).await, rotated + 1);
        // Whoever asks again is told the same, and nothing happens.
        assert_eq!(step(&app, &plan).await, Rotation::Done(signs));
        assert_eq!(rotations(&app).await, rotated + 1);
        app.clock.advance(TimeDelta::hours(1));
        app.upkeep.rotate_signing_keys().await.unwrap();
    }
}

#[tokio::test]
async fn a_key_that_was_made_a_moment_ago_does_not_sign_at_the_next_rotation() {
    let app = started(SigningAlgorithm::EdDsa).await;
    app.clock.advance(TimeDelta::minutes(1));
    for _ in 0..3 {
        let made = of_stage(&app, SigningKeyStage::Next).await;
        let age = app.clock.now() - made.created_at;
        let plan = signing::plan(&app, None).await.unwrap();
        let first = step(&app, &plan).await;
        if age < TimeDelta::seconds(2) {
            assert_eq!(first, waits(PUBLISHED_FIRST));
            app.clock.advance(TimeDelta::seconds(2));
        }
        let Rotation::Done(signs) = step(&app, &plan).await else {
            panic!("it is old enough");
        };
        assert_eq!(signs.id, made.id);
    }
    assert_eq!(rotations(&app).await, 4);
}

#[tokio::test]
async fn after_a_crash_between_the_steps_the_published_key_takes_over() {
    let app = unset().await;
    let first = plan(&app, SigningAlgorithm::EdDsa).await;
    step(&app, &first).await;
    let published = of_stage(&app, SigningKeyStage::Next).await;
    app.clock.advance(TimeDelta::minutes(2));
    // Nobody came back. A server that starts meanwhile goes on as before.
    let server = restarted(&app, UpkeepPolicy::default()).await;
    assert_eq!(
        of_stage(&server, SigningKeyStage::Current).await.algorithm,
        SigningAlgorithm::Hs256
    );
    let again = plan(&server, SigningAlgorithm::EdDsa).await;
    let Rotation::Done(signs) = step(&server, &again).await else {
        panic!("it is known for two minutes");
    };
    assert_eq!(signs.id, published.id);
}

#[tokio::test]
async fn a_key_for_a_change_that_nobody_brought_to_its_end_is_removed() {
    let app = started(SigningAlgorithm::EdDsa).await;
    let next = of_stage(&app, SigningKeyStage::Next).await;
    let unset = restarted(&app, UpkeepPolicy::default()).await;
    let plan = plan(&unset, SigningAlgorithm::Hs256).await;
    step(&unset, &plan).await;
    app.clock.advance(TimeDelta::minutes(5));
    app.upkeep.rotate_signing_keys().await.unwrap();
    assert_eq!(keys(&app).await.len(), 3);
    app.clock.advance(TimeDelta::minutes(1));
    app.upkeep.rotate_signing_keys().await.unwrap();
    assert_eq!(keys(&app).await.len(), 2);
    assert_eq!(of_stage(&app, SigningKeyStage::Next).await, next);
    // Whoever does come back begins anew.
    assert_eq!(step(&unset, &plan).await, waits(PUBLISHED_FIRST));
}

#[tokio::test]
async fn two_who_want_the_same_rotation_get_one() {
    let app = unset().await;
    let other = restarted(&app, UpkeepPolicy::default()).await;
    let (one, two) = (
        plan(&app, SigningAlgorithm::EdDsa).await,
        plan(&other, SigningAlgorithm::EdDsa).await,
    );
    assert_eq!(step(&app, &one).await, waits(PUBLISHED_FIRST));
    app.clock.advance(TimeDelta::seconds(1));
    // It can't tell how long the other one's clock has counted.
    assert_eq!(step(&other, &two).await, waits(PUBLISHED_FIRST));
    app.clock.advance(TimeDelta::seconds(2));
    let signs = step(&other, &two).await;
    assert!(matches!(signs, Rotation::Done(_)));
    assert_eq!(step(&app, &one).await, signs);
    assert_eq!(rotations(&app).await, 2);
}

#[tokio::test]
async fn of_two_who_want_different_algorithms_each_gets_theirs() {
    let app = unset().await;
    let other = restarted(&app, UpkeepPolicy::default()).await;
    let (one, two) = (
        plan(&app, SigningAlgorithm::EdDsa).await,
        plan(&other, SigningAlgorithm::Es256).await,
    );
    step(&app, &one).await;
    step(&other, &two).await;
    app.clock.advance(TimeDelta::seconds(2));
    let signs = step(&app, &one).await;
    assert!(matches!(signs, Rotation::Done(key) if key.algorithm == SigningAlgorithm::EdDsa));
    // The other one's key was given up with the first rotation, so it is published anew.
    assert_eq!(step(&other, &two).await, waits(PUBLISHED_FIRST));
    app.clock.advance(TimeDelta::seconds(2));
    let signs = step(&other, &two).await;
    assert!(matches!(signs, Rotation::Done(key) if key.algorithm == SigningAlgorithm::Es256));
    assert_eq!(rotations(&app).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_rotates_at_once_never_leaves_two_keys_that_sign() {
    let app = unset().await;
    let algorithms = SigningAlgorithm::ALL.into_iter().filter(|wanted| wanted.has_key_pair());
    let rotations: Vec<_> = algorithms
        .cycle()
        .take(12)
        .map(|algorithm| {
            let server = app.beside();
            tokio::spawn(async move { rotated(&server, Some(algorithm)).await })
        })
        .collect();
    for rotation in rotations {
        rotation.await.unwrap();
        let stages = stages(&app).await;
        let signing = stages.iter().filter(|(_, stage)| *stage == SigningKeyStage::Current);
        assert_eq!(signing.count(), 1, "{stages:?}");
    }
}

#[tokio::test]
async fn a_start_with_another_algorithm_publishes_its_key_first() {
    let app = unset().await;
    let present = of_stage(&app, SigningKeyStage::Current).await;
    let server = app.beside_under(app.policy, set_to(SigningAlgorithm::EdDsa));
    assert_eq!(server.upkeep.begin().await.unwrap(), waits(PUBLISHED_FIRST));
    assert_eq!(of_stage(&app, SigningKeyStage::Current).await, present);
    let published = of_stage(&app, SigningKeyStage::Next).await;
    // Another one that starts a second later waits for the same key.
    app.clock.advance(TimeDelta::seconds(1));
    let later = app.beside_under(app.policy, set_to(SigningAlgorithm::EdDsa));
    assert_eq!(later.upkeep.begin().await.unwrap(), waits(PUBLISHED_FIRST));
    app.clock.advance(TimeDelta::seconds(1));
    for server in [&server, &later] {
        let begun = server.upkeep.begin().await.unwrap();
        assert!(matches!(begun, Rotation::Done(key) if key.id == published.id));
    }
    assert_eq!(rotations(&app).await, 2);
}

#[tokio::test]
async fn a_first_key_and_a_start_without_a_change_wait_for_nothing() {
    let app = TestApp::new();
    for _ in 0..2 {
        let server = app.beside_under(app.policy, set_to(SigningAlgorithm::EdDsa));
        assert!(matches!(server.upkeep.begin().await.unwrap(), Rotation::Done(_)));
    }
    assert_eq!(rotations(&app).await, 1);
}

#[tokio::test]
async fn a_rotation_to_the_algorithm_that_is_set_is_one_rotation() {
    let app = unset().await;
    let set = app.beside_under(app.policy, set_to(SigningAlgorithm::EdDsa));
    let signs = rotated(&set, None).await;
    assert_eq!(signs.algorithm, SigningAlgorithm::EdDsa);
    assert_eq!(rotations(&app).await, 2);
}

#[tokio::test]
async fn a_rotation_by_schedule_waits_for_a_key_that_is_old_enough() {
    let app = started(SigningAlgorithm::EdDsa).await;
    let (present, next) = (
        of_stage(&app, SigningKeyStage::Current).await,
        of_stage(&app, SigningKeyStage::Next).await,
    );
    let lost = app
        .store
        .write(move |repositories| repositories.signing_keys().delete(&next.id));
    assert!(lost.await.unwrap());
    app.clock.advance(TimeDelta::days(90));
    app.upkeep.rotate_signing_keys().await.unwrap();
    assert_eq!(of_stage(&app, SigningKeyStage::Current).await, present);
    let published = of_stage(&app, SigningKeyStage::Next).await;
    app.clock.advance(TimeDelta::minutes(5));
    app.upkeep.rotate_signing_keys().await.unwrap();
    assert_eq!(of_stage(&app, SigningKeyStage::Current).await.id, published.id);
}

#[tokio::test]
async fn a_key_of_another_clock_waits_by_the_clock_of_whoever_lets_it_sign() {
    for seconds in [-3_600, -30, 30, 3_600] {
        let app = started(SigningAlgorithm::EdDsa).await;
        let next = of_stage(&app, SigningKeyStage::Next).await;
        let other_clock = TimeDelta::seconds(seconds);
        let (old, made) = (next.id.clone(), next.created_at + TimeDelta::minutes(10) + other_clock);
        let published = SigningKey {
            created_at: made,
            id: KeyId::new("of another clock".to_owned()),
            ..next
        };
        app.clock.advance(TimeDelta::minutes(10));
        let replaced = app.store.write(move |repositories| {
            repositories.signing_keys().delete(&old)?;
            repositories.signing_keys().insert(&published)
        });
        replaced.await.unwrap();
        let plan = signing::plan(&app, None).await.unwrap();
        let first = step(&app, &plan).await;
        if seconds == -3_600 {
            assert!(matches!(first, Rotation::Done(_)), "nobody's clock is that far off");
            continue;
        }
        assert_eq!(first, waits(PUBLISHED_FIRST), "{seconds}");
        app.clock.advance(TimeDelta::seconds(2));
        let signs = step(&app, &plan).await;
        assert!(
            matches!(signs, Rotation::Done(key) if key.created_at == made),
            "{seconds}"
        );
    }
}

#[tokio::test]
async fn a_clock_that_was_set_back_makes_a_key_wait_once_more() {
    let app = started(SigningAlgorithm::EdDsa).await;
    let next = of_stage(&app, SigningKeyStage::Next).await;
    app.clock.advance(TimeDelta::hours(-1));
    let plan = signing::plan(&app, None).await.unwrap();
    assert_eq!(step(&app, &plan).await, waits(PUBLISHED_FIRST));
    app.clock.advance(TimeDelta::seconds(2));
    let signs = step(&app, &plan).await;
    assert!(matches!(signs, Rotation::Done(key) if key.id == next.id));
}
