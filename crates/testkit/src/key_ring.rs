//! A key ring without keys worth stealing.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use portcullis_application::ports::{KeyRing, KeyRingError, PublicKey};
use portcullis_domain::{KeyId, SigningAlgorithm, SigningKey, SigningKeyPurpose, SigningKeyStage};
use shaku::Component;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Names its keys `key-1`, `key-2` and so on, and "encrypts" them by writing down which `SECRET_KEY` it was. Clones
/// share all of it.
#[derive(Clone, Default, Component)]
#[shaku(interface = KeyRing)]
pub struct FakeKeyRing {
    /// What the rings of one installation share.
    #[shaku(default)]
    installation: Arc<Installation>,
    /// The keys that were loaded last.
    #[shaku(default)]
    loaded: Arc<Mutex<Vec<SigningKey>>>,
}

/// What the servers of one installation have in common.
#[derive(Default)]
pub struct Installation {
    made: AtomicUsize,
    /// Counts the changes of `SECRET_KEY`.
    secret: AtomicUsize,
}

impl FakeKeyRing {
    /// A ring that no key was loaded into.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The ring of another server of the same installation.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self {
            installation: Arc::clone(&self.installation),
            loaded: Arc::default(),
        }
    }

    /// Puts another `SECRET_KEY` in the place of the present one, which becomes `SECRET_KEY_PREVIOUS`.
    pub fn replace_secret(&self) {
        self.installation.secret.fetch_add(1, Ordering::SeqCst);
    }

    /// How many keys it made.
    #[must_use]
    pub fn made(&self) -> usize {
        self.installation.made.load(Ordering::SeqCst)
    }

    /// The keys that were loaded last.
    #[must_use]
    pub fn loaded(&self) -> Vec<SigningKey> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn secret(&self) -> usize {
        self.installation.secret.load(Ordering::SeqCst)
    }

    /// Which `SECRET_KEY` encrypted the key; an error where neither the present one nor the one before did.
    fn secret_of(&self, key: &SigningKey) -> Result<usize, KeyRingError> {
        let present = self.secret();
        let secret = std::str::from_utf8(&key.encrypted).ok();
        let secret = secret.and_then(|text| text.strip_prefix("sealed by ")?.parse().ok());
        secret
            .filter(|secret| (present.saturating_sub(1)..=present).contains(secret))
            .ok_or_else(|| KeyRingError::Sealed(key.id.clone()))
    }
}

#[async_trait]
impl KeyRing for FakeKeyRing {
    async fn generate(
        &self,
        purpose: SigningKeyPurpose,
        algorithm: SigningAlgorithm,
        now: DateTime<Utc>,
    ) -> Result<SigningKey, KeyRingError> {
        let number = self.installation.made.fetch_add(1, Ordering::SeqCst) + 1;
        let is_pair = algorithm.has_key_pair();
        let encrypted = match algorithm {
            SigningAlgorithm::Hs256 => Vec::new(),
            SigningAlgorithm::EdDsa | SigningAlgorithm::Es256 | SigningAlgorithm::Rs256 => sealed_by(self.secret()),
        };
        Ok(SigningKey {
            id: KeyId::new(format!("key-{number}")),
            purpose,
            algorithm,
            public_part: is_pair.then(|| format!("{{\"x\":\"{number}\"}}")),
            encrypted,
            created_at: now,
            activated_at: None,
            retired_at: None,
        })
    }

    fn load(&self, keys: &[SigningKey]) -> Result<(), KeyRingError> {
        for key in keys.iter().filter(|key| is_public(key)) {
            self.secret_of(key)?;
        }
        let signs =
            |key: &SigningKey| key.stage() == SigningKeyStage::Current && key.purpose == SigningKeyPurpose::Session;
        if !keys.iter().any(signs) {
            return Err(KeyRingError::NoneSigns);
        }
        *self.loaded.lock().unwrap_or_else(PoisonError::into_inner) = keys.to_vec();
        Ok(())
    }

    fn encrypted_anew(&self, key: &SigningKey) -> Result<Option<SigningKey>, KeyRingError> {
        if !is_public(key) || self.secret_of(key)? == self.secret() {
            return Ok(None);
        }
        Ok(Some(SigningKey {
            encrypted: sealed_by(self.secret()),
            ..key.clone()
        }))
    }

    fn public_keys(&self, purpose: SigningKeyPurpose) -> Vec<PublicKey> {
        let loaded = self.loaded();
        let public = loaded.iter().filter(|key| key.purpose == purpose && is_public(key));
        public
            .map(|key| PublicKey {
                members: vec![
                    ("kid", key.id.to_string()),
                    ("alg", key.algorithm.to_string()),
                    ("use", "sig".to_owned()),
                ],
            })
            .collect()
    }
}

/// Whether it has a private part.
fn is_public(key: &SigningKey) -> bool {
    key.algorithm.has_key_pair() && key.stage() != SigningKeyStage::Remembered
}

fn sealed_by(secret: usize) -> Vec<u8> {
    format!("sealed by {secret}").into_bytes()
}
