//! The keys that tokens are signed with.

use super::store_error::StoreResult;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use portcullis_domain::{KeyId, SigningAlgorithm, SigningKey, SigningKeyPurpose};
use shaku::Interface;

/// Signing keys in the store, inside a unit of work.
pub trait SigningKeyRepository {
    /// All keys, by the time of their making.
    fn list(&mut self) -> StoreResult<Vec<SigningKey>>;

    /// Holds the keys until the unit ends: until then nobody else changes them. Gives all, by the time of their making.
    fn lock_all(&mut self) -> StoreResult<Vec<SigningKey>>;

    /// Adds a key.
    fn insert(&mut self, key: &SigningKey) -> StoreResult<()>;

    /// Writes when a key began and ceased to sign, and its encrypted form; `false` if there is none of that id.
    fn update(&mut self, key: &SigningKey) -> StoreResult<bool>;

    /// Removes a key; `false` if there is none of that id.
    fn delete(&mut self, id: &KeyId) -> StoreResult<bool>;
}

/// A published key, as a JWK (RFC 7517): its members by name, all of them texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// `kid`, `kty`, `alg`, `use` and the public parameters.
    pub members: Vec<(&'static str, String)>,
}

impl PublicKey {
    /// Whether it is a key of RSA.
    #[must_use]
    pub fn is_rsa(&self) -> bool {
        self.members
            .iter()
            .any(|(name, value)| *name == "kty" && value == "RSA")
    }
}

/// The keys of the store, made ready: what signs, and what signatures are checked by.
#[async_trait]
pub trait KeyRing: Interface {
    /// Makes a key of that purpose and algorithm, encrypted for the store, neither active nor retired. Takes up to a
    /// second for RSA.
    async fn generate(
        &self,
        purpose: SigningKeyPurpose,
        algorithm: SigningAlgorithm,
        now: DateTime<Utc>,
    ) -> Result<SigningKey, KeyRingError>;

    /// Signs and checks by these keys from now on, each for its purpose. There is one that signs for sessions. Keys that
    /// were ready stay so. One whose private part is gone only checks.
    fn load(&self, keys: &[SigningKey]) -> Result<(), KeyRingError>;

    /// The same key, encrypted by the present `SECRET_KEY`; `None` where it is so already.
    fn encrypted_anew(&self, key: &SigningKey) -> Result<Option<SigningKey>, KeyRingError>;

    /// The public form of the keys of that purpose that sign now or next, or whose last token may still be in force; those
    /// of RSA first. Keys of HS256 have none.
    fn public_keys(&self, purpose: SigningKeyPurpose) -> Vec<PublicKey>;
}

/// Why a key is not ready.
#[derive(Debug, thiserror::Error)]
pub enum KeyRingError {
    /// Neither `SECRET_KEY` nor `SECRET_KEY_PREVIOUS` opens it.
    #[error("the signing key {0} was encrypted by another SECRET_KEY")]
    Sealed(KeyId),
    /// None of the keys signs.
    #[error("there is no key to sign with")]
    NoneSigns,
    /// Anything else.
    #[error(transparent)]
    Unexpected(#[from] anyhow::Error),
}
