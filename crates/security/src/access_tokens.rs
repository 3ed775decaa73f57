//! Access tokens as JWTs (RFC 7519, RFC 9068).

mod claims;
mod key_pair;
mod public_part;
mod ring;
mod signer;
mod stored_key_ring;
mod verified_tokens;

pub use stored_key_ring::{SigningKeyEncryption, StoredKeyRing, StoredKeyRingParameters};

use crate::keys::Keys;
use anyhow::Context as _;
use chrono::{DateTime, Utc};
use claims::ClaimSet;
use portcullis_application::ports::{AccessClaims, AccessTokens, TokenError};
use portcullis_domain::SecretText;
use portcullis_verifier::{Refusal, VerificationKey, check};
use ring::{Ring, SharedSecret};
use shaku::Component;
use signer::StockSigner;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// The keys of access tokens, made ready once. [`JwtTokens`] signs and checks by them, [`StoredKeyRing`] says which
/// they are: until it was loaded, no token is issued or accepted. A clone shares them. Prints nothing.
#[derive(Clone)]
pub struct JwtKeys(Arc<Shared>);

struct Shared {
    issuer: String,
    secret: SharedSecret,
    /// Replaced as a whole. Whoever reads holds the lock for a reference's copy, never for a signature.
    ring: RwLock<Arc<Ring>>,
}

impl JwtKeys {
    /// No keys yet. Where HS256 is among them later, it signs by `SECRET_KEY` itself, and accepts the signatures of the
    /// previous one, too.
    ///
    /// `issuer` is the `iss` of the tokens that are issued and the only one that is accepted.
    #[must_use]
    pub fn new(keys: &Keys, issuer: String) -> Self {
        let verification = std::iter::once(&keys.current)
            .chain(&keys.previous)
            .map(|key| VerificationKey::hs256(None, key.expose()))
            .collect();
        let secret = SharedSecret {
            signing: Arc::new(StockSigner::hs256(keys.current.expose())),
            verification,
        };
        Self(Arc::new(Shared {
            issuer,
            secret,
            ring: RwLock::default(),
        }))
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.0.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn replace(&self, ring: Ring) {
        *self.0.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
    }
}

impl fmt::Debug for JwtKeys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JwtKeys(…)")
    }
}

/// [`AccessTokens`] as JWTs.
#[derive(Component)]
#[shaku(interface = AccessTokens)]
pub struct JwtTokens {
    /// Signs and checks.
    keys: JwtKeys,
}

impl AccessTokens for JwtTokens {
    fn issue(&self, claims: &AccessClaims) -> Result<SecretText, TokenError> {
        let payload = serde_json::to_vec(&ClaimSet::new(claims, &self.keys.0.issuer))
            .context("writing an access token's claims")?;
        let ring = self.keys.ring();
        let key = ring.current().context("signing an access token")?;
        let text = key.sign(&payload).context("signing an access token")?;
        Ok(SecretText::new(text))
    }

    fn verify(&self, raw: &str, now: DateTime<Utc>) -> Result<AccessClaims, TokenError> {
        let Shared { issuer, secret, .. } = &*self.keys.0;
        let claims = self.keys.ring().access_claims(raw, issuer, now);
        claims.map_err(|refusal| {
            // Where none of HS256 is loaded, SECRET_KEY is an unknown key, which no token can name.
            let is_by_secret_key = || check(raw, issuer, &secret.verification, now.into()).is_ok();
            if refusal == Refusal::UnknownKey || is_by_secret_key() {
                TokenError::UnknownKey
            } else {
                TokenError::Invalid
            }
        })
    }
}
