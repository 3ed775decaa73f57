//! Which keys sign: made, put to use, retired and removed, by one server at a time.

mod removal;
mod rotation;
mod succession;

pub(crate) use rotation::RotationRequest;
pub use rotation::{FormerKeys, Rotation, RotationPlan};
pub(crate) use succession::current;
pub use succession::{ALGORITHMS_OF_CLIENTS, ALGORITHMS_OF_THE_PROVIDER, Succession};

use crate::actor::By;
use crate::ports::{KeyRing, KeyRingError, StoreError, StoreResult};
use crate::unit_of_work::UnitsOfWork;
use chrono::TimeDelta;
use portcullis_domain::{SigningAlgorithm, SigningKey, TokenPolicy};
use removal::removals;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

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
            former: FormerKeys::Accepted,
            by: By::Setting,
        };
        let set = policy.algorithm;
        let is_another = move |keys: &[SigningKey]| match current(keys) {
            Some(key) => set.is_some_and(|set| set != key.algorithm),
            None => true,
        };
        self.rotate_if(request, is_another).await
    }

    /// Whether a key of the provider signs in each algorithm, as far as this server knows.
    pub(crate) fn have_the_providers_begun(&self) -> bool {
        let keys = self.units.replica.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let signs = |algorithm| current(&Succession::Provider(algorithm).of(&keys)).is_some();
        ALGORITHMS_OF_THE_PROVIDER.into_iter().all(signs)
    }

    /// Makes the keys of the provider where there are none, a step at a time: call it again after the time that it gives, until
    /// they sign and it gives none.
    pub(crate) async fn begin_the_providers(&self, by: By) -> Result<Option<Duration>, SigningError> {
        let keys = self.list().await?;
        let mut wait = None;
        for algorithm in ALGORITHMS_OF_THE_PROVIDER {
            let succession = Succession::Provider(algorithm);
            if current(&succession.of(&keys)).is_none() {
                let request = RotationRequest {
                    succession,
                    algorithm,
                    former: FormerKeys::Accepted,
                    by: by.clone(),
                };
                if let Rotation::Published { signs_in } =
                    self.rotate_if(request, |keys| current(keys).is_none()).await?
                {
                    wait = wait.max(Some(signs_in));
                }
            }
        }
        Ok(wait)
    }

    /// Lets the next key sign where the present one is old enough, and removes those whose last token expired long ago or
    /// that were to sign next and never will.
    pub(crate) async fn keep_up(&self, policy: &SigningPolicy, tokens: &TokenPolicy) -> Result<(), SigningError> {
        for succession in Succession::all() {
            self.keep_up_one(succession, policy, tokens).await?;
        }
        Ok(())
    }

    async fn keep_up_one(
        &self,
        succession: Succession,
        policy: &SigningPolicy,
        tokens: &TokenPolicy,
    ) -> Result<(), SigningError> {
        let (now, keys) = (self.units.now(), succession.of(&self.list().await?));
        let life = succession.longest_life(tokens);
        if !removals(succession, &keys, life, now).is_empty() {
            let removed = self.units.write(By::Schedule, move |unit| {
                let keys = succession.of(&unit.signing_keys().lock_all()?);
                for removal in removals(succession, &keys, life, now) {
                    removal.make(unit.signing_keys())?;
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
                former: FormerKeys::Accepted,
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
