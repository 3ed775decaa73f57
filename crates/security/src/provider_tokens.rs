//! What clients of the provider are given, as JWTs (RFC 7519): access tokens by RFC 9068's profile, and ID tokens by OpenID
//! Connect Core 1.0. They are signed by the provider's keys alone.

mod access_claims;
mod id_token;
mod rsa_turns;

pub use rsa_turns::RsaTurns;

use crate::access_tokens::{TokenDigest, VerifiedTokens};
use crate::signing::ProviderKeys;
use access_claims::{ClaimSet, client_access_claims};
use anyhow::Context as _;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use id_token::{HintSet, IdClaimSet};
use portcullis_application::ports::{
    ClientAccessClaims, IdClaims, IdTokenHint, ProviderTokens, SignatureError, TokenError,
};
use portcullis_application::signing::ALGORITHMS_OF_THE_PROVIDER;
use portcullis_domain::{SecretText, SigningAlgorithm};
use portcullis_verifier::{MEDIA_TYPE, Refusal, check_provider_token, verified_payload};
use serde::Serialize;
use shaku::Component;
use std::time::SystemTime;

/// The `typ` of an ID token: what libraries expect, and what no access token has.
const ID_TOKEN_TYPE: &str = "JWT";

/// [`ProviderTokens`] as JWTs. ES256 and `EdDSA` take some tens of microseconds and are signed at once; RSA takes ten times as
/// long, so those signatures are made on threads that may block.
#[derive(Component)]
#[shaku(interface = ProviderTokens)]
pub struct JwtProviderTokens {
    /// Sign, and say whose signatures are accepted.
    keys: ProviderKeys,
    /// The `iss` of what is issued, and the only one that is accepted. Where there is none, nothing is issued.
    issuer: Option<String>,
    /// The access tokens that were accepted before. Nothing at first.
    verified: VerifiedTokens<ClientAccessClaims>,
    /// Those who wait for a signature by RSA.
    turns: RsaTurns,
}

#[async_trait]
impl ProviderTokens for JwtProviderTokens {
    fn are_ready(&self) -> bool {
        let ring = self.keys.ring();
        ALGORITHMS_OF_THE_PROVIDER
            .into_iter()
            .all(|algorithm| ring.current_of(algorithm).is_some())
    }

    async fn issue(
        &self,
        algorithm: SigningAlgorithm,
        claims: &ClientAccessClaims,
    ) -> Result<SecretText, SignatureError> {
        let claims = ClaimSet::new(claims, self.issuer()?);
        self.sign(algorithm, MEDIA_TYPE, &claims).await
    }

    async fn issue_id_token(
        &self,
        algorithm: SigningAlgorithm,
        claims: &IdClaims,
        access_token: &SecretText,
    ) -> Result<SecretText, SignatureError> {
        let claims = IdClaimSet::new(claims, self.issuer()?, algorithm, access_token);
        self.sign(algorithm, ID_TOKEN_TYPE, &claims).await
    }

    fn verify(&self, raw: &str, now: DateTime<Utc>) -> Result<ClientAccessClaims, TokenError> {
        let Some(issuer) = &self.issuer else {
            return Err(TokenError::Invalid);
        };
        let ring = self.keys.ring();
        let digest = TokenDigest::of(ring.number(), raw);
        if let Some(claims) = digest.and_then(|digest| self.verified.find(&digest, now)) {
            return Ok(claims);
        }
        let checked = ring.verified(
            |keys| check_provider_token(raw, issuer, None, keys, now.into()),
            |claims| claims.issued_at,
        );
        let claims = checked.map_err(|refusal| match refusal {
            Refusal::UnknownKey => TokenError::UnknownKey,
            _ => TokenError::Invalid,
        })?;
        let claims = client_access_claims(claims).ok_or(TokenError::Invalid)?;
        if let Some(digest) = digest {
            self.verified.note(digest, claims.clone(), now);
        }
        Ok(claims)
    }

    fn read_hint(&self, raw: &str) -> Option<IdTokenHint> {
        let issuer = self.issuer.as_deref()?;
        let checked = self.keys.ring().verified(
            |keys| {
                let payload = verified_payload(raw, Some(ID_TOKEN_TYPE), keys)?;
                HintSet::read(&payload, issuer).ok_or(Refusal::Invalid)
            },
            |hint| SystemTime::from(hint.issued_at),
        );
        checked.ok()
    }
}

impl JwtProviderTokens {
    fn issuer(&self) -> Result<&str, SignatureError> {
        Ok(self.issuer.as_deref().context("there is no provider")?)
    }

    async fn sign(
        &self,
        algorithm: SigningAlgorithm,
        media_type: &'static str,
        payload: &impl Serialize,
    ) -> Result<SecretText, SignatureError> {
        let key = self.keys.current(algorithm).ok_or(SignatureError::NotReady)?;
        let payload = serde_json::to_vec(payload).context("writing what is to be signed")?;
        let signed = match algorithm {
            SigningAlgorithm::Rs256 => self.turns.take(move || key.sign(media_type, &payload)).await?,
            SigningAlgorithm::Es256 | SigningAlgorithm::EdDsa | SigningAlgorithm::Hs256 => {
                key.sign(media_type, &payload)?
            }
        };
        Ok(SecretText::new(signed))
    }
}
