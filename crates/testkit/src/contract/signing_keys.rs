//! What holds for signing keys.

use super::{at_once, read, write};
use crate::build::signing_key;
use crate::clock::FakeClock;
use chrono::TimeDelta;
use portcullis_application::ports::{Store, StoreError, StoreResult};
use portcullis_domain::{KeyId, SigningAlgorithm, SigningKey, SigningKeyPurpose, SigningKeyStage};
use std::sync::Arc;

/// Of every algorithm, at every stage, to the microsecond.
pub async fn every_field_of_a_key_survives(store: &Arc<dyn Store>) {
    let step = TimeDelta::microseconds(1);
    let mut keys = Vec::new();
    for algorithm in SigningAlgorithm::ALL {
        for stage in [
            SigningKeyStage::Next,
            SigningKeyStage::Current,
            SigningKeyStage::Retired,
        ] {
            let number = i32::try_from(keys.len()).unwrap();
            let created_at = FakeClock::start() + step * number;
            keys.push(SigningKey {
                id: KeyId::new(format!("Key-_{number} of {algorithm}")),
                purpose: SigningKeyPurpose::Session,
                algorithm,
                encrypted: (0..number * 300).map(|byte| byte.to_le_bytes()[0]).collect(),
                public_part: (number > 0).then(|| format!("{{\"x\":\"{number}\"}}")),
                created_at,
                activated_at: (stage != SigningKeyStage::Next).then_some(created_at + step * 20),
                retired_at: (stage == SigningKeyStage::Retired).then_some(created_at + step * 30),
            });
        }
    }
    for key in &keys {
        insert(store, key).await.unwrap();
    }
    assert_eq!(list(store).await, keys);
    let locked = write(store, |repositories| repositories.signing_keys().lock_all());
    assert_eq!(locked.await.unwrap(), keys);
}

/// Not by that of their insertion, nor by name.
pub async fn keys_are_listed_by_the_time_of_their_making(store: &Arc<dyn Store>) {
    assert_eq!(list(store).await, []);
    for (name, seconds) in [("b", 3), ("c", 1), ("a", 2), ("B", 0)] {
        let key = SigningKey {
            created_at: FakeClock::start() + TimeDelta::seconds(seconds),
            ..signing_key(name)
        };
        insert(store, &key).await.unwrap();
    }
    let names: Vec<_> = list(store).await.iter().map(|key| key.id.to_string()).collect();
    assert_eq!(names, ["B", "c", "a", "b"]);
}

/// The key that has it stays as it is.
pub async fn a_name_in_use_is_not_given_again(store: &Arc<dyn Store>) {
    let key = signing_key("key");
    insert(store, &key).await.unwrap();
    let double = SigningKey {
        encrypted: vec![1],
        ..key.clone()
    };
    assert!(insert(store, &double).await.is_err());
    assert_eq!(list(store).await, [key]);
}

/// When it began and ceased to sign, and its encrypted form; of that key alone.
pub async fn an_update_writes_the_life_of_one_key(store: &Arc<dyn Store>) {
    let (mut key, other) = (signing_key("key"), signing_key("KEY"));
    for key in [&key, &other] {
        insert(store, key).await.unwrap();
    }
    key.activated_at = Some(FakeClock::start() + TimeDelta::microseconds(1));
    assert!(update(store, &key).await);
    assert!(find(store, "key").await == Some(key.clone()));
    key.retired_at = Some(FakeClock::start() + TimeDelta::microseconds(2));
    key.encrypted = vec![0, 255, 0];
    assert!(update(store, &key).await);
    assert_eq!(find(store, "key").await, Some(key));
    assert_eq!(find(store, "KEY").await, Some(other));
    assert!(!update(store, &signing_key("unknown")).await);
    assert_eq!(list(store).await.len(), 2);
}

/// And no other.
pub async fn a_deleted_key_is_gone(store: &Arc<dyn Store>) {
    for name in ["key", "KEY"] {
        insert(store, &signing_key(name)).await.unwrap();
    }
    for expected in [true, false] {
        let deleted = write(store, |repositories| {
            repositories.signing_keys().delete(&signing_key("key").id)
        });
        assert_eq!(deleted.await.unwrap(), expected);
    }
    assert_eq!(list(store).await, [signing_key("KEY")]);
}

/// Also where there is none yet that could be held.
pub async fn of_many_who_find_no_key_one_makes_it(store: &Arc<dyn Store>) {
    for round in 0..10 {
        let results = at_once(16, |racer| {
            let store = Arc::clone(store);
            async move {
                write(&store, move |repositories| {
                    let keys = repositories.signing_keys().lock_all()?;
                    if keys.iter().any(|key| key.stage() == SigningKeyStage::Next) {
                        return Ok(false);
                    }
                    let key = signing_key(&format!("key {racer} of round {round}"));
                    repositories.signing_keys().insert(&key)?;
                    Ok::<_, StoreError>(true)
                })
                .await
                .unwrap()
            }
        });
        let made = results.await.into_iter().filter(|made| *made).count();
        assert_eq!(made, 1, "round {round}");
        let keys = list(store).await;
        let mut next = keys.into_iter().filter(|key| key.stage() == SigningKeyStage::Next);
        let mut key = next.next().unwrap();
        assert_eq!(next.next(), None, "round {round}");
        key.activated_at = Some(FakeClock::start());
        assert!(update(store, &key).await);
    }
}

/// Neither of what was added nor of what was changed.
pub async fn a_rollback_leaves_the_keys_as_they_were(store: &Arc<dyn Store>) {
    let (kept, added) = (signing_key("kept"), signing_key("added"));
    insert(store, &kept).await.unwrap();
    let (id, changed) = (
        kept.id.clone(),
        SigningKey {
            activated_at: Some(kept.created_at),
            ..kept.clone()
        },
    );
    let refused = write(store, move |repositories| {
        repositories.signing_keys().insert(&added)?;
        assert!(repositories.signing_keys().update(&changed)?);
        assert!(repositories.signing_keys().delete(&id)?);
        Err::<(), _>(StoreError::Busy)
    });
    assert!(refused.await.is_err());
    assert_eq!(list(store).await, [kept]);
}

async fn list(store: &Arc<dyn Store>) -> Vec<SigningKey> {
    read(store, |repositories| repositories.signing_keys().list()).await
}

async fn find(store: &Arc<dyn Store>, name: &str) -> Option<SigningKey> {
    list(store).await.into_iter().find(|key| key.id.as_str() == name)
}

async fn insert(store: &Arc<dyn Store>, key: &SigningKey) -> StoreResult<()> {
    let key = key.clone();
    write(store, move |repositories| repositories.signing_keys().insert(&key)).await
}

async fn update(store: &Arc<dyn Store>, key: &SigningKey) -> bool {
    let key = key.clone();
    let updated = write(store, move |repositories| repositories.signing_keys().update(&key));
    updated.await.unwrap()
}
