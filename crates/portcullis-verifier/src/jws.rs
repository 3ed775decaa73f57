//! Signed texts in the compact form (RFC 7515): whether one is signed by one of some keys, and what was signed.
//!
//! Everything that the header says is compared with the record of the key; nothing in it chooses what is done
//! (RFC 8725, sections 3.1 and 3.2).

use crate::json::{parse_object, present};
use crate::key::VerificationKey;
use crate::refusal::Refusal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use std::borrow::Cow;

/// The longest text that is looked at, in bytes. Those of a server have about 500, with RS256 about 800; that of a client with
/// the longest name, for a resource with the longest address and by the most scopes, about 6,000.
const MAX_BYTES: usize = 8192;

/// The members of a header that are understood. Any other one, `crit` and `b64` among them, is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<'a> {
    #[serde(borrow)]
    alg: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "present")]
    typ: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "present")]
    kid: Option<Cow<'a, str>>,
}

impl Header<'_> {
    fn names(&self, key: &VerificationKey) -> bool {
        key.algorithm() == self.alg && key.id() == self.kid.as_deref()
    }

    /// Why no key made the signature: only a key that nobody here has heard of may be worth asking for.
    fn refusal(&self, keys: &[VerificationKey]) -> Refusal {
        let is_public = matches!(&*self.alg, "EdDSA" | "ES256" | "RS256");
        match self.kid.as_deref() {
            Some(id) if is_public && !keys.iter().any(|key| key.id() == Some(id)) => Refusal::UnknownKey,
            _ => Refusal::Invalid,
        }
    }
}

/// What was signed (RFC 7515), whatever it says, if `raw` is three parts in canonical base64url, its `typ` is `media_type` and one of `keys` is
/// named by the header and made the signature.
///
/// # Errors
/// See [`Refusal`].
pub fn verified_payload(raw: &str, media_type: Option<&str>, keys: &[VerificationKey]) -> Result<Vec<u8>, Refusal> {
    let parts = Parts::of(raw).ok_or(Refusal::Invalid)?;
    let header: Header<'_> = parse_object(&parts.header).ok_or(Refusal::Invalid)?;
    if header.typ.as_deref() != media_type {
        return Err(Refusal::Invalid);
    }
    let is_signed = keys
        .iter()
        .any(|key| header.names(key) && key.has_signed(parts.message.as_bytes(), &parts.signature));
    if is_signed {
        Ok(parts.payload)
    } else {
        Err(header.refusal(keys))
    }
}

/// What may have been signed, by whoever.
pub(crate) fn unverified_payload(raw: &str) -> Option<Vec<u8>> {
    Parts::of(raw).map(|parts| parts.payload)
}

/// The parts of a text, decoded, and what its signature is of.
struct Parts<'a> {
    message: &'a str,
    header: Vec<u8>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'a> Parts<'a> {
    fn of(raw: &'a str) -> Option<Self> {
        if raw.len() > MAX_BYTES {
            return None;
        }
        // Another point would be in the payload, and is no character of base64url.
        let (message, signature) = raw.rsplit_once('.')?;
        let (header, payload) = message.split_once('.')?;
        Some(Self {
            message,
            header: URL_SAFE_NO_PAD.decode(header).ok()?,
            payload: URL_SAFE_NO_PAD.decode(payload).ok()?,
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }
}

#[cfg(test)]
mod tests;
