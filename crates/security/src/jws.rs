//! Signed texts in the compact form (RFC 7515): whether one is signed by us, and what was signed.
//!
//! Everything that the header says is compared with the record of the key; nothing in it chooses what is done
//! (RFC 8725, sections 3.1 and 3.2).

use crate::json::{parse_object, present};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto};
use serde::Deserialize;
use std::borrow::Cow;

/// The longest text that is looked at, in bytes. Ours have about 500.
const MAX_BYTES: usize = 4096;

/// The record of a key that signatures are checked with.
#[derive(Clone)]
pub(crate) struct VerificationKey {
    /// The `kid` that names the key; keys without one are named by its absence.
    pub(crate) id: Option<String>,
    /// The one algorithm that the key is used with.
    pub(crate) algorithm: Algorithm,
    /// The key.
    pub(crate) key: DecodingKey,
}

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

impl VerificationKey {
    fn is_named_by(&self, header: &Header<'_>) -> bool {
        algorithm_name(self.algorithm) == Some(&*header.alg) && self.id.as_deref() == header.kid.as_deref()
    }

    fn has_signed(&self, message: &str, signature: &str) -> bool {
        crypto::verify(signature, message.as_bytes(), &self.key, self.algorithm).unwrap_or(false)
    }
}

/// What was signed, if `raw` is three parts in canonical base64url, its `typ` is `media_type` and one of `keys` is
/// named by the header and made the signature.
pub(crate) fn verified_payload(raw: &str, media_type: Option<&str>, keys: &[VerificationKey]) -> Option<Vec<u8>> {
    if raw.len() > MAX_BYTES {
        return None;
    }
    // A point more is in the payload, and no character of base64url.
    let (message, signature) = raw.rsplit_once('.')?;
    let (header, payload) = message.split_once('.')?;
    let header = URL_SAFE_NO_PAD.decode(header).ok()?;
    let header: Header<'_> = parse_object(&header)?;
    if header.typ.as_deref() != media_type {
        return None;
    }
    let is_signed = keys
        .iter()
        .any(|key| key.is_named_by(&header) && key.has_signed(message, signature));
    if is_signed {
        URL_SAFE_NO_PAD.decode(payload).ok()
    } else {
        None
    }
}

/// The text of a signed `payload` under `header`, which is encoded already.
pub(crate) fn signed(
    header: &str,
    payload: &[u8],
    key: &EncodingKey,
    algorithm: Algorithm,
) -> Result<String, jsonwebtoken::errors::Error> {
    let mut text = String::with_capacity(header.len() + payload.len() * 4 / 3 + 64);
    text.push_str(header);
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut text);
    let signature = crypto::sign(text.as_bytes(), key, algorithm)?;
    text.push('.');
    text.push_str(&signature);
    Ok(text)
}

/// The `alg` of the algorithms in use (RFC 7518, section 3.1).
pub(crate) const fn algorithm_name(algorithm: Algorithm) -> Option<&'static str> {
    match algorithm {
        Algorithm::HS256 => Some("HS256"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// Vectors whose label does not follow RFC 7515: what they call padding or an inserted character is not there.
    const MISLABELED: [u64; 4] = [367, 370, 372, 373];

    fn verification_key(private: &Value) -> VerificationKey {
        let secret = URL_SAFE_NO_PAD.decode(private["k"].as_str().unwrap()).unwrap();
        VerificationKey {
            id: private["kid"].as_str().map(str::to_owned),
            algorithm: Algorithm::HS256,
            key: DecodingKey::from_secret(&secret),
        }
    }

    /// The published vectors of Wycheproof (`json_web_signature_test.json`), which lie beside the project.
    #[test]
    fn the_vectors_of_wycheproof_are_judged_as_they_are_labeled() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../shared/vectors/json_web_signature_test.json"
        );
        let Ok(text) = std::fs::read_to_string(path) else {
            assert!(std::env::var_os("CI").is_none(), "the vectors are missing: {path}");
            println!("skipped: the vectors are missing: {path}");
            return;
        };
        let vectors: Value = serde_json::from_str(&text).unwrap();
        let mut judged = 0;
        for group in vectors["testGroups"].as_array().unwrap() {
            if group["private"]["kty"] != "oct" {
                continue;
            }
            let keys = [verification_key(&group["private"])];
            for vector in group["tests"].as_array().unwrap() {
                if MISLABELED.contains(&vector["tcId"].as_u64().unwrap()) {
                    continue;
                }
                let is_valid = vector["result"] == "valid";
                let jws = vector["jws"]
                    .as_str()
                    .map_or_else(|| vector["jws"].to_string(), str::to_owned);
                assert_eq!(verified_payload(&jws, None, &keys).is_some(), is_valid, "{vector}");
                judged += 1;
            }
        }
        assert_eq!(judged, 36);
    }

    #[test]
    fn a_key_is_taken_only_by_its_own_name() {
        let secret = [7; 32];
        let key = |id: Option<&str>| VerificationKey {
            id: id.map(str::to_owned),
            algorithm: Algorithm::HS256,
            key: DecodingKey::from_secret(&secret),
        };
        let signing = EncodingKey::from_secret(&secret);
        let token = |header: &str| signed(&URL_SAFE_NO_PAD.encode(header), b"x", &signing, Algorithm::HS256).unwrap();
        let (named, nameless) = (token(r#"{"alg":"HS256","kid":"a"}"#), token(r#"{"alg":"HS256"}"#));
        assert_eq!(
            verified_payload(&named, None, &[key(None), key(Some("a"))]),
            Some(b"x".to_vec())
        );
        assert_eq!(verified_payload(&named, None, &[key(None), key(Some("b"))]), None);
        assert_eq!(verified_payload(&nameless, None, &[key(Some("a"))]), None);
        assert_eq!(verified_payload(&nameless, None, &[key(None)]), Some(b"x".to_vec()));
    }
}
