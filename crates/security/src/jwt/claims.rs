//! The claims of an access token: how they are written, and which are accepted.

use crate::json::{parse_object, present};
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::AccessClaims;
use portcullis_domain::{Email, Generation};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use uuid::Uuid;

/// Who the tokens are for: this server's own API and the services behind it.
const AUDIENCE: &str = "portcullis";
/// Tells an access token from other tokens of ours for whoever does not look at the header's `typ`.
const KIND: &str = "access";
/// How far the clock of the replica that issued a token may be ahead of ours.
const TOLERATED_CLOCK_LEAD: TimeDelta = TimeDelta::seconds(5);

/// The claims as they stand in the token. Claims beyond these are ignored (RFC 7519, section 4).
#[derive(Serialize, Deserialize)]
pub(super) struct ClaimSet<'a> {
    #[serde(borrow)]
    iss: Cow<'a, str>,
    #[serde(borrow)]
    sub: Cow<'a, str>,
    #[serde(borrow)]
    aud: Audience<'a>,
    iat: i64,
    exp: i64,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    #[serde(borrow)]
    jti: Cow<'a, str>,
    #[serde(borrow)]
    sid: Cow<'a, str>,
    #[serde(rename = "gen")]
    generation: u64,
    #[serde(borrow)]
    role: Cow<'a, str>,
    #[serde(borrow)]
    email: Cow<'a, str>,
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
}

/// RFC 7519, section 4.1.3: one, or an array of them.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Audience<'a> {
    #[serde(borrow)]
    One(Cow<'a, str>),
    Many(Vec<String>),
}

impl Audience<'_> {
    fn contains(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Many(many) => many.iter().any(|one| one == audience),
        }
    }
}

impl<'a> ClaimSet<'a> {
    pub(super) fn new(claims: &'a AccessClaims, issuer: &'a str) -> Self {
        Self {
            iss: issuer.into(),
            sub: claims.user_id.to_string().into(),
            aud: Audience::One(AUDIENCE.into()),
            iat: claims.issued_at.timestamp(),
            exp: claims.expires_at.timestamp(),
            nbf: None,
            jti: claims.token_id.to_string().into(),
            sid: claims.session_id.to_string().into(),
            generation: claims.generation.number(),
            role: claims.role.as_str().into(),
            email: claims.email.as_str().into(),
            kind: KIND.into(),
        }
    }

    /// The claims of a signed payload, if they are complete, of the right types, ours and in force at `now`.
    pub(super) fn accepted(payload: &'a [u8], issuer: &str, now: DateTime<Utc>) -> Option<AccessClaims> {
        let claims: Self = parse_object(payload)?;
        let issued_at = DateTime::from_timestamp(claims.iat, 0)?;
        let expires_at = DateTime::from_timestamp(claims.exp, 0)?;
        let begins_at = match claims.nbf {
            Some(seconds) => issued_at.max(DateTime::from_timestamp(seconds, 0)?),
            None => issued_at,
        };
        let is_ours = claims.iss == issuer && claims.aud.contains(AUDIENCE) && claims.kind == KIND;
        let is_in_force = now < expires_at && begins_at <= now + TOLERATED_CLOCK_LEAD;
        if !is_ours || !is_in_force {
            return None;
        }
        Some(AccessClaims {
            token_id: canonical_uuid(&claims.jti)?.into(),
            user_id: canonical_uuid(&claims.sub)?.into(),
            session_id: canonical_uuid(&claims.sid)?.into(),
            generation: Generation::new(claims.generation),
            role: claims.role.parse().ok()?,
            email: canonical_email(&claims.email)?,
            issued_at,
            expires_at,
        })
    }
}

/// Lower case, with hyphens (RFC 9562, section 4); the other spellings are refused.
fn canonical_uuid(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    let mut canonical = Uuid::encode_buffer();
    (id.hyphenated().encode_lower(&mut canonical) == text).then_some(id)
}

fn canonical_email(text: &str) -> Option<Email> {
    Email::parse(text).ok().filter(|email| email.as_str() == text)
}
