//! The keys of one purpose that are ready: the one that signs, and those whose signatures are accepted.

use super::ready_key::{ReadyKey, SharedSecret};
use chrono::{DateTime, Utc};
use portcullis_application::ports::{KeyRingError, PublicKey};
use portcullis_domain::{SigningAlgorithm, SigningKey, SigningKeyStage};
use portcullis_verifier::{Refusal, VerificationKey};
use std::cmp::Reverse;
use std::slice;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// How long after its retirement a key may still have signed: another server learns of it later, and may have another
/// clock.
const RETIREMENT_TOLERANCE: Duration = Duration::from_mins(1);

/// The keys that are ready, by what each is good for. Empty before the first load: then nothing is signed or accepted.
#[derive(Default)]
pub(crate) struct Ring {
    number: u64,
    keys: Vec<Arc<ReadyKey>>,
    /// Those that sign now, the one that began last first.
    current: Vec<Arc<ReadyKey>>,
    /// Those of the keys that sign now or next. The next one is among them because another server may have begun to
    /// sign by it already.
    unretired: Vec<VerificationKey>,
    retired: Vec<RetiredKey>,
    /// Of sessions: `SECRET_KEY` and its predecessor, whether they are among the keys or not.
    secret: Vec<VerificationKey>,
}

/// A key of the store with its ready form.
pub(super) type Stored<'k> = (&'k SigningKey, Arc<ReadyKey>);

struct RetiredKey {
    key: VerificationKey,
    signed_until: SystemTime,
}

impl Ring {
    /// The ring of sessions without keys.
    pub(super) fn empty(secret: &SharedSecret) -> Self {
        Self {
            secret: secret.verification.clone(),
            ..Self::default()
        }
    }

    /// The ring of sessions: of the keys of the store, each with its ready form. One of them signs.
    pub(super) fn of_sessions(keys: &[Stored<'_>], secret: &SharedSecret) -> Result<Self, KeyRingError> {
        let ring = Self::empty(secret).with(keys);
        if ring.current.is_empty() {
            return Err(KeyRingError::NoneSigns);
        }
        Ok(ring)
    }

    /// The ring of the provider. It may have no key, and knows nothing of `SECRET_KEY`.
    pub(super) fn of_the_provider(keys: &[Stored<'_>]) -> Self {
        Self::default().with(keys)
    }

    fn with(mut self, keys: &[Stored<'_>]) -> Self {
        let mut current: Vec<_> = keys
            .iter()
            .filter(|(key, _)| key.stage() == SigningKeyStage::Current)
            .collect();
        current.sort_by_key(|(key, _)| Reverse(key.activated_at));
        self.current = current.into_iter().map(|(_, ready)| Arc::clone(ready)).collect();
        for (key, ready) in keys {
            match key.retired_at {
                Some(retired_at) => self.retire(ready, retired_at),
                None => self.accept(ready),
            }
            self.keys.push(Arc::clone(ready));
        }
        self
    }

    fn accept(&mut self, ready: &ReadyKey) {
        self.unretired.extend(ready.verification.iter().cloned());
    }

    fn retire(&mut self, ready: &ReadyKey, retired_at: DateTime<Utc>) {
        let signed_until = SystemTime::from(retired_at) + RETIREMENT_TOLERANCE;
        self.retired.extend(ready.verification.iter().map(|key| RetiredKey {
            key: key.clone(),
            signed_until,
        }));
    }

    /// The ring, in the place of the one of that number.
    pub(super) fn behind(self, number: u64) -> Self {
        Self {
            number: number + 1,
            ..self
        }
    }

    /// Tells the rings of one purpose apart: no two that were put to use have the same. A result that the keys of one
    /// ring gave need not hold for another ring.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// The key of that name and algorithm, if it is ready already.
    pub(super) fn find(&self, key: &SigningKey) -> Option<Arc<ReadyKey>> {
        let is_remembered = key.stage() == SigningKeyStage::Remembered;
        let is_it = |ready: &&Arc<ReadyKey>| {
            ready.id == key.id && ready.algorithm == key.algorithm && ready.signs() != is_remembered
        };
        self.keys.iter().find(is_it).map(Arc::clone)
    }

    /// The key that signs. There is one in the ring of sessions; were there two, all servers would take the same.
    pub(super) fn current(&self) -> Result<&ReadyKey, KeyRingError> {
        self.current.first().map(|key| &**key).ok_or(KeyRingError::NoneSigns)
    }

    /// The key of that algorithm that signs.
    pub(crate) fn current_of(&self, algorithm: SigningAlgorithm) -> Option<Arc<ReadyKey>> {
        let current = self.current.iter().find(|key| key.algorithm == algorithm);
        current.map(Arc::clone)
    }

    /// The result of `check` by the keys that may have signed the text: a retired key signed nothing that was issued
    /// after its retirement. The key is unknown if every check says so, or if it is `SECRET_KEY` and that is none of
    /// the keys: no text can name it.
    pub(crate) fn verified<T>(
        &self,
        check: impl Fn(&[VerificationKey]) -> Result<T, Refusal>,
        issued_at: impl Fn(&T) -> SystemTime,
    ) -> Result<T, Refusal> {
        let mut refusal = match check(&self.unretired) {
            Ok(found) => return Ok(found),
            Err(refusal) => refusal,
        };
        for retired in &self.retired {
            match check(slice::from_ref(&retired.key)) {
                Ok(found) if issued_at(&found) <= retired.signed_until => return Ok(found),
                Err(Refusal::UnknownKey) => {}
                Ok(_) | Err(_) => refusal = Refusal::Invalid,
            }
        }
        if refusal != Refusal::UnknownKey && check(&self.secret).is_ok() {
            refusal = Refusal::UnknownKey;
        }
        Err(refusal)
    }

    /// The published forms.
    pub(super) fn published(&self) -> Vec<PublicKey> {
        self.keys.iter().filter_map(|key| key.published.clone()).collect()
    }
}
