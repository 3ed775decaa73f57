//! Access tokens that a test can read.

use chrono::{DateTime, Utc};
use portcullis_application::ports::{AccessClaims, AccessTokens, TokenError};
use portcullis_domain::{Email, FactorStanding, Generation, SecretText, SessionId, TokenId, UserId};
use shaku::Component;
use std::hash::{DefaultHasher, Hash, Hasher};
use uuid::Uuid;

/// Writes the claims plainly, with a checksum behind them: a changed token is noticed, a clever forger is not.
#[derive(Clone, Copy, Default, Component)]
#[shaku(interface = AccessTokens)]
pub struct FakeAccessTokens;

impl FakeAccessTokens {
    /// What stands for a token that names a key which nobody has loaded.
    pub const OF_AN_UNKNOWN_KEY: &str = "a token of an unknown key";
}

impl AccessTokens for FakeAccessTokens {
    fn issue(&self, claims: &AccessClaims) -> Result<SecretText, TokenError> {
        let body = [
            claims.token_id.to_string(),
            claims.user_id.to_string(),
            claims.session_id.to_string(),
            claims.generation.number().to_string(),
            claims.role.to_string(),
            claims.email.as_str().to_owned(),
            claims.authenticated_at.timestamp_micros().to_string(),
            claims.methods.to_string(),
            claims.factors.word().unwrap_or_default().to_owned(),
            claims.issued_at.timestamp_micros().to_string(),
            claims.expires_at.timestamp_micros().to_string(),
        ]
        .join(":");
        Ok(SecretText::new(format!("{body}:{}", checksum(&body))))
    }

    fn verify(&self, raw: &str, now: DateTime<Utc>) -> Result<AccessClaims, TokenError> {
        if raw == Self::OF_AN_UNKNOWN_KEY {
            return Err(TokenError::UnknownKey);
        }
        let claims = read(raw).ok_or(TokenError::Invalid)?;
        if now < claims.expires_at {
            Ok(claims)
        } else {
            Err(TokenError::Invalid)
        }
    }
}

fn read(raw: &str) -> Option<AccessClaims> {
    let (body, check) = raw.rsplit_once(':')?;
    if check != checksum(body) {
        return None;
    }
    let mut parts = body.split(':');
    Some(AccessClaims {
        token_id: TokenId::from(id(parts.next()?)?),
        user_id: UserId::from(id(parts.next()?)?),
        session_id: SessionId::from(id(parts.next()?)?),
        generation: Generation::new(parts.next()?.parse().ok()?),
        role: parts.next()?.parse().ok()?,
        email: Email::parse(parts.next()?).ok()?,
        authenticated_at: time(parts.next()?)?,
        methods: parts.next()?.parse().ok()?,
        factors: match parts.next()? {
            "" => FactorStanding::Free,
            word => word.parse().ok()?,
        },
        issued_at: time(parts.next()?)?,
        expires_at: time(parts.next()?)?,
    })
}

fn id(text: &str) -> Option<Uuid> {
    Uuid::parse_str(text).ok()
}

fn time(microseconds: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(microseconds.parse().ok()?)
}

fn checksum(body: &str) -> String {
    let mut hasher = DefaultHasher::new();
    ("access", body).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
