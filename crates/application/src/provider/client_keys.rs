//! Reading the public keys of a client: a JWK set (RFC 7517, section 5).

use super::reading::Written;
use crate::ports::ClientProofs;
use portcullis_domain::{ClientKeys, Fault};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The code of all that is wrong with keys.
pub(super) const NOT_A_KEY_SET: &str = "not_a_key_set";

/// Why a value is no set of public keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum KeysError {
    #[error(
        "a key set is an object whose member keys is a list of 1 to {} keys",
        ClientKeys::MOST
    )]
    Shape,
    #[error("a key set has at most {} bytes", ClientKeys::MOST_BYTES)]
    TooLong,
    #[error("a key has kty RSA, EC or OKP, and the members that its kind needs (RFC 7518, section 6)")]
    Kind,
    #[error("this holds a private key, or a shared one; send the public part alone, and count what was sent as leaked")]
    Private,
    #[error("a key is for signatures: its use, where there is one, is sig")]
    Use,
    #[error("keys of one set differ by their kid; give each its own")]
    Names,
    #[error("an RSA key has 2048 to 8192 bits")]
    Size,
    #[error(
        "a key can check nothing: x and y are a point of its curve, e is odd and above one, and alg, where it stands there, is one \
         that fits the key"
    )]
    Unusable,
}

/// What is wrong with keys that are well-formed, and that no signature could be checked with.
pub(super) fn unusable(written: &Written, proofs: &dyn ClientProofs) -> Option<Fault> {
    let keys = read(written.get("jwks")?).ok()??;
    let are_usable = proofs.are_usable(&keys);
    (!are_usable).then(|| Fault::new("jwks", NOT_A_KEY_SET, KeysError::Unusable.to_string()))
}

/// The members that only who signs may know (RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// How long the modulus of an RSA key is in base64url: 2048 and 8192 bits.
const RSA_MODULUS: std::ops::RangeInclusive<usize> = 342..=1366;

/// The keys that stand there; nothing where `null` does.
pub(super) fn read(value: &Value) -> Result<Option<ClientKeys>, KeysError> {
    if value.is_null() {
        return Ok(None);
    }
    let text = value.to_string();
    if text.len() > ClientKeys::MOST_BYTES {
        return Err(KeysError::TooLong);
    }
    let keys = value.get("keys").and_then(Value::as_array).ok_or(KeysError::Shape)?;
    if !(1..=ClientKeys::MOST).contains(&keys.len()) {
        return Err(KeysError::Shape);
    }
    let mut names = BTreeSet::new();
    for key in keys {
        let key = key.as_object().ok_or(KeysError::Shape)?;
        judge(key)?;
        let name = text_of(key, "kid");
        if (keys.len() > 1 && name.is_none()) || !names.insert(name) {
            return Err(KeysError::Names);
        }
    }
    Ok(Some(ClientKeys::checked(text)))
}

fn judge(key: &Map<String, Value>) -> Result<(), KeysError> {
    if PRIVATE.iter().any(|member| key.contains_key(*member)) || text_of(key, "kty") == Some("oct") {
        return Err(KeysError::Private);
    }
    if key.contains_key("use") && text_of(key, "use") != Some("sig") {
        return Err(KeysError::Use);
    }
    let is_there = |member| text_of(key, member).is_some_and(is_base64url);
    let fits = match text_of(key, "kty") {
        Some("RSA") => is_there("n") && is_there("e"),
        Some("EC") => text_of(key, "crv") == Some("P-256") && is_there("x") && is_there("y"),
        Some("OKP") => text_of(key, "crv") == Some("Ed25519") && is_there("x"),
        Some(_) | None => false,
    };
    if !fits {
        return Err(KeysError::Kind);
    }
    match text_of(key, "n") {
        Some(modulus) if !RSA_MODULUS.contains(&modulus.len()) => Err(KeysError::Size),
        Some(_) | None => Ok(()),
    }
}

fn text_of<'k>(key: &'k Map<String, Value>, member: &str) -> Option<&'k str> {
    key.get(member).and_then(Value::as_str)
}

fn is_base64url(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !text.is_empty() && text.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ec() -> Value {
        json!({"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
               "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", "kid": "1"})
    }

    fn refused(keys: &Value) -> Option<KeysError> {
        read(keys).err()
    }

    #[test]
    fn public_keys_for_signatures_are_taken() {
        let rsa = json!({"kty": "RSA", "n": "n".repeat(342), "e": "AQAB", "kid": "2", "use": "sig"});
        let ed =
            json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "3"});
        assert!(read(&json!({"keys": [ec(), rsa, ed]})).unwrap().is_some());
        assert_eq!(read(&Value::Null), Ok(None));
    }

    #[test]
    fn what_is_no_set_of_public_keys_is_refused() {
        let with = |member: &str, value: Value| {
            let mut key = ec();
            key[member] = value;
            json!({"keys": [key]})
        };
        let without = |member: &str| {
            let mut key = ec();
            key.as_object_mut().unwrap().remove(member);
            json!({"keys": [key]})
        };
        for (keys, refusal) in [
            (json!([]), KeysError::Shape),
            (json!({"keys": []}), KeysError::Shape),
            (json!({"keys": [1]}), KeysError::Shape),
            (json!({"keys": vec![ec(); 11]}), KeysError::Shape),
            (json!({"keys": [ec()], "x": "y".repeat(16 * 1024)}), KeysError::TooLong),
            (json!({"keys": [ec(), ec()]}), KeysError::Names),
            (with("d", json!("secret")), KeysError::Private),
            (json!({"keys": [{"kty": "oct", "k": "AQ"}]}), KeysError::Private),
            (json!({"keys": [{"kty": "oct"}]}), KeysError::Private),
            (with("use", json!("enc")), KeysError::Use),
            (with("crv", json!("P-521")), KeysError::Kind),
            (with("x", json!("a+b")), KeysError::Kind),
            (without("y"), KeysError::Kind),
            (without("kty"), KeysError::Kind),
            (
                json!({"keys": [{"kty": "RSA", "n": "abc", "e": "AQAB"}]}),
                KeysError::Size,
            ),
        ] {
            assert_eq!(refused(&keys), Some(refusal), "{keys}");
        }
    }
}
