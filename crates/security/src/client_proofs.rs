//! What clients sign to show who they are: JWTs (RFC 7523, section 3), by the keys that were registered for them.
//!
//! Nothing in a header chooses what is done (RFC 8725, sections 3.1 and 3.2): it says which of the client's keys made the
//! signature, and by which of the algorithms that its kind of key has. Nothing that it names is fetched.

mod client_key;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use client_key::{ClientKey, KeySet, NOBODYS_KEYS};
use portcullis_application::ports::{Assertion, ClientProofs};
use portcullis_domain::{ClientKeys, SecretText};
use portcullis_oauth2::ClientId;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use shaku::Component;

/// The longest text that is looked at, in bytes.
const MAX_BYTES: usize = 8 * 1024;

/// What an assertion may call itself (RFC 7519, section 5.1). Other kinds of JWT have names of their own.
const MEDIA_TYPES: [&str; 2] = ["jwt", "client-authentication+jwt"];

/// What names a key that the client would bring along, or changes what is signed (RFC 7515, section 4.1; RFC 7797).
const REFUSED_MEMBERS: [&str; 6] = ["jku", "x5u", "jwk", "x5c", "crit", "b64"];

/// [`ClientProofs`] by the keys of a JWK set.
#[derive(Component)]
#[shaku(interface = ClientProofs)]
pub struct JwtClientProofs;

impl ClientProofs for JwtClientProofs {
    fn claimed_client(&self, assertion: &SecretText) -> Option<ClientId> {
        let claims: Claims = Jwt::of(assertion.expose())?.payload()?;
        ClientId::parse(&claims.sub?).ok()
    }

    fn assertion(&self, assertion: &SecretText, keys: Option<&ClientKeys>) -> Option<Assertion> {
        let jwt = Jwt::of(assertion.expose())?;
        let header = jwt.header()?;
        let signature = decoded(jwt.signature)?;
        let set = KeySet::read(keys.map_or(NOBODYS_KEYS, ClientKeys::as_str))?;
        let own = set
            .key_for(&header.alg, header.kid.as_deref())
            .filter(|key| keys.is_some() && key.may_have_made(&signature));
        // One signature is checked, whoever calls: nobody learns by the time that it takes whether there is such a client, or
        // such a key of it. What nobody's key finds does not count.
        let nobodys = ClientKey::nobodys(&header.alg, &signature);
        let key = own.or(nobodys.as_ref());
        let is_signed = key.is_some_and(|key| key.has_signed(&header.alg, jwt.message.as_bytes(), &signature));
        (is_signed && own.is_some())
            .then(|| jwt.payload::<Claims>())?
            .map(Assertion::from)
    }

    fn are_usable(&self, keys: &ClientKeys) -> bool {
        KeySet::read(keys.as_str()).is_some_and(|set| set.keys.iter().all(ClientKey::is_usable))
    }
}

/// The members of a header that say which key it was.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
}

/// The parts of a JWS in the compact form (RFC 7515, section 7.1).
struct Jwt<'a> {
    message: &'a str,
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
}

impl<'a> Jwt<'a> {
    fn of(text: &'a str) -> Option<Self> {
        if text.len() > MAX_BYTES {
            return None;
        }
        let (message, signature) = text.rsplit_once('.')?;
        let (header, payload) = message.split_once('.')?;
        Some(Self {
            message,
            header,
            payload,
            signature,
        })
    }

    fn header(&self) -> Option<Header> {
        let members: Value = json(self.header)?;
        if REFUSED_MEMBERS.iter().any(|member| members.get(member).is_some()) {
            return None;
        }
        let header: Header = serde_json::from_value(members).ok()?;
        let is_known = |typ: &String| MEDIA_TYPES.contains(&typ.to_ascii_lowercase().as_str());
        header.typ.as_ref().is_none_or(is_known).then_some(header)
    }

    fn payload<T: DeserializeOwned>(&self) -> Option<T> {
        json(self.payload)
    }
}

fn json<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&decoded(part)?).ok()
}

fn decoded(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).ok()
}

/// The claims that are looked at (RFC 7523, section 3). A member that stands twice makes the whole unreadable, and so does one
/// of another kind, but for `aud`: a list of audiences is one for somebody else, too.
#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
    sub: Option<String>,
    aud: Option<Value>,
    jti: Option<String>,
    exp: Option<f64>,
    iat: Option<f64>,
    nbf: Option<f64>,
}

impl From<Claims> for Assertion {
    fn from(claims: Claims) -> Self {
        Self {
            issuer: claims.iss.unwrap_or_default(),
            subject: claims.sub.unwrap_or_default(),
            audience: claims.aud.and_then(|audience| audience.as_str().map(str::to_owned)),
            id: claims.jti,
            expires_at: claims.exp.map(time),
            issued_at: claims.iat.map(time),
            not_before: claims.nbf.map(time),
        }
    }
}

/// Seconds since 1970 (RFC 7519, section 2), which some clients write with a fraction. What no clock shows is far away.
fn time(seconds: f64) -> DateTime<Utc> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the cast saturates, and such a time is refused next"
    )]
    let whole = seconds.floor() as i64;
    DateTime::from_timestamp(whole, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests;
