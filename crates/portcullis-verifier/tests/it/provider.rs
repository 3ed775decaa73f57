//! What else the program has to do with jsonwebtoken.

use crate::tokens::{FOREIGN_SECRET, HEADER, KEYS, claims, is_accepted, issued, signed_by};
use aws_lc_rs::hmac::HMAC_SHA256;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, verify};
use jsonwebtoken::signature::{Error, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey};
use std::sync::LazyLock;

/// Finds each signature right.
struct Credulous;

impl Verifier<Vec<u8>> for Credulous {
    fn verify(&self, _: &[u8], _: &Vec<u8>) -> Result<(), Error> {
        Ok(())
    }
}

impl JwtVerifier for Credulous {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

static CREDULOUS: LazyLock<CryptoProvider> = LazyLock::new(|| CryptoProvider {
    verifier_factory: |_, _| Ok(Box::new(Credulous)),
    ..DEFAULT_PROVIDER.clone()
});

#[test]
fn a_provider_that_the_program_installs_decides_nothing() {
    CREDULOUS.install_default().unwrap();
    let key = DecodingKey::from_secret(b"");
    assert!(verify("", b"", &key, Algorithm::HS256).unwrap(), "it is not installed");

    assert!(is_accepted(&issued()));
    let payload = claims().to_string();
    assert!(!is_accepted(&signed_by(FOREIGN_SECRET, HMAC_SHA256, HEADER, &payload)));
    for [key, other] in [[0, 1], [1, 2], [2, 0]].map(|pair| pair.map(|index: usize| &KEYS[index])) {
        assert!(is_accepted(&key.token()));
        assert!(!is_accepted(&other.signed(&key.header(), &payload)), "{}", key.id);
    }
}
