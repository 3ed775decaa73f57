//! Which keys sign: made, put to use, retired and removed, by one server at a time.

mod rotation;
mod succession;

pub(crate) use rotation::RotationRequest;
pub use rotation::{Rotation, RotationPlan};
pub use succession::Succession;
pub(crate) use succession::current;

use crate::actor::By;
use crate::ports::{KeyRing, KeyRingError, StoreError, StoreResult};
use crate::unit_of_work::UnitsOfWork;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_domain::{KeyId, SigningAlgorithm, SigningKey, SigningKeyStage, TokenPolicy};
use std::sync::{Arc, PoisonError};

/// How long a retired key stays behind its last token, for clocks that differ. Services go by what is published, and
/// can't tell when a key was retired.
const KEPT_AFTER_LAST_TOKEN: TimeDelta = TimeDelta::minutes(5);

/// The age at which a key is given up that was published for a change of algorithm that nobody finished.
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::minutes(5);

/// What was set about signing keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SigningPolicy {
    /// The algorithm to sign by; where none was set, the one that signs now goes on, HS256 at first.
    pub algorithm: Option<SigningAlgorithm>,
    /// The age at which a key that the server made gives way to the next; `None` for never.
    pub rotate_after: Option<TimeDelta>,
}

/// Why the keys are not as they should be.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// A key was not made or not made ready.
    #[error(transparent)]
    KeyRing(#[from] KeyRingError),
    /// The keys were not read or not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The keys and whoever may change them.
pub(crate) struct Signing {
    pub(crate) units: Arc<dyn UnitsOfWork>,
    pub(crate) ring: Arc<dyn KeyRing>,
}

/// The keys that nobody needs any more, of keys of one succession whose tokens live for `life`.
fn superfluous(keys: &[SigningKey], life: TimeDelta, now: DateTime<Utc>) -> Vec<KeyId> {
    let present = current(keys).map(|key| key.algorithm);
    let is_superfluous = |key: &&SigningKey| match key.stage() {
        SigningKeyStage::Retired => key.retired_at.is_some_and(|at| at < now - life - KEPT_AFTER_LAST_TOKEN),
        SigningKeyStage::Next => Some(key.algorithm) != present && key.created_at < now - GIVEN_UP_AFTER,
        SigningKeyStage::Current => false,
    };
    keys.iter().filter(is_superfluous).map(|key| key.id.clone()).collect()
}

impl Signing {
    pub(crate) async fn list(&self) -> StoreResult<Vec<SigningKey>> {
        self.units.read(|repositories| repositories.signing_keys().list()).await
    }

    /// Makes the keys of the store ready, where they are not the ones that were made ready last.
    pub(crate) fn load(&self, keys: Vec<SigningKey>) -> Result<(), KeyRingError> {
        self.note_published(&keys);
        let mut loaded = self.units.replica.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if *loaded != keys {
            self.ring.load(&keys)?;
            *loaded = keys;
        }
        Ok(())
    }

    /// Brings the keys of access tokens to what the policy says, at the start: one that signs, and one that is known before
    /// it does.
    pub(crate) async fn establish(&self, policy: &SigningPolicy) -> Result<Rotation, SigningError> {
        let keys = self.list().await?;
        self.encrypt_anew(&keys).await?;
        let succession = Succession::Sessions;
        let present = current(&succession.of(&keys)).map(|key| key.algorithm);
        let algorithm = policy.algorithm.or(present).unwrap_or(SigningAlgorithm::Hs256);
        let request = RotationRequest {
            succession,
            algorithm,
            by: By::Setting,
        };
        let set = policy.algorithm;
        let is_another = move |keys: &[SigningKey]| match current(keys) {
            Some(key) => set.is_some_and(|set| set != key.algorithm),
            None => true,
        };
        self.rotate_if(request, is_another).await
    }

    /// Lets the next key of access tokens sign where the present one is old enough, and removes those whose last token
    /// expired long ago or that were to sign next and never will.
    pub(crate) async fn keep_up(&self, policy: &SigningPolicy, tokens: &TokenPolicy) -> Result<(), SigningError> {
        let succession = Succession::Sessions;
        let (now, keys) = (self.units.now(), succession.of(&self.list().await?));
        let life = tokens.access_token_life;
        if !superfluous(&keys, life, now).is_empty() {
            let removed = self.units.write(By::Schedule, move |unit| {
                let keys = succession.of(&unit.signing_keys().lock_all()?);
                for key in superfluous(&keys, life, now) {
                    unit.signing_keys().delete(&key)?;
                }
                Ok::<_, StoreError>(())
            });
            removed.await?;
        }
        let (Some(age), Some(present)) = (policy.rotate_after, current(&keys)) else {
            return Ok(());
        };
        let is_due = move |keys: &[SigningKey]| {
            current(keys)
                .is_some_and(|key| key.algorithm.has_key_pair() && key.activated_at.is_some_and(|at| at + age <= now))
        };
        if is_due(&keys) {
            let request = RotationRequest {
                succession,
                algorithm: present.algorithm,
                by: By::Schedule,
            };
            // A key that still has to wait takes over in a later round.
            self.rotate_if(request, is_due).await?;
        }
        Ok(())
    }

    /// After a change of `SECRET_KEY`, the keys are encrypted by the new one.
    pub(crate) async fn encrypt_anew(&self, keys: &[SigningKey]) -> Result<(), SigningError> {
        let mut anew = Vec::new();
        for key in keys {
            anew.extend(self.ring.encrypted_anew(key)?);
        }
        if !anew.is_empty() {
            let written = self.units.write(By::Server, move |unit| {
                let present = unit.signing_keys().lock_all()?;
                for key in anew {
                    // Only what encrypts it changes, whatever became of the key meanwhile.
                    if let Some(present) = present.iter().find(|present| present.id == key.id) {
                        let encrypted = key.encrypted;
                        unit.signing_keys().update(&SigningKey {
                            encrypted,
                            ..present.clone()
                        })?;
                    }
                }
                Ok::<_, StoreError>(())
            });
            written.await?;
        }
        Ok(())
    }
}
