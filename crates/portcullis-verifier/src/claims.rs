//! The claims of an access token, and which are accepted.

use crate::json::{parse_object, present};
use crate::jws;
use crate::key::VerificationKey;
use crate::refusal::Refusal;
#[cfg(feature = "client")]
use crate::standing::Standing;
use serde::Deserialize;
use std::borrow::Cow;
use std::time::{Duration, SystemTime};
use uuid::Uuid;

/// The `typ` of an access token (RFC 9068, section 2.1). No other kind of token of a server has it.
pub const MEDIA_TYPE: &str = "at+jwt";
/// The `aud` of an access token: the server's own API and the services behind it. It is this text alone, never one of
/// several: a token that is meant for somebody else too is no token for us.
pub const AUDIENCE: &str = "portcullis";
/// The claim `type`, which tells an access token from other tokens for whoever does not look at the header's `typ`.
pub const KIND: &str = "access";

/// How far the clock of the server that issued a token may be ahead of ours.
const TOLERATED_CLOCK_LEAD: Duration = Duration::from_secs(5);
/// The last second of the year 9999. Later times are refused, so that none overflows what they are converted to.
const LAST_SECOND: u64 = 253_402_300_799;
/// The most methods that `amr` may name, and the most bytes of each, and of `acr`.
const MAX_METHODS: usize = 16;
const MAX_WORD_BYTES: usize = 64;
/// The longest address that SMTP can carry (RFC 5321, section 4.5.3.1.3, less the angle brackets), in bytes.
const MAX_EMAIL_BYTES: usize = 254;

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claims {
    /// `jti`: the token.
    pub token_id: Uuid,
    /// `sub`: the user.
    pub user_id: Uuid,
    /// `sid`: the session that the token was issued in.
    pub session_id: Uuid,
    /// `gen`: the generation of the session that the token was issued with.
    pub generation: u64,
    /// `role`, as it was at the issue. A change of the role revokes the tokens that were issued before.
    pub role: Role,
    /// `email`, as it was at the issue; lower case.
    pub email: String,
    /// `auth_time`: when the user last proved who they are; whole seconds.
    pub authenticated_at: SystemTime,
    /// `acr`: how well: `1fa`, `2fa` or `phr`.
    pub acr: String,
    /// `amr`: by what (RFC 8176).
    pub methods: Vec<String>,
    /// `mfa`: `enrolled` where the account has a second factor; `required` where the server demands one that it lacks, so that
    /// the user can do nothing there but set it up; `None` for neither.
    pub mfa: Option<String>,
    /// `iat`; whole seconds.
    pub issued_at: SystemTime,
    /// `exp`; whole seconds.
    pub expires_at: SystemTime,
}

impl Claims {
    #[cfg(feature = "client")]
    pub(crate) fn standing(&self) -> Standing {
        Standing {
            families: [Some((self.session_id, self.generation)), None],
            issued_at: self.issued_at,
        }
    }
}

/// What a user may do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// Manages their own account.
    User,
    /// Manages everybody's.
    Admin,
    /// A role of that name, which only a newer server knows. It gives no right that this crate knows.
    Other(String),
}

impl Role {
    fn parse(text: &str) -> Option<Self> {
        let is_name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        match text {
            "USER" => Some(Self::User),
            "ADMIN" => Some(Self::Admin),
            _ => (!text.is_empty() && text.bytes().all(is_name)).then(|| Self::Other(text.to_owned())),
        }
    }

    /// The name as it stands in the token. It stays the same when a later version of this crate knows the role.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::User => "USER",
            Self::Admin => "ADMIN",
            Self::Other(name) => name,
        }
    }
}

/// What `token` says, if it is an access token of `issuer`, signed by one of `keys`, complete, and in force at `now`.
///
/// # Errors
/// See [`Refusal`].
pub fn check(token: &str, issuer: &str, keys: &[VerificationKey], now: SystemTime) -> Result<Claims, Refusal> {
    checked(token, keys, |payload| ClaimSet::accepted(payload, issuer, now))
}

