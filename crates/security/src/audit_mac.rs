//! The authentication of the audit trail: HMAC-SHA-256 by a random key that the store keeps encrypted.
//!
//! The key is no derivative of `SECRET_KEY`: that one may change, and the codes of years ago are still to be checked.

use crate::key_wrapping::{SecretKeyAge, WrappingKeys};
use crate::keys::Keys;
use anyhow::Context as _;
use aws_lc_rs::hmac;
use portcullis_application::ports::{AuditMac, Entropy};
use portcullis_domain::Digest32;
use shaku::Component;
use std::fmt;
use zeroize::Zeroizing;

/// As long as the digest (RFC 2104, section 3).
const KEY_BYTES: usize = 32;
/// HKDF's `info` for the key that encrypts the audit key.
const WRAPPING_PURPOSE: &[u8] = b"portcullis audit key encryption v1";
/// There is one audit key, so nothing has to tell it from others.
const CONTEXT: &[u8] = b"";

/// The key that authenticates the audit trail. Prints nothing.
#[derive(Clone)]
pub struct AuditKey {
    bytes: Zeroizing<[u8; KEY_BYTES]>,
    ready: hmac::Key,
}

impl AuditKey {
    /// A new one.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        entropy.fill(&mut *bytes);
        Self::new(bytes)
    }

    fn new(bytes: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        Self {
            ready: hmac::Key::new(hmac::HMAC_SHA256, &*bytes),
            bytes,
        }
    }
}

impl fmt::Debug for AuditKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("AuditKey(…)")
    }
}

/// Encrypts the audit key for the store, under a key that is derived from `SECRET_KEY`.
#[derive(Debug, Clone)]
pub struct AuditKeyEncryption(WrappingKeys);

/// An audit key that was encrypted.
#[derive(Debug)]
pub struct DecryptedAuditKey {
    /// The key.
    pub key: AuditKey,
    /// What it was encrypted by. Where that is the previous key, it is to be encrypted anew.
    pub by: SecretKeyAge,
}

/// Why there is no audit key.
#[derive(Debug, thiserror::Error)]
pub enum AuditKeyError {
    /// Neither `SECRET_KEY` nor `SECRET_KEY_PREVIOUS` decrypts it.
    #[error("the key of the audit trail was encrypted by another SECRET_KEY")]
    Sealed,
    /// Anything else.
    #[error(transparent)]
    Unexpected(#[from] anyhow::Error),
}

impl AuditKeyEncryption {
    /// Derives what it needs from `SECRET_KEY`, its predecessor and the store's `salt`.
    #[must_use]
    pub fn derive(keys: &Keys, salt: &[u8; 32]) -> Self {
        Self(WrappingKeys::derive(keys, salt, WRAPPING_PURPOSE))
    }

    /// The encrypted form of a key, by the current `SECRET_KEY`: 61 bytes, others each time.
    pub fn encrypt(&self, key: &AuditKey, entropy: &dyn Entropy) -> Result<Vec<u8>, AuditKeyError> {
        Ok(self.0.encrypt(&*key.bytes, CONTEXT, entropy)?)
    }

    /// The key of an encrypted form, and which `SECRET_KEY` it was encrypted by.
    pub fn decrypt(&self, encrypted: &[u8]) -> Result<DecryptedAuditKey, AuditKeyError> {
        let decrypted = self.0.decrypt(encrypted, CONTEXT).ok_or(AuditKeyError::Sealed)?;
        let bytes: &[u8; KEY_BYTES] = decrypted
            .plaintext
            .as_slice()
            .try_into()
            .context("the key of the audit trail has another length")?;
        Ok(DecryptedAuditKey {
            key: AuditKey::new(Zeroizing::new(*bytes)),
            by: decrypted.by,
        })
    }
}

/// [`AuditMac`] by HMAC-SHA-256.
#[derive(Component)]
#[shaku(interface = AuditMac)]
pub struct HmacAuditMac {
    /// Makes and checks the codes.
    key: AuditKey,
}

impl AuditMac for HmacAuditMac {
    #[expect(clippy::expect_used, reason = "a digest of SHA-256 has 32 bytes")]
    fn sign(&self, message: &[u8]) -> Digest32 {
        let code = hmac::sign(&self.key.ready, message);
        Digest32::new(code.as_ref().try_into().expect("the digest has 32 bytes"))
    }

    fn is_genuine(&self, message: &[u8], mac: &Digest32) -> bool {
        hmac::verify(&self.key.ready, message, mac.as_bytes()).is_ok()
    }
}
