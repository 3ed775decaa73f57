//! Signing: which keys there are for each purpose, and texts that they sign. It does not know what the texts say.

mod key_pair;
mod public_part;
mod ready_key;
mod ring;
mod signer;
mod stored_key_ring;

pub use stored_key_ring::{SigningKeyEncryption, StoredKeyRing, StoredKeyRingParameters};

use crate::keys::Keys;
use anyhow::Context as _;
use portcullis_domain::{SigningAlgorithm, SigningKeyPurpose};
use ready_key::{ReadyKey, SharedSecret};
use ring::Ring;
use serde::Serialize;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// The keys that sign, made ready once, in a ring for each purpose. [`StoredKeyRing`] says which they are: until it was
/// loaded, nothing is signed or accepted. A clone shares them. Prints nothing.
#[derive(Clone)]
pub struct SigningKeys(Arc<Shared>);

struct Shared {
    secret: SharedSecret,
    sessions: Arc<Place>,
    provider: Arc<Place>,
}

/// Where the ring of one purpose is. It is replaced as a whole. Whoever reads holds the lock for a reference's copy, never
/// for a signature.
struct Place(RwLock<Arc<Ring>>);

/// The keys of sessions alone: by them, nothing of another purpose is signed or accepted. A clone shares them.
#[derive(Clone)]
pub struct SessionKeys(Arc<Place>);

impl SigningKeys {
    /// No keys yet. Where HS256 is among them later, it signs by `SECRET_KEY` itself, and accepts the signatures of the
    /// previous one, too.
    #[must_use]
    pub fn new(keys: &Keys) -> Self {
        let secret = SharedSecret::new(keys);
        Self(Arc::new(Shared {
            sessions: Arc::new(Place::of(Ring::empty(&secret))),
            provider: Arc::new(Place::of(Ring::default())),
            secret,
        }))
    }

    /// Those of sessions.
    #[must_use]
    pub fn sessions(&self) -> SessionKeys {
        SessionKeys(Arc::clone(&self.0.sessions))
    }

    /// Those of the provider.
    #[must_use]
    pub fn provider(&self) -> ProviderKeys {
        ProviderKeys(Arc::clone(&self.0.provider))
    }

    fn of(&self, purpose: SigningKeyPurpose) -> &Place {
        match purpose {
            SigningKeyPurpose::Session => &self.0.sessions,
            SigningKeyPurpose::Provider => &self.0.provider,
        }
    }
}

impl SessionKeys {
    /// A JWS in the compact form (RFC 7515, section 7.1): `payload` as JSON, signed by the present key. `media_type` is its
    /// `typ`, which tells its kind from others that the key signs.
    pub(crate) fn sign(&self, media_type: &str, payload: &impl Serialize) -> anyhow::Result<String> {
        let payload = serde_json::to_vec(payload).context("writing what is to be signed")?;
        self.ring().current()?.sign(media_type, &payload)
    }

    /// The keys.
    pub(crate) fn ring(&self) -> Arc<Ring> {
        self.0.ring()
    }
}

impl Place {
    fn of(ring: Ring) -> Self {
        Self(RwLock::new(Arc::new(ring)))
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn replace(&self, ring: Ring) {
        let mut present = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *present = Arc::new(ring.behind(present.number()));
    }
}

/// The keys of the provider alone. A clone shares them.
#[derive(Clone)]
pub struct ProviderKeys(Arc<Place>);

impl ProviderKeys {
    /// The key of that algorithm that signs, if there is one.
    pub(crate) fn current(&self, algorithm: SigningAlgorithm) -> Option<Arc<ReadyKey>> {
        self.ring().current_of(algorithm)
    }

    /// The keys.
    pub(crate) fn ring(&self) -> Arc<Ring> {
        self.0.ring()
    }
}

impl fmt::Debug for ProviderKeys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ProviderKeys(…)")
    }
}

impl fmt::Debug for SessionKeys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SessionKeys(…)")
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SigningKeys(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SecretKey;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use chrono::DateTime;
    use portcullis_domain::{KeyId, SecretText, SigningKey};
    use portcullis_verifier::{Refusal, VerificationKey, check};
    use serde_json::json;
    use std::time::SystemTime;

    const PURPOSE: SigningKeyPurpose = SigningKeyPurpose::Session;

    fn signing_keys() -> SigningKeys {
        let secret = SecretText::new("kR7vQ2mXz9LtWb4YpN6cJ8fHs3gDd5eU".to_owned());
        let signing_keys = SigningKeys::new(&Keys {
            current: SecretKey::parse(secret).unwrap(),
            previous: None,
        });
        load(&signing_keys);
        signing_keys
    }

    fn load(signing_keys: &SigningKeys) {
        let key = SigningKey {
            id: KeyId::new("shared".to_owned()),
            purpose: PURPOSE,
            algorithm: SigningAlgorithm::Hs256,
            encrypted: vec![],
            public_part: None,
            created_at: DateTime::UNIX_EPOCH,
            activated_at: Some(DateTime::UNIX_EPOCH),
            retired_at: None,
        };
        let secret = &signing_keys.0.secret;
        let ready = Arc::new(ReadyKey::shared(key.id.clone(), secret));
        let ring = Ring::of_sessions(&[(&key, ready)], secret).unwrap();
        signing_keys.of(PURPOSE).replace(ring);
    }

    #[test]
    fn whatever_is_signed_has_the_type_and_the_payload_that_were_given() {
        let signed = signing_keys()
            .sessions()
            .sign("logout+jwt", &json!({"sub": "ada"}))
            .unwrap();
        let parts: Vec<_> = signed.split('.').collect();
        let text = |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        assert_eq!(text(parts[0]), r#"{"typ":"logout+jwt","alg":"HS256"}"#);
        assert_eq!(text(parts[1]), r#"{"sub":"ada"}"#);
    }

    #[test]
    fn what_is_signed_as_something_else_is_no_access_token() {
        let id = uuid::Uuid::nil().to_string();
        let claims = json!({
            "iss": "i", "aud": "portcullis", "type": "access", "iat": 0, "exp": 900, "gen": 0, "role": "USER",
            "email": "ada@example.org", "jti": id, "sub": id, "sid": id,
            "auth_time": 0, "amr": ["pwd"], "acr": "1fa",
        });
        let keys = signing_keys().sessions();
        let accepted = |media_type: &str| {
            let token = keys.sign(media_type, &claims).unwrap();
            let by = |keys: &[VerificationKey]| check(&token, "i", keys, SystemTime::UNIX_EPOCH);
            keys.ring().verified(by, |claims| claims.issued_at).map(drop)
        };
        assert_eq!(accepted(portcullis_verifier::MEDIA_TYPE), Ok(()));
        assert_eq!(accepted("JWT"), Err(Refusal::Invalid));
        assert_eq!(accepted("logout+jwt"), Err(Refusal::Invalid));
    }

    #[test]
    fn no_two_rings_have_the_same_number() {
        let keys = signing_keys();
        let first = keys.sessions().ring().number();
        load(&keys);
        assert!(keys.sessions().ring().number() > first);
    }
}