/// What is accepted of an access token's payload, if one of `keys` has signed it.
pub(crate) fn checked<T>(
    token: &str,
    keys: &[VerificationKey],
    accepted: impl Fn(&[u8]) -> Option<T>,
) -> Result<T, Refusal> {
    match jws::verified_payload(token, Some(MEDIA_TYPE), keys) {
        Ok(payload) => accepted(&payload).ok_or(Refusal::Invalid),
        // One that has expired needs no key to be refused: its key may be gone for good.
        Err(Refusal::UnknownKey) => {
            let claims = jws::unverified_payload(token).and_then(|payload| accepted(&payload));
            Err(claims.map_or(Refusal::Invalid, |_| Refusal::UnknownKey))
        }
        Err(Refusal::Invalid) => Err(Refusal::Invalid),
    }
}

/// When a token was issued and when it expires, if it is in force at `now`.
pub(crate) fn times_in_force(
    iat: u64,
    nbf: Option<u64>,
    exp: u64,
    now: SystemTime,
) -> Option<(SystemTime, SystemTime)> {
    let (issued_at, expires_at) = (time(iat)?, time(exp)?);
    let begins_at = match nbf {
        Some(seconds) => issued_at.max(time(seconds)?),
        None => issued_at,
    };
    (now < expires_at && begins_at <= now + TOLERATED_CLOCK_LEAD).then_some((issued_at, expires_at))
}

/// The claims as they stand in the token. Claims beyond these are ignored (RFC 7519, section 4).
#[derive(Deserialize)]
struct ClaimSet<'a> {
    #[serde(borrow)]
    iss: Cow<'a, str>,
    #[serde(borrow)]
    sub: Cow<'a, str>,
    #[serde(borrow)]
    aud: Cow<'a, str>,
    iat: u64,
    exp: u64,
    #[serde(default, deserialize_with = "present")]
    nbf: Option<u64>,
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
    auth_time: u64,
    #[serde(borrow)]
    acr: Cow<'a, str>,
    amr: Vec<String>,
    #[serde(default, deserialize_with = "present")]
    mfa: Option<String>,
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
}

impl<'a> ClaimSet<'a> {
    fn accepted(payload: &'a [u8], issuer: &str, now: SystemTime) -> Option<Claims> {
        let claims: Self = parse_object(payload)?;
        let (issued_at, expires_at) = times_in_force(claims.iat, claims.nbf, claims.exp, now)?;
        let is_of_issuer = claims.iss == issuer && claims.aud == AUDIENCE && claims.kind == KIND;
        let are_methods = (1..=MAX_METHODS).contains(&claims.amr.len()) && claims.amr.iter().all(|name| is_word(name));
        if !is_of_issuer
            || !is_canonical_email(&claims.email)
            || !are_methods
            || !is_word(&claims.acr)
            || !claims.mfa.as_deref().is_none_or(is_word)
        {
            return None;
        }
        Some(Claims {
            token_id: canonical_uuid(&claims.jti)?,
            user_id: canonical_uuid(&claims.sub)?,
            session_id: canonical_uuid(&claims.sid)?,
            generation: claims.generation,
            role: Role::parse(&claims.role)?,
            email: claims.email.into_owned(),
            authenticated_at: time(claims.auth_time)?,
            acr: claims.acr.into_owned(),
            methods: claims.amr,
            mfa: claims.mfa,
            issued_at,
            expires_at,
        })
    }
}

/// Seconds since 1970 (RFC 7519, section 2), up to the year 9999.
pub(crate) fn time(seconds: u64) -> Option<SystemTime> {
    (seconds <= LAST_SECOND).then(|| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

/// Lower case, with hyphens (RFC 9562, section 4); the other spellings are refused.
pub(crate) fn canonical_uuid(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    let mut canonical = Uuid::encode_buffer();
    (id.hyphenated().encode_lower(&mut canonical) == text).then_some(id)
}

/// Whether this can be a name in `amr` or `acr`.
fn is_word(text: &str) -> bool {
    (1..=MAX_WORD_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether this can be an address as a server writes it. Only the server knows which addresses there are.
fn is_canonical_email(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase();
    let has_sides = |(local, domain): (&str, &str)| !local.is_empty() && !domain.is_empty() && !domain.contains('@');
    text.len() <= MAX_EMAIL_BYTES && text.bytes().all(is_plain) && text.split_once('@').is_some_and(has_sides)
}
