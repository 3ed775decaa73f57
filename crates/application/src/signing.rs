//! Which keys sign: made, put to use, retired and removed, by one server at a time.

use crate::audit_pen::AuditPen;
use crate::ports::{AuditMac, Clock, Entropy, KeyRing, KeyRingError, Repositories, Store, StoreError, StoreResult};
use crate::replica::Replica;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_domain::{
    AuditEvent, AuditEventType, AuditReason, Origin, SigningAlgorithm, SigningKey, SigningKeyStage, TokenPolicy,
};
use std::sync::{Arc, PoisonError};

/// How long a retired key stays behind its last token, for clocks that differ. Services go by what is published, and
/// can't tell when a key was retired.
const KEPT_AFTER_LAST_TOKEN: TimeDelta = TimeDelta::minutes(5);

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
    pub(crate) store: Arc<dyn Store>,
    pub(crate) ring: Arc<dyn KeyRing>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) audit_mac: Arc<dyn AuditMac>,
    pub(crate) replica: Arc<Replica>,
}

/// Who wants another key to sign.
pub(crate) struct RotationRequest {
    /// The algorithm of the key.
    pub(crate) algorithm: SigningAlgorithm,
    /// Where the wish comes from.
    pub(crate) origin: Origin,
    /// Why.
    pub(crate) reason: AuditReason,
}

pub(crate) fn current(keys: &[SigningKey]) -> Option<&SigningKey> {
    keys.iter().find(|key| key.stage() == SigningKeyStage::Current)
}

fn next_of(keys: &[SigningKey], algorithm: SigningAlgorithm) -> Option<&SigningKey> {
    keys.iter()
        .find(|key| key.stage() == SigningKeyStage::Next && key.algorithm == algorithm)
}

impl Signing {
    pub(crate) async fn list(&self) -> StoreResult<Vec<SigningKey>> {
        self.store.read(|repositories| repositories.signing_keys().list()).await
    }

    /// Makes the keys of the store ready, where they are not the ones that were made ready last.
    pub(crate) fn load(&self, keys: Vec<SigningKey>) -> Result<(), KeyRingError> {
        let mut loaded = self.replica.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if *loaded != keys {
            self.ring.load(&keys)?;
            *loaded = keys;
        }
        Ok(())
    }

    /// Brings the keys to what the policy says, at the start: one that signs, and one that is known before it does.
    pub(crate) async fn establish(&self, policy: &SigningPolicy, origin: Origin) -> Result<(), SigningError> {
        let keys = self.list().await?;
        self.encrypt_anew(&keys).await?;
        let present = current(&keys).map(|key| key.algorithm);
        let algorithm = policy.algorithm.or(present).unwrap_or(SigningAlgorithm::Hs256);
        if present != Some(algorithm) {
            let request = RotationRequest {
                algorithm,
                origin,
                reason: AuditReason::Setting,
            };
            let is_another = move |keys: &[SigningKey]| current(keys).is_none_or(|key| key.algorithm != algorithm);
            self.rotate_if(request, is_another).await?;
        }
        let keys = self.list().await?;
        self.load(keys)?;
        Ok(())
    }

