//! The published keys of another provider (RFC 7517), and how long they are kept.

use crate::client::{CallError, GuardedClient};
use crate::kept::Fit;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_application::ports::UpstreamError;
use portcullis_verifier::VerificationKey;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// How many keys of a set are looked at.
const MAX_KEYS: usize = 64;
/// The longest name of a key, in bytes.
const MAX_ID_BYTES: usize = 255;

/// The keys of one provider.
#[derive(Debug)]
pub(crate) struct KeySet {
    /// Where they are from: another place has other keys.
    from: Url,
    keys: Vec<VerificationKey>,
}

impl KeySet {
    /// Whether it is from there, and has a key of that name where one is named.
    pub(crate) fn fits(&self, from: &Url, id: Option<&str>) -> Fit {
        match id {
            _ if self.from != *from => Fit::None,
            Some(id) if !self.keys.iter().any(|key| key.id() == Some(id)) => Fit::Part,
            Some(_) | None => Fit::Whole,
        }
    }

    /// Those that may have made a signature which names that key. Where there is one key alone, none need be named (OpenID
    /// Connect Core, section 10.1).
    pub(crate) fn of(&self, id: Option<&str>) -> Vec<VerificationKey> {
        match (id, self.keys.as_slice()) {
            (None, [only]) => vec![only.clone().unnamed()],
            _ => self.keys.clone(),
        }
    }

    /// Whether there is none that checks signatures.
    pub(crate) const fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

/// Asks for them now.
pub(crate) async fn fetch(client: &GuardedClient, from: &Url) -> Result<KeySet, UpstreamError> {
    let answer = client
        .get(from, "application/jwk-set+json, application/json", None)
        .await
        .map_err(|error| unreachable("its keys", &error))?;
    if !answer.is_success() {
        return Err(UpstreamError::Unreachable(format!(
            "its keys: status {}",
            answer.status
        )));
    }
    match keys_of(&answer.body) {
        Some(keys) => Ok(KeySet {
            from: from.clone(),
            keys,
        }),
        None => Err(UpstreamError::Untrusted("its keys are no set of keys".to_owned())),
    }
}

/// A call that came to nothing, as it is told.
pub(crate) fn unreachable(what: &str, error: &CallError) -> UpstreamError {
    UpstreamError::Unreachable(format!("{what}: {error}"))
}

/// The keys of a set that check signatures. Those that are for something else are passed over.
fn keys_of(json: &[u8]) -> Option<Vec<VerificationKey>> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    let set: Set = serde_json::from_slice(json).ok()?;
    let keys = set.keys.into_iter().take(MAX_KEYS);
    Some(keys.filter_map(|key| Jwk::deserialize(key).ok()?.key()).collect())
}

/// The members of a key that matter (RFC 7517, section 4; RFC 7518, section 6; RFC 8037, section 2). Unlike those of our own,
/// keys of others need not say for which algorithm they are.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    alg: Option<String>,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
    /// The private part of each kind but the symmetric one, which is a secret.
    d: Option<Value>,
    k: Option<Value>,
}

impl Jwk {
    fn key(&self) -> Option<VerificationKey> {
        let is_public = self.d.is_none() && self.k.is_none();
        let is_for_signatures = self.purpose.as_deref().is_none_or(|purpose| purpose == "sig");
        if !is_public || !is_for_signatures {
            return None;
        }
        let is_for = |algorithm: &str| self.alg.as_deref().is_none_or(|alg| alg == algorithm);
        let id = self.kid.clone().unwrap_or_default();
        if id.len() > MAX_ID_BYTES {
            return None;
        }
        let key = match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) if is_for("RS256") => {
                VerificationKey::rs256(id, &decoded(self.n.as_ref())?, &decoded(self.e.as_ref())?)
            }
            ("EC", Some("P-256")) if is_for("ES256") => {
                VerificationKey::es256(id, &coordinate(self.x.as_ref())?, &coordinate(self.y.as_ref())?)
            }
            ("OKP", Some("Ed25519")) if is_for("EdDSA") => VerificationKey::ed25519(id, &coordinate(self.x.as_ref())?),
            _ => return None,
        };
        let key = key.ok()?;
        Some(if self.kid.is_some() { key } else { key.unnamed() })
    }
}

fn decoded(member: Option<&String>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(member?).ok()
}

fn coordinate(member: Option<&String>) -> Option<[u8; 32]> {
    decoded(member)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_use_are_taken_and_others_passed_over() {
        let x = URL_SAFE_NO_PAD.encode([
            0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1,
            0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
        ]);
        let key = |more: &str| format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"{more}}}"#);
        let set = [
            key(r#","kid":"a","use":"sig","alg":"EdDSA""#),
            key(r#","kid":"b""#),
            key(""),
            key(r#","kid":"c","use":"enc""#),
            key(r#","kid":"d","alg":"ES256""#),
            key(r#","kid":"e","d":"AAAA""#),
            r#"{"kty":"oct","k":"AAAA","kid":"f"}"#.to_owned(),
            r#"{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"g"}"#.to_owned(),
            r#""text""#.to_owned(),
        ];
        let keys = keys_of(format!(r#"{{"keys":[{}]}}"#, set.join(",")).as_bytes()).unwrap();
        let ids: Vec<Option<&str>> = keys.iter().map(VerificationKey::id).collect();
        assert_eq!(ids, [Some("a"), Some("b"), None]);
        assert!(keys_of(b"[]").is_none() && keys_of(b"{}").is_none());
    }
}
