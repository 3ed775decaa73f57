//! Keys that signatures are checked with.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use aws_lc_rs::signature::{RsaPublicKeyComponents, VerificationAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm, DecodingKey};
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The sizes of RSA keys that are taken, in bits.
const RSA_BITS: RangeInclusive<usize> = 2048..=8192;
/// Marks a point of an elliptic curve that is written with both coordinates (SEC 1, section 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// The record of a key: its name, its one algorithm, and what checks a signature. Prints nothing of the key.
#[derive(Clone)]
pub struct VerificationKey {
    pub(crate) id: Option<String>,
    /// The `alg` that a header must name.
    name: &'static str,
    algorithm: Algorithm,
    key: Arc<DecodingKey>,
}

/// A key that can't be one of its algorithm: of the wrong length, or no point of the curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a key of that algorithm")]
#[non_exhaustive]
pub struct RejectedKey;

impl VerificationKey {
    /// A key of HS256, which also signs. Tokens that it made have no `kid` where `id` is `None`.
    #[must_use]
    pub fn hs256(id: Option<String>, secret: &[u8]) -> Self {
        Self {
            id,
            name: "HS256",
            algorithm: Algorithm::HS256,
            key: Arc::new(DecodingKey::from_secret(secret)),
        }
    }

    /// A key of `EdDSA` on Ed25519, in its 32 bytes (RFC 8032, section 5.1.5).
    pub fn ed25519(id: String, public: &[u8; 32]) -> Result<Self, RejectedKey> {
        ensure_is_key(&ED25519, public)?;
        let key = DecodingKey::from_ed_components(&encoded(public));
        Self::public(id, "EdDSA", Algorithm::EdDSA, key)
    }

    /// A key of ES256: the coordinates of a point on P-256, each in 32 bytes (RFC 7518, section 6.2.1).
    pub fn es256(id: String, x: &[u8; 32], y: &[u8; 32]) -> Result<Self, RejectedKey> {
        let point = [&[UNCOMPRESSED], x.as_slice(), y.as_slice()].concat();
        ensure_is_key(&ECDSA_P256_SHA256_FIXED, &point)?;
        let key = DecodingKey::from_ec_components(&encoded(x), &encoded(y));
        Self::public(id, "ES256", Algorithm::ES256, key)
    }

    /// A key of RS256: modulus and exponent, big-endian without leading zeros (RFC 7518, section 6.3.1). The modulus
    /// has 2,048 to 8,192 bits, the exponent is odd and above one: by one, anybody's signature would be right.
    pub fn rs256(id: String, modulus: &[u8], exponent: &[u8]) -> Result<Self, RejectedKey> {
        let first = modulus.first().copied().unwrap_or_default();
        let bits = (modulus.len() * 8).saturating_sub(first.leading_zeros() as usize);
        let is_exponent = !matches!(exponent, [] | [0, ..] | [1]) && exponent.last().is_some_and(|last| last % 2 == 1);
        if !RSA_BITS.contains(&bits) || !is_exponent {
            return Err(RejectedKey);
        }
        let components = RsaPublicKeyComponents {
            n: modulus,
            e: exponent,
        };
        components
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .map_err(|_| RejectedKey)?;
        let key = DecodingKey::from_rsa_raw_components(modulus, exponent);
        Self::public(id, "RS256", Algorithm::RS256, Ok(key))
    }

    fn public(
        id: String,
        name: &'static str,
        algorithm: Algorithm,
        key: jsonwebtoken::errors::Result<DecodingKey>,
    ) -> Result<Self, RejectedKey> {
        Ok(Self {
            id: Some(id),
            name,
            algorithm,
            key: Arc::new(key.map_err(|_| RejectedKey)?),
        })
    }

    /// The same key without a name: it checks signatures that name none.
    #[must_use]
    pub fn unnamed(self) -> Self {
        Self { id: None, ..self }
    }

    /// The `kid` that names the key; keys without one are named by its absence.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The `alg` of the one algorithm that the key is used with (RFC 7518, section 3.1; RFC 8037).
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        self.name
    }

    /// Whether the key's owner made the signature of `message`. Takes the same time whatever is wrong with an HMAC.
    pub(crate) fn has_signed(&self, message: &[u8], signature: &Vec<u8>) -> bool {
        // jsonwebtoken's verifiers can't be sent to another thread, so one is made for each check: a copy of the key.
        // The provider is named, so whatever a program installs for itself decides nothing here.
        let verifier = (DEFAULT_PROVIDER.verifier_factory)(&self.algorithm, &self.key);
        verifier.is_ok_and(|verifier| verifier.verify(message, signature).is_ok())
    }
}

/// Refuses what is no public key. A `DecodingKey` takes anything, and would only find each signature wrong.
fn ensure_is_key(algorithm: &'static dyn VerificationAlgorithm, public: &[u8]) -> Result<(), RejectedKey> {
    let key = ParsedPublicKey::new(algorithm, public);
    key.map(drop).map_err(|_| RejectedKey)
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl fmt::Debug for VerificationKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "VerificationKey({}, {:?})", self.name, self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_key_is_refused() {
        let id = || "a".to_owned();
        assert_eq!(
            VerificationKey::es256(id(), &[1; 32], &[1; 32]).unwrap_err(),
            RejectedKey
        );
        for (modulus, exponent) in [
            (vec![], vec![1, 0, 1]),
            (vec![0xff; 128], vec![1, 0, 1]),
            ([vec![0], vec![0xff; 256]].concat(), vec![1, 0, 1]),
            (vec![0xff; 1025], vec![1, 0, 1]),
            (vec![0xff; 256], vec![]),
            (vec![0xff; 256], vec![1]),
            (vec![0xff; 256], vec![2]),
        ] {
            assert!(
                VerificationKey::rs256(id(), &modulus, &exponent).is_err(),
                "{} bytes, {exponent:?}",
                modulus.len()
            );
        }
    }

    #[test]
    fn nothing_of_a_key_is_printed() {
        let key = VerificationKey::hs256(None, b"secret");
        assert_eq!(format!("{key:?}"), "VerificationKey(HS256, None)");
    }
}
