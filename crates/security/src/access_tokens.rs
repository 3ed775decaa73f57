//! Access tokens of our own as JWTs (RFC 7519) by RFC 9068's profile: what they say, and what of it is accepted.

mod claims;
mod verified_tokens;

pub use verified_tokens::VerifiedTokens;

use crate::signing::SessionKeys;
use anyhow::Context as _;
use chrono::{DateTime, Utc};
use claims::{ClaimSet, access_claims};
use portcullis_application::ports::{AccessClaims, AccessTokens, TokenError};
use portcullis_domain::SecretText;
use portcullis_verifier::{MEDIA_TYPE, Refusal, check};
use shaku::Component;
pub(crate) use verified_tokens::TokenDigest;

/// [`AccessTokens`] as JWTs.
#[derive(Component)]
#[shaku(interface = AccessTokens)]
pub struct JwtTokens {
    /// Sign, and say whose signatures are accepted.
    keys: SessionKeys,
    /// The `iss` of the tokens that are issued, and the only one that is accepted.
    issuer: String,
    /// The tokens that were accepted before. Nothing at first.
    verified: VerifiedTokens<AccessClaims>,
}

impl AccessTokens for JwtTokens {
    fn issue(&self, claims: &AccessClaims) -> Result<SecretText, TokenError> {
        let claims = ClaimSet::new(claims, &self.issuer);
        let token = self.keys.sign(MEDIA_TYPE, &claims);
        Ok(SecretText::new(token.context("signing an access token")?))
    }

    fn verify(&self, raw: &str, now: DateTime<Utc>) -> Result<AccessClaims, TokenError> {
        let ring = self.keys.ring();
        let digest = TokenDigest::of(ring.number(), raw);
        if let Some(claims) = digest.and_then(|digest| self.verified.find(&digest, now)) {
            return Ok(claims);
        }
        let checked = ring.verified(
            |keys| check(raw, &self.issuer, keys, now.into()),
            |claims| claims.issued_at,
        );
        let claims = checked.map_err(|refusal| match refusal {
            Refusal::UnknownKey => TokenError::UnknownKey,
            _ => TokenError::Invalid,
        })?;
        let claims = access_claims(&claims).ok_or(TokenError::Invalid)?;
        if let Some(digest) = digest {
            self.verified.note(digest, claims.clone(), now);
        }
        Ok(claims)
    }
}
