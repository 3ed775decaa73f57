//! The signing keys of the store: made, encrypted, and put into use.

use super::JwtKeys;
use super::key_pair::KeyPair;
use super::ring::{ReadyKey, Ring};
use crate::key_wrapping::{Decrypted, SecretKeyAge, WrappingKeys};
use crate::keys::Keys;
use anyhow::{Context as _, anyhow};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use portcullis_application::ports::{Entropy, KeyRing, KeyRingError, PublicKey};
use portcullis_domain::{KeyId, SigningAlgorithm, SigningKey};
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
    /// What signs and checks by the keys that are loaded; shared with [`JwtTokens`](super::JwtTokens).
    keys: JwtKeys,
    /// Encrypts and decrypts private keys.
    encryption: SigningKeyEncryption,
}

#[async_trait]
impl KeyRing for StoredKeyRing {
    async fn generate(&self, algorithm: SigningAlgorithm, now: DateTime<Utc>) -> Result<SigningKey, KeyRingError> {
        let pair = tokio::task::spawn_blocking(move || KeyPair::generate(algorithm))
            .await
            .context("the thread that makes a key")??;
        let (id, encrypted) = match pair {
            Some(pair) => {
                let id = pair.public_part()?.thumbprint();
                let encrypted = self.encrypt(&id, algorithm, &pair.to_pkcs8()?)?;
                (id, encrypted)
            }
            None => (self.random_id(), Vec::new()),
        };
        Ok(SigningKey {
            id,
            algorithm,
            encrypted,
            created_at: now,
            activated_at: None,
            retired_at: None,
        })
    }

    fn load(&self, keys: &[SigningKey]) -> Result<(), KeyRingError> {
        let loaded = self.keys.ring();
        let ready = keys
            .iter()
            .map(|key| {
                let ready = loaded
                    .find(key)
                    .map_or_else(|| self.made_ready(key).map(Arc::new), Ok)?;
                Ok((key, ready))
            })
            .collect::<Result<Vec<_>, KeyRingError>>()?;
        self.keys.replace(Ring::new(&ready)?);
        Ok(())
    }

    fn encrypted_anew(&self, key: &SigningKey) -> Result<Option<SigningKey>, KeyRingError> {
        if !key.algorithm.has_key_pair() {
            return Ok(None);
        }
        let decrypted = self.decrypt(key)?;
        match decrypted.by {
            SecretKeyAge::Current => Ok(None),
            SecretKeyAge::Previous => Ok(Some(SigningKey {
                encrypted: self.encrypt(&key.id, key.algorithm, &decrypted.plaintext)?,
                ..key.clone()
            })),
        }
    }

    fn public_keys(&self) -> Vec<PublicKey> {
        self.keys.ring().published()
    }
}

impl StoredKeyRing {
    fn encrypt(&self, id: &KeyId, algorithm: SigningAlgorithm, private: &[u8]) -> anyhow::Result<Vec<u8>> {
        let context = context(id, algorithm);
        self.encryption.0.encrypt(private, &context, &*self.entropy)
    }

    fn decrypt(&self, key: &SigningKey) -> Result<Decrypted, KeyRingError> {
        let context = context(&key.id, key.algorithm);
        let decrypted = self.encryption.0.decrypt(&key.encrypted, &context);
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
        let ready = KeyPair::from_pkcs8(key.algorithm, &self.decrypt(key)?.plaintext)
            .and_then(|pair| ReadyKey::pair(key.id.clone(), key.algorithm, pair))
            .with_context(|| format!("the signing key {}", key.id))?;
        Ok(ready)
    }

    fn random_id(&self) -> KeyId {
        KeyId::new(URL_SAFE_NO_PAD.encode(self.entropy.bytes::<ID_BYTES>()))
    }
}

/// What an encrypted form belongs to: it decrypts in no other row. No algorithm has a point in its name.
fn context(id: &KeyId, algorithm: SigningAlgorithm) -> Vec<u8> {
    format!("{algorithm}.{id}").into_bytes()
}
