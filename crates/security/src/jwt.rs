//! Access tokens as JWTs (RFC 7519, RFC 9068) that are signed by HS256.

mod claims;

use crate::jws::{self, VerificationKey};
use crate::keys::Keys;
use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use claims::ClaimSet;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use portcullis_application::ports::{AccessClaims, AccessTokens, TokenError};
use portcullis_domain::SecretText;
use shaku::Component;
use std::fmt;

/// RFC 9068, section 2.1. No other kind of token of ours has this type.
const MEDIA_TYPE: &str = "at+jwt";
const HS256_HEADER: &str = r#"{"typ":"at+jwt","alg":"HS256"}"#;

/// The keys of access tokens, made ready once. Prints nothing.
#[derive(Clone)]
pub struct JwtKeys {
    algorithm: Algorithm,
    signing: EncodingKey,
    verifying: Vec<VerificationKey>,
    header: String,
    issuer: String,
}

impl JwtKeys {
    /// Signs by HS256 with the current key and accepts the previous one's signatures, too.
    ///
    /// `issuer` is the `iss` of the tokens that are issued and the only one that is accepted.
    #[must_use]
    pub fn hs256(keys: &Keys, issuer: String) -> Self {
        let verifying = std::iter::once(&keys.current)
            .chain(&keys.previous)
            .map(|key| VerificationKey {
                id: None,
                algorithm: Algorithm::HS256,
                key: DecodingKey::from_secret(key.expose()),
            })
            .collect();
        Self {
            algorithm: Algorithm::HS256,
            signing: EncodingKey::from_secret(keys.current.expose()),
            verifying,
            header: URL_SAFE_NO_PAD.encode(HS256_HEADER),
            issuer,
        }
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
        let payload = serde_json::to_vec(&ClaimSet::new(claims, &self.keys.issuer))
            .context("writing an access token's claims")?;
        let text = jws::signed(&self.keys.header, &payload, &self.keys.signing, self.keys.algorithm)
            .context("signing an access token")?;
        Ok(SecretText::new(text))
    }

    fn verify(&self, raw: &str, now: DateTime<Utc>) -> Result<AccessClaims, TokenError> {
        jws::verified_payload(raw, Some(MEDIA_TYPE), &self.keys.verifying)
            .and_then(|payload| ClaimSet::accepted(&payload, &self.keys.issuer, now))
            .ok_or(TokenError::Invalid)
    }
}
