//! The claims of an access token: how they are written, and what they are to the application.

use chrono::{DateTime, Utc};
use portcullis_application::ports::AccessClaims;
use portcullis_domain::{Acr, Email, FactorStanding, Generation, Role};
use portcullis_verifier::{AUDIENCE, Claims, KIND};
use serde::Serialize;

/// The claims as they stand in the token. [`portcullis_verifier::check`] reads them.
#[derive(Serialize)]
pub(super) struct ClaimSet<'a> {
    iss: &'a str,
    sub: String,
    aud: &'static str,
    iat: i64,
    exp: i64,
    jti: String,
    sid: String,
    #[serde(rename = "gen")]
    generation: u64,
    role: &'static str,
    email: &'a str,
    auth_time: i64,
    amr: Vec<&'a str>,
    acr: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mfa: Option<&'static str>,
    #[serde(rename = "type")]
    kind: &'static str,
}

impl<'a> ClaimSet<'a> {
    pub(super) fn new(claims: &'a AccessClaims, issuer: &'a str) -> Self {
        Self {
            iss: issuer,
            sub: claims.user_id.to_string(),
            aud: AUDIENCE,
            iat: claims.issued_at.timestamp(),
            exp: claims.expires_at.timestamp(),
            jti: claims.token_id.to_string(),
            sid: claims.session_id.to_string(),
            generation: claims.generation.number(),
            role: claims.role.as_str(),
            email: claims.email.as_str(),
            auth_time: claims.authenticated_at.timestamp(),
            amr: claims.methods.names().collect(),
            acr: Acr::of(&claims.methods).as_str(),
            mfa: claims.factors.word(),
            kind: KIND,
        }
    }
}

/// The checked claims in the application's terms, if their address is one that the domain knows.
pub(super) fn access_claims(claims: &Claims) -> Option<AccessClaims> {
    let email = Email::parse(&claims.email)
        .ok()
        .filter(|email| email.as_str() == claims.email)?;
    Some(AccessClaims {
        token_id: claims.token_id.into(),
        user_id: claims.user_id.into(),
        session_id: claims.session_id.into(),
        generation: Generation::new(claims.generation),
        role: match claims.role {
            portcullis_verifier::Role::User => Role::User,
            portcullis_verifier::Role::Admin => Role::Admin,
            // A newer server may have issued it. Nobody can tell what such a role may do here.
            _ => return None,
        },
        email,
        authenticated_at: DateTime::<Utc>::from(claims.authenticated_at),
        methods: claims.methods.join(" ").parse().ok()?,
        factors: match &claims.mfa {
            // What a newer server means by another word is not known here.
            Some(word) => word.parse().ok()?,
            None => FactorStanding::Free,
        },
        issued_at: DateTime::<Utc>::from(claims.issued_at),
        expires_at: DateTime::<Utc>::from(claims.expires_at),
    })
}
