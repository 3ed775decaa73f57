//! The public keys that were registered for a client (RFC 7517).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;

/// A JWK set.
#[derive(Deserialize)]
pub(super) struct KeySet {
    pub(super) keys: Vec<ClientKey>,
}

/// The members of a key that matter. They were checked when the key was registered.
#[derive(Deserialize)]
pub(super) struct ClientKey {
    pub(super) kid: Option<String>,
    kty: String,
    crv: Option<String>,
    alg: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl ClientKey {
    /// Whether its holder has made the signature by that algorithm, which is one that its kind of key has and, where the key
    /// names one, that one.
    pub(super) fn has_signed(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        if self.alg.as_deref().is_some_and(|own| own != algorithm) {
            return false;
        }
        let Some((algorithm, key)) = self.key_of(algorithm) else {
            return false;
        };
        // The provider is named: what else the program installs decides nothing here.
        let verifier = (DEFAULT_PROVIDER.verifier_factory)(&algorithm, &key);
        verifier.is_ok_and(|verifier| verifier.verify(message, &signature.to_vec()).is_ok())
    }

    fn key_of(&self, algorithm: &str) -> Option<(Algorithm, DecodingKey)> {
        let algorithm = match (algorithm, self.kty.as_str(), self.crv.as_deref()) {
            ("RS256", "RSA", _) => Algorithm::RS256,
            ("PS256", "RSA", _) => Algorithm::PS256,
            ("ES256", "EC", Some("P-256")) => Algorithm::ES256,
            ("EdDSA" | "Ed25519", "OKP", Some("Ed25519")) => Algorithm::EdDSA,
            _ => return None,
        };
        let key = match algorithm {
            Algorithm::ES256 => DecodingKey::from_ec_components(self.x.as_deref()?, self.y.as_deref()?).ok()?,
            Algorithm::EdDSA => DecodingKey::from_ed_components(self.x.as_deref()?).ok()?,
            _ => {
                let part = |text: Option<&String>| URL_SAFE_NO_PAD.decode(text?).ok();
                DecodingKey::from_rsa_raw_components(&part(self.n.as_ref())?, &part(self.e.as_ref())?)
            }
        };
        Some((algorithm, key))
    }
}
