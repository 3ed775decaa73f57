//! The signing keys of the store: made, encrypted, and put into use.

use super::SigningKeys;
use super::key_pair::KeyPair;
use super::public_part::PublicPart;
use super::ready_key::ReadyKey;
use super::ring::{Ring, Stored};
use crate::key_wrapping::{Decrypted, SecretKeyAge, WrappingKeys};
use crate::keys::Keys;
use anyhow::{Context as _, anyhow};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use portcullis_application::ports::{Entropy, KeyRing, KeyRingError, PublicKey};
use portcullis_domain::{KeyId, SigningAlgorithm, SigningKey, SigningKeyPurpose, SigningKeyStage};
use shaku::Component;
use std::sync::Arc;

/// HKDF's `info` for the key that encrypts private keys.
const WRAPPING_PURPOSE: &[u8] = b"portcullis signing key encryption v1";
/// Chance in the name of a key that has no public part to be named by.
const ID_BYTES: usize = 16;

/// Encrypts private keys for the store, under a key that is derived from `SECRET_KEY`.
#[derive(Debug, Clone)]
pub struct SigningKeyEncryption(WrappingKeys);

impl SigningKeyEncryption {
    /// Derives what it needs from `SECRET_KEY`, its predecessor and the store's `salt`.
    #[must_use]
    pub fn derive(keys: &Keys, salt: &[u8; 32]) -> Self {
        Self(WrappingKeys::derive(keys, salt, WRAPPING_PURPOSE))
    }
}

/// [`KeyRing`] of the keys that the store keeps encrypted.
///
/// A key that was loaded once stays ready as long as it is among those loaded, whatever its encrypted form has become:
/// a server of a newer `SECRET_KEY` may have encrypted it anew. A load that fails changes nothing.
#[derive(Component)]
#[shaku(interface = KeyRing)]
pub struct StoredKeyRing {
    #[shaku(inject)]
    entropy: Arc<dyn Entropy>,
    /// Where the keys that are loaded are put to use.
    keys: SigningKeys,
    /// Encrypts and decrypts private keys.
    encryption: SigningKeyEncryption,
}

#[async_trait]
impl KeyRing for StoredKeyRing {
    async fn generate(
        &self,
        purpose: SigningKeyPurpose,
        algorithm: SigningAlgorithm,
        now: DateTime<Utc>,
    ) -> Result<SigningKey, KeyRingError> {
        let pair = tokio::task::spawn_blocking(move || KeyPair::generate(algorithm))
            .await
            .context("the thread that makes a key")??;
        let public = pair.as_ref().map(KeyPair::public_part).transpose()?;
        let id = match &public {
            Some(public) => public.thumbprint(),
            None => self.random_id(),
        };
        let key = SigningKey {
            id,
            purpose,
            algorithm,
            encrypted: Vec::new(),
            public_part: public.map(|public| public.to_text()),
            created_at: now,
            activated_at: None,
            retired_at: None,
        };
        match pair {
            Some(pair) => Ok(self.encrypted(&key, &pair.to_pkcs8()?)?),
            None => Ok(key),
        }
    }

    fn load(&self, keys: &[SigningKey]) -> Result<(), KeyRingError> {
        let (session, provider) = (SigningKeyPurpose::Session, SigningKeyPurpose::Provider);
        let sessions = Ring::of_sessions(&self.ready(session, keys)?, &self.keys.0.secret)?;
        let of_the_provider = Ring::of_the_provider(&self.ready(provider, keys)?);
        self.keys.of(session).replace(sessions);
        self.keys.of(provider).replace(of_the_provider);
        Ok(())
    }

    fn encrypted_anew(&self, key: &SigningKey) -> Result<Option<SigningKey>, KeyRingError> {
        if !key.algorithm.has_key_pair() || key.stage() == SigningKeyStage::Remembered {
            return Ok(None);
        }
        let decrypted = self.decrypt(key)?;
        match decrypted.by {
            SecretKeyAge::Current => Ok(None),
            SecretKeyAge::Previous => Ok(Some(self.encrypted(key, &decrypted.plaintext)?)),
        }
    }

    fn public_keys(&self, purpose: SigningKeyPurpose) -> Vec<PublicKey> {
        let mut published = self.keys.of(purpose).ring().published();
        // Some clients take the first key, and what they all know is RSA.
        published.sort_by_key(|key| !key.is_rsa());
        published
    }
}

impl StoredKeyRing {
    /// Those of the keys that are of the purpose, made ready. Keys that are ready stay so.
    fn ready<'k>(&self, purpose: SigningKeyPurpose, keys: &'k [SigningKey]) -> Result<Vec<Stored<'k>>, KeyRingError> {
        let loaded = self.keys.of(purpose).ring();
        keys.iter()
            .filter(|key| key.purpose == purpose)
            .map(|key| {
                let ready = loaded
                    .find(key)
                    .map_or_else(|| self.made_ready(key).map(Arc::new), Ok)?;
                Ok((key, ready))
            })
            .collect()
    }

    /// The key with that private part.
    fn encrypted(&self, key: &SigningKey, private: &[u8]) -> anyhow::Result<SigningKey> {
        Ok(SigningKey {
            encrypted: self.encryption.0.encrypt(private, &context(key), &*self.entropy)?,
            ..key.clone()
        })
    }

    fn decrypt(&self, key: &SigningKey) -> Result<Decrypted, KeyRingError> {
        let decrypted = self.encryption.0.decrypt(&key.encrypted, &context(key));
        decrypted.ok_or_else(|| KeyRingError::Sealed(key.id.clone()))
    }

    fn made_ready(&self, key: &SigningKey) -> Result<ReadyKey, KeyRingError> {
        if !key.algorithm.has_key_pair() {
            return if key.encrypted.is_empty() {
                Ok(ReadyKey::shared(key.id.clone(), &self.keys.0.secret))
            } else {
                Err(anyhow!("the signing key {} is of HS256 and has a private part", key.id).into())
            };
        }
        if key.stage() == SigningKeyStage::Remembered {
            let text = key.public_part.as_deref().unwrap_or_default();
            let ready = PublicPart::from_text(key.algorithm, text)
                .and_then(|public| ReadyKey::remembered(key.id.clone(), key.algorithm, &public))
                .with_context(|| format!("the signing key {}", key.id))?;
            return Ok(ready);
        }
        let ready = KeyPair::from_pkcs8(key.algorithm, &self.decrypt(key)?.plaintext)
            .and_then(|pair| ReadyKey::pair(key.id.clone(), key.algorithm, pair))
            .with_context(|| format!("the signing key {}", key.id))?;
        Ok(ready)
    }

    fn random_id(&self) -> KeyId {
        KeyId::new(URL_SAFE_NO_PAD.encode(self.entropy.bytes::<ID_BYTES>()))
    }
}

/// What an encrypted form belongs to: it decrypts in no other row, and for no other purpose. Neither a purpose nor an
/// algorithm has a point in its name.
fn context(key: &SigningKey) -> Vec<u8> {
    format!("{}.{}.{}", key.purpose, key.algorithm, key.id).into_bytes()
}
