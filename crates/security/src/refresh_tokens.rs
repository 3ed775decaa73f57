//! The text of refresh tokens, made by an HMAC from what the store keeps and a key that it does not keep.
//!
//! A token is `prt_` and the base64url of id (16 bytes), generation (8, big endian) and proof (32), which is
//! HMAC-SHA-256 of a word for its carrier, id, generation and seed. All other widths are fixed, and the words differ in
//! length, so no two inputs run together.

use crate::hmac_keys::HmacKeys;
use crate::keys::Keys;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_application::ports::RefreshTokens;
use portcullis_domain::{Carrier, Generation, RefreshToken, RefreshTokenProof, SecretText, Seed, SessionId};
use shaku::Component;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Lets scanners for leaked secrets find a refresh token.
const PREFIX: &str = "prt_";
const ID_BYTES: usize = 16;
const GENERATION_BYTES: usize = 8;
const TOKEN_BYTES: usize = ID_BYTES + GENERATION_BYTES + RefreshTokenProof::BYTES;
/// Length of [`TOKEN_BYTES`] in base64url without padding.
const ENCODED_BYTES: usize = (TOKEN_BYTES * 4).div_ceil(3);
/// HKDF's `info`: what the derived key is for. Another form of the text needs another one.
const KEY_PURPOSE: &[u8] = b"portcullis refresh token v1";

/// What a proof is for: a token for one carrier is none for the other.
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
        let proof = hmac::sign(self.keys.0.current(), &proven(session, generation, seed, carrier));
        let mut token = Zeroizing::new(Vec::with_capacity(TOKEN_BYTES));
        token.extend_from_slice(session.as_uuid().as_bytes());
        token.extend_from_slice(&generation.number().to_be_bytes());
        token.extend_from_slice(proof.as_ref());
        let mut text = String::with_capacity(PREFIX.len() + ENCODED_BYTES);
        text.push_str(PREFIX);
        URL_SAFE_NO_PAD.encode_string(&*token, &mut text);
        SecretText::new(text)
    }

    fn read(&self, raw: &str, carrier: Carrier) -> Option<RefreshToken> {
        let encoded = raw.strip_prefix(PREFIX).filter(|text| text.len() == ENCODED_BYTES)?;
        let token = Zeroizing::new(URL_SAFE_NO_PAD.decode(encoded).ok()?);
        let (id, rest) = token.split_first_chunk::<ID_BYTES>()?;
        let (generation, proof) = rest.split_first_chunk::<GENERATION_BYTES>()?;
        Some(RefreshToken {
            session_id: Uuid::from_bytes(*id).into(),
            generation: Generation::new(u64::from_be_bytes(*generation)),
            carrier,
            proof: RefreshTokenProof::new(proof.try_into().ok()?),
        })
    }

    fn is_genuine(&self, token: &RefreshToken, seed: &Seed) -> bool {
        let proven = proven(token.session_id, token.generation, seed, token.carrier);
        self.keys
            .0
            .any(|key| hmac::verify(key, &proven, token.proof.expose()).is_ok())
    }
}

/// What the proof is made over.
fn proven(session: SessionId, generation: Generation, seed: &Seed, carrier: Carrier) -> Zeroizing<Vec<u8>> {
    let purpose = purpose_of(carrier);
    let mut bytes = Zeroizing::new(Vec::with_capacity(
        purpose.len() + ID_BYTES + GENERATION_BYTES + Seed::BYTES,
    ));
    bytes.extend_from_slice(purpose);
    bytes.extend_from_slice(session.as_uuid().as_bytes());
    bytes.extend_from_slice(&generation.number().to_be_bytes());
    bytes.extend_from_slice(seed.expose());
    bytes
}
