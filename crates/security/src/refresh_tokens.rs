//! The text of refresh tokens, made by an HMAC from what the store keeps and a key that it does not keep.
//!
//! A token has the prefix `prt_` and the form (`generation_text`) that it shares with cookies of sessions. The word in
//! its proof is one for its carrier.

use crate::generation_text::{proven, read, write};
use crate::hmac_keys::HmacKeys;
use crate::keys::Keys;
use aws_lc_rs::hmac;
use portcullis_application::ports::RefreshTokens;
use portcullis_domain::{Carrier, Generation, RefreshToken, SecretText, Seed, SessionId};
use shaku::Component;

/// Lets scanners for leaked secrets find a refresh token.
const PREFIX: &str = "prt_";
/// HKDF's `info`: what the derived key is for. Another form of the text needs another one.
const KEY_PURPOSE: &[u8] = b"portcullis refresh token v1";

/// What a proof is for: a token for one carrier is none for the other. The words differ in length.
const fn purpose_of(carrier: Carrier) -> &'static [u8] {
    match carrier {
        Carrier::Body => b"refresh",
        Carrier::Cookie => b"refresh by cookie",
    }
}

/// The keys of refresh tokens, derived once. Prints nothing.
#[derive(Debug, Clone)]
pub struct RefreshTokenKeys(HmacKeys);

impl RefreshTokenKeys {
    /// Derives them by HKDF-SHA-256 (RFC 5869) from `SECRET_KEY` and the store's `salt`, so that a service that
    /// shares `SECRET_KEY` to check access tokens can't make refresh tokens.
    #[must_use]
    pub fn derive(keys: &Keys, salt: &[u8; 32]) -> Self {
        Self(HmacKeys::derive(keys, salt, KEY_PURPOSE))
    }
}

/// [`RefreshTokens`] by HMAC-SHA-256.
#[derive(Component)]
#[shaku(interface = RefreshTokens)]
pub struct HmacRefreshTokens {
    /// Makes and recognizes the tokens.
    keys: RefreshTokenKeys,
}

impl RefreshTokens for HmacRefreshTokens {
    fn issue(&self, session: SessionId, generation: Generation, seed: &Seed, carrier: Carrier) -> SecretText {
        let proven = proven(purpose_of(carrier), session.as_uuid(), generation, seed);
        write(
            PREFIX,
            session.as_uuid(),
            generation,
            &hmac::sign(self.keys.0.current(), &proven),
        )
    }

    fn read(&self, raw: &str, carrier: Carrier) -> Option<RefreshToken> {
        let (id, generation, proof) = read(PREFIX, raw)?;
        Some(RefreshToken {
            session_id: id.into(),
            generation,
            carrier,
            proof,
        })
    }

    fn is_genuine(&self, token: &RefreshToken, seed: &Seed) -> bool {
        let proven = proven(
            purpose_of(token.carrier),
            token.session_id.as_uuid(),
            token.generation,
            seed,
        );
        self.keys
            .0
            .any(|key| hmac::verify(key, &proven, token.proof.expose()).is_ok())
    }
}
