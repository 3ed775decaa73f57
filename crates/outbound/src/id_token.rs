//! ID tokens of other providers (OpenID Connect Core 1.0, section 3.1.3.7).
//!
//! The signature is judged by the core that judges our own tokens: by a key of the provider, and by the one algorithm that
//! the key is for. Nothing in the header chooses anything else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_domain::Digest32;
use portcullis_verifier::{VerificationKey, verified_payload};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// How far the clock of a provider may differ from ours.
const LEEWAY: TimeDelta = TimeDelta::seconds(5);

/// The longest text that is looked at, in bytes: that of the core.
pub(crate) const MAX_BYTES: usize = 8192;

/// What a token has to say.
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    /// The clients that it may be for: ours.
    pub(crate) audiences: &'a [&'a str],
    pub(crate) nonce: &'a str,
    pub(crate) now: DateTime<Utc>,
}

impl Expected<'_> {
    fn is_ours(&self, audience: &str) -> bool {
        self.audiences.contains(&audience)
    }
}

/// What a token says.
#[derive(Debug)]
pub(crate) struct IdToken {
    pub(crate) subject: String,
    pub(crate) issued_at: DateTime<Utc>,
    /// When the person signed in at the provider, where it says so.
    pub(crate) authenticated_at: Option<DateTime<Utc>>,
    pub(crate) claims: PersonClaims,
}

/// The claims of a person, of an ID token or of the userinfo endpoint. Of a kind that they should not be, they count as absent.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct PersonClaims {
    #[serde(default)]
    email: Value,
    #[serde(default)]
    email_verified: Value,
    #[serde(default)]
    name: Value,
    #[serde(default)]
    preferred_username: Value,
    #[serde(default)]
    hd: Value,
}

impl PersonClaims {
    pub(crate) fn email(&self) -> Option<&str> {
        self.email.as_str()
    }

    /// Whether it is the boolean `true`. A text that says so is not.
    pub(crate) const fn is_email_verified(&self) -> bool {
        matches!(self.email_verified, Value::Bool(true))
    }

    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_str()
    }

    pub(crate) fn username(&self) -> Option<&str> {
        self.preferred_username.as_str()
    }

    /// The domain of an organisation at Google.
    pub(crate) fn hosted_domain(&self) -> Option<&str> {
        self.hd.as_str().filter(|domain| !domain.is_empty())
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    nonce: Option<String>,
    #[serde(default)]
    auth_time: Value,
    #[serde(flatten)]
    person: PersonClaims,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// The members of a header that say by which key a token was signed.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Header {
    pub(crate) kid: Option<String>,
    typ: Option<String>,
}

/// The header of a token that nobody has checked.
pub(crate) fn header(token: &str) -> Option<Header> {
    let (header, _) = token.split_once('.')?;
    let header = URL_SAFE_NO_PAD.decode(header).ok()?;
    is_object(&header).then(|| serde_json::from_slice(&header).ok())?
}

/// Whether a token that nobody has checked says that it is the provider's and for us.
pub(crate) fn is_to_be_judged(token: &str, expected: &Expected<'_>) -> Result<(), &'static str> {
    #[derive(Deserialize)]
    struct Addresses {
        iss: String,
        aud: Audience,
    }
    let payload = token
        .split('.')
        .nth(1)
        .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let addresses: Option<Addresses> = payload
        .filter(|payload| is_object(payload))
        .and_then(|payload| serde_json::from_slice(&payload).ok());
    let addresses = addresses.ok_or("its claims can't be read")?;
    is_from(&addresses.iss, expected)?;
    is_for_us(&addresses.aud, expected)
}

fn is_from(issuer: &str, expected: &Expected<'_>) -> Result<(), &'static str> {
    if issuer == expected.issuer {
        Ok(())
    } else {
        Err("its issuer is another")
    }
}

fn is_for_us(audience: &Audience, expected: &Expected<'_>) -> Result<(), &'static str> {
    let is_ours = match audience {
        Audience::One(audience) => expected.is_ours(audience),
        Audience::Several(audiences) => audiences.iter().any(|audience| expected.is_ours(audience)),
    };
    if is_ours {
        Ok(())
    } else {
        Err("it is for somebody else")
    }
}

/// What a token says, if one of the keys has signed it and it says what it has to.
pub(crate) fn judge(
    token: &str,
    header: &Header,
    keys: &[VerificationKey],
    expected: &Expected<'_>,
) -> Result<IdToken, &'static str> {
    // Other kinds of JWT have names of their own (RFC 8725, section 3.11).
    let media_type = header.typ.as_deref();
    if media_type.is_some_and(|text| !text.eq_ignore_ascii_case("JWT")) {
        return Err("it is another kind of token");
    }
    let payload =
        verified_payload(token, media_type, keys).map_err(|_| "its signature is not of the provider's keys")?;
    let claims: Option<Claims> = is_object(&payload)
        .then(|| serde_json::from_slice(&payload).ok())
        .flatten();
    let claims = claims.ok_or("its claims can't be read")?;
    is_from(&claims.iss, expected)?;
    is_for_us(&claims.aud, expected)?;
    if matches!(&claims.aud, Audience::Several(audiences) if audiences.len() > 1) && claims.azp.is_none() {
        return Err("it is for several, and does not say which of them asked for it");
    }
    if claims.azp.as_deref().is_some_and(|party| !expected.is_ours(party)) {
        return Err("somebody else asked for it");
    }
    let time = |seconds: i64| DateTime::from_timestamp(seconds, 0).ok_or("its times can't be read");
    let (issued_at, expires_at) = (time(claims.iat)?, time(claims.exp)?);
    if expected.now - LEEWAY >= expires_at {
        return Err("it has expired");
    }
    if issued_at > expected.now + LEEWAY || expires_at <= issued_at {
        return Err("it was made in a time to come");
    }
    if let Some(not_before) = claims.nbf
        && time(not_before)? > expected.now + LEEWAY
    {
        return Err("it is not good yet");
    }
    let authenticated_at = match &claims.auth_time {
        Value::Null => None,
        // What can't be read would else pass for a proof of now.
        told => Some(time(told.as_i64().ok_or("its times can't be read")?)?),
    };
    if authenticated_at.is_some_and(|at| at > expected.now + LEEWAY) {
        return Err("its user signed in at a time to come");
    }
    if claims.nonce.as_deref() != Some(expected.nonce) {
        return Err("its nonce is another");
    }
    if claims.sub.is_empty() {
        return Err("it vouches for nobody");
    }
    Ok(IdToken {
        subject: claims.sub,
        issued_at,
        authenticated_at,
        claims: claims.person,
    })
}

/// Tells a token from every other. Its signature may be written in several ways, so it is left out.
pub(crate) fn digest_of(token: &str) -> Digest32 {
    let message = token.rsplit_once('.').map_or(token, |(message, _)| message);
    Digest32::new(Sha256::digest(message).into())
}

/// An array of values in the order of the members would be read as an object.
pub(crate) fn is_object(json: &[u8]) -> bool {
    json.trim_ascii_start().first() == Some(&b'{')
}
