//! The text of clients' codes and refresh tokens, made as [refresh tokens](crate::refresh_tokens) of sessions are, by a key of
//! their own: none is ever another.
//!
//! A code has the prefix `pac_`, a refresh token `pgr_`, and both the [form](crate::generation_text) that they share with those.

use crate::generation_text::{proven, read, write};
use crate::hmac_keys::HmacKeys;
use crate::keys::Keys;
use aws_lc_rs::hmac;
use portcullis_application::ports::GrantSecrets;
use portcullis_domain::{Generation, GrantId, GrantSecret, GrantSecretKind, SecretText, Seed};
use shaku::Component;

/// HKDF's `info`: what the derived key is for. Another form of the text needs another one.
const KEY_PURPOSE: &[u8] = b"portcullis grant v1";

/// Lets scanners for leaked secrets find one.
const fn prefix_of(kind: GrantSecretKind) -> &'static str {
    match kind {
        GrantSecretKind::Code => "pac_",
        GrantSecretKind::RefreshToken => "pgr_",
    }
}

/// The word in the proof. The words differ in length.
const fn purpose_of(kind: GrantSecretKind) -> &'static [u8] {
    match kind {
        GrantSecretKind::Code => b"authorization code",
        GrantSecretKind::RefreshToken => b"client's refresh token",
    }
}

/// The keys of codes and refresh tokens, derived once. Prints nothing.
#[derive(Debug, Clone)]
pub struct GrantSecretKeys(HmacKeys);

impl GrantSecretKeys {
    /// Derives them by HKDF-SHA-256 (RFC 5869) from `SECRET_KEY` and the store's `salt`, so that a service that shares
    /// `SECRET_KEY` can't make any.
    #[must_use]
    pub fn derive(keys: &Keys, salt: &[u8; 32]) -> Self {
        Self(HmacKeys::derive(keys, salt, KEY_PURPOSE))
    }
}

/// [`GrantSecrets`] by HMAC-SHA-256.
#[derive(Component)]
#[shaku(interface = GrantSecrets)]
pub struct HmacGrantSecrets {
    /// Makes and recognizes them.
    keys: GrantSecretKeys,
}

impl GrantSecrets for HmacGrantSecrets {
    fn issue(&self, kind: GrantSecretKind, grant: GrantId, generation: Generation, seed: &Seed) -> SecretText {
        let proven = proven(purpose_of(kind), grant.as_uuid(), generation, seed);
        let proof = hmac::sign(self.keys.0.current(), &proven);
        write(prefix_of(kind), grant.as_uuid(), generation, &proof)
    }

    fn read(&self, kind: GrantSecretKind, raw: &str) -> Option<GrantSecret> {
        let (id, generation, proof) = read(prefix_of(kind), raw)?;
        Some(GrantSecret {
            kind,
            grant: id.into(),
            generation,
            proof,
        })
    }

    fn is_genuine(&self, secret: &GrantSecret, seed: &Seed) -> bool {
        let proven = proven(purpose_of(secret.kind), secret.grant.as_uuid(), secret.generation, seed);
        self.keys
            .0
            .any(|key| hmac::verify(key, &proven, secret.proof.expose()).is_ok())
    }
}
