//! Published keys (RFC 7517): which of them are taken to check signatures with.

use crate::json::parse_object;
use crate::key::VerificationKey;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;

/// The longest `kid` that is taken, in bytes.
const MAX_ID_BYTES: usize = 255;
/// How many keys of a set are looked at. A server publishes two or three.
const MAX_KEYS: usize = 64;

/// A set whose keys can't be told apart from each other: no JSON object with an array `keys`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a set of keys")]
#[non_exhaustive]
pub struct UnreadableKeySet;

/// The keys of a set that signatures of tokens are checked with. Those that are for something else, or malformed, are
/// passed over, and so are all that share a `kid`: which of them was meant can't be told.
///
/// # Errors
/// [`UnreadableKeySet`] where there is no set at all. A set without a key of use is none: a server that signs by a
/// shared secret publishes none.
pub fn keys_of_set(json: &[u8]) -> Result<Vec<VerificationKey>, UnreadableKeySet> {
    #[derive(Deserialize)]
    struct Set<'a> {
        #[serde(borrow)]
        keys: Vec<&'a RawValue>,
    }

    let set: Set<'_> = parse_object(json).ok_or(UnreadableKeySet)?;
    let keys: Vec<VerificationKey> = set
        .keys
        .into_iter()
        .take(MAX_KEYS)
        .filter_map(|key| Jwk::parse(key.get().as_bytes())?.key())
        .collect();
    let mut uses_of_id: HashMap<Option<String>, usize> = HashMap::new();
    for key in &keys {
        *uses_of_id.entry(key.id().map(str::to_owned)).or_default() += 1;
    }
    Ok(keys
        .into_iter()
        .filter(|key| uses_of_id.get(&key.id().map(str::to_owned)) == Some(&1))
        .collect())
}

/// The members of a key that matter (RFC 7517, section 4; RFC 7518, section 6; RFC 8037, section 2).
#[derive(Deserialize)]
pub(crate) struct Jwk<'a> {
    #[serde(borrow)]
    kty: Cow<'a, str>,
    #[serde(borrow)]
    alg: Option<Cow<'a, str>>,
    #[serde(borrow)]
    kid: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "use")]
    purpose: Option<Cow<'a, str>>,
    key_ops: Option<Vec<String>>,
    #[serde(borrow)]
    crv: Option<Cow<'a, str>>,
    #[serde(borrow)]
    x: Option<Cow<'a, str>>,
    #[serde(borrow)]
    y: Option<Cow<'a, str>>,
    #[serde(borrow)]
    n: Option<Cow<'a, str>>,
    #[serde(borrow)]
    e: Option<Cow<'a, str>>,
    /// The private part of each kind but the symmetric one.
    #[serde(borrow)]
    d: Option<&'a RawValue>,
    /// A secret.
    #[serde(borrow)]
    k: Option<&'a RawValue>,
}

impl<'a> Jwk<'a> {
    /// The members, if they are those of one object and each stands there once.
    pub(crate) fn parse(json: &'a [u8]) -> Option<Self> {
        parse_object(json)
    }

    /// The key, if it is one to check tokens with. The others are passed over (RFC 7517, section 5): those that are for
    /// something else, and those that are secret or whose private part lies open, since anybody may sign by them.
    pub(crate) fn key(&self) -> Option<VerificationKey> {
        let is_public = self.d.is_none() && self.k.is_none();
        let id = self
            .kid
            .as_deref()
            .filter(|id| (1..=MAX_ID_BYTES).contains(&id.len()))?;
        if !is_public || !self.is_for_signatures() {
            return None;
        }
        let id = id.to_owned();
        let key = match (&*self.kty, self.crv.as_deref(), self.alg.as_deref()?) {
            ("OKP", Some("Ed25519"), "EdDSA") => VerificationKey::ed25519(id, &coordinate(self.x.as_ref())?),
            ("EC", Some("P-256"), "ES256") => {
                VerificationKey::es256(id, &coordinate(self.x.as_ref())?, &coordinate(self.y.as_ref())?)
            }
            ("RSA", _, "RS256") => VerificationKey::rs256(id, &decoded(self.n.as_ref())?, &decoded(self.e.as_ref())?),
            _ => return None,
        };
        key.ok()
    }

    fn is_for_signatures(&self) -> bool {
        let is_used_so = self.purpose.as_deref().is_none_or(|purpose| purpose == "sig");
        let may_verify = |operations: &Vec<String>| operations.iter().any(|operation| operation == "verify");
        is_used_so && self.key_ops.as_ref().is_none_or(may_verify)
    }
}

fn decoded(member: Option<&Cow<'_, str>>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(member?.as_bytes()).ok()
}

fn coordinate(member: Option<&Cow<'_, str>>) -> Option<[u8; 32]> {
    decoded(member)?.try_into().ok()
}