    /// Lets the next key sign where the present one is old enough, and removes those whose last token expired long ago.
    pub(crate) async fn keep_up(
        &self,
        policy: &SigningPolicy,
        tokens: &TokenPolicy,
        origin: Origin,
    ) -> Result<(), SigningError> {
        let (now, keys) = (self.clock.now(), self.list().await?);
        let forgotten = now - tokens.access_token_life - KEPT_AFTER_LAST_TOKEN;
        let is_forgotten = move |key: &SigningKey| key.retired_at.is_some_and(|at| at < forgotten);
        if keys.iter().any(is_forgotten) {
            self.store
                .write(move |repositories| {
                    let keys = repositories.signing_keys().lock_all()?;
                    for key in keys.iter().filter(|key| is_forgotten(key)) {
                        repositories.signing_keys().delete(&key.id)?;
                    }
                    Ok::<_, StoreError>(())
                })
                .await?;
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
                algorithm: present.algorithm,
                origin,
                reason: AuditReason::Schedule,
            };
            self.rotate_if(request, is_due).await?;
        }
        Ok(())
    }

    /// Lets another key sign, where `is_wanted` holds for the keys that are there. The one that was published for it
    /// takes over at once, and a new one is published; the one that signed goes on to be accepted.
    pub(crate) async fn rotate_if(
        &self,
        request: RotationRequest,
        is_wanted: impl Fn(&[SigningKey]) -> bool + Send + 'static,
    ) -> Result<(), SigningError> {
        let now = self.clock.now();
        let mut spares = vec![self.ring.generate(request.algorithm, now).await?];
        if request.algorithm.has_key_pair() && next_of(&self.list().await?, request.algorithm).is_none() {
            spares.push(self.ring.generate(request.algorithm, now).await?);
        }
        let mut pen = AuditPen::new(&self.audit_mac, &self.clock, &*self.entropy, request.origin, None);
        let (algorithm, reason) = (request.algorithm, request.reason);
        let keys = self
            .store
            .write(move |repositories| {
                let keys = repositories.signing_keys().lock_all()?;
                if is_wanted(&keys) {
                    put_to_use(repositories, &keys, algorithm, spares, now)?;
                    let event = AuditEvent {
                        reason: Some(reason),
                        ..pen.success(AuditEventType::SigningKeyRotated, None)
                    };
                    pen.write(repositories, event)?;
                }
                repositories.signing_keys().list()
            })
            .await?;
        if let Some(key) = current(&keys) {
            tracing::info!(kid = %key.id, algorithm = %key.algorithm, "this key signs access tokens");
        }
        self.load(keys)?;
        Ok(())
    }

    /// After a change of `SECRET_KEY`, the keys are encrypted by the new one.
    async fn encrypt_anew(&self, keys: &[SigningKey]) -> Result<(), SigningError> {
        let mut anew = Vec::new();
        for key in keys {
            anew.extend(self.ring.encrypted_anew(key)?);
        }
        if !anew.is_empty() {
            self.store
                .write(move |repositories| {
                    let present = repositories.signing_keys().lock_all()?;
                    for key in anew {
                        // Only what encrypts it changes, whatever became of the key meanwhile.
                        if let Some(present) = present.iter().find(|present| present.id == key.id) {
                            let encrypted = key.encrypted;
                            repositories.signing_keys().update(&SigningKey {
                                encrypted,
                                ..present.clone()
                            })?;
                        }
                    }
                    Ok::<_, StoreError>(())
                })
                .await?;
        }
        Ok(())
    }
}

fn put_to_use(
    repositories: &mut dyn Repositories,
    keys: &[SigningKey],
    algorithm: SigningAlgorithm,
    spares: Vec<SigningKey>,
    now: DateTime<Utc>,
) -> StoreResult<()> {
    let mut spares = spares.into_iter();
    let known = next_of(keys, algorithm);
    for key in keys {
        let is_given_up = key.stage() == SigningKeyStage::Next && known.is_none_or(|known| known.id != key.id);
        if key.stage() == SigningKeyStage::Current {
            repositories.signing_keys().update(&SigningKey {
                retired_at: Some(now),
                ..key.clone()
            })?;
        } else if is_given_up {
            repositories.signing_keys().delete(&key.id)?;
        }
    }
    if let Some(known) = known {
        repositories.signing_keys().update(&SigningKey {
            activated_at: Some(now),
            ..known.clone()
        })?;
    } else if let Some(fresh) = spares.next() {
        repositories.signing_keys().insert(&SigningKey {
            activated_at: Some(now),
            ..fresh
        })?;
    }
    // HS256 has one key, SECRET_KEY: there is none to publish before it signs.
    match spares.next().filter(|_| algorithm.has_key_pair()) {
        Some(spare) => repositories.signing_keys().insert(&spare),
        None => Ok(()),
    }
}
