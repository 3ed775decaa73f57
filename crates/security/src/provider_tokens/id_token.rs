//! ID tokens: how they are written, and what is read of one that a client shows again.

use super::access_claims::{ProvenClaims, hash_of};
use chrono::{DateTime, Utc};
use portcullis_application::ports::{IdClaims, IdTokenHint};
use portcullis_domain::{SecretText, SigningAlgorithm};
use portcullis_oauth2::ClientId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The claims as they stand in the token (OpenID Connect Core 1.0, section 2).
#[derive(Serialize)]
pub(super) struct IdClaimSet<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
    #[serde(flatten)]
    proven: ProvenClaims<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
    at_hash: String,
    #[serde(flatten)]
    of_user: &'a Map<String, Value>,
}

impl<'a> IdClaimSet<'a> {
    pub(super) fn new(
        claims: &'a IdClaims,
        issuer: &'a str,
        algorithm: SigningAlgorithm,
        access_token: &SecretText,
    ) -> Self {
        Self {
            iss: issuer,
            sub: &claims.subject,
            aud: claims.client_id.as_str(),
            iat: claims.issued_at.timestamp(),
            exp: claims.expires_at.timestamp(),
            proven: (&claims.proven).into(),
            nonce: claims.nonce.as_deref(),
            sid: claims.session.as_deref(),
            at_hash: hash_of(access_token.expose(), algorithm),
            of_user: &claims.of_user,
        }
    }
}

/// What is read of an ID token that we have signed.
#[derive(Deserialize)]
pub(super) struct HintSet {
    iss: String,
    sub: String,
    aud: String,
    iat: i64,
    exp: i64,
    #[serde(default)]
    sid: Option<String>,
}

impl HintSet {
    pub(super) fn read(payload: &[u8], issuer: &str) -> Option<IdTokenHint> {
        let claims: Self = serde_json::from_slice(payload).ok()?;
        if claims.iss != issuer {
            return None;
        }
        Some(IdTokenHint {
            subject: claims.sub,
            client_id: ClientId::parse(&claims.aud).ok()?,
            session: claims.sid,
            issued_at: DateTime::<Utc>::from_timestamp(claims.iat, 0)?,
            expires_at: DateTime::<Utc>::from_timestamp(claims.exp, 0)?,
        })
    }
}
