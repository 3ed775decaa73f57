//! What makes signatures, by jsonwebtoken.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use jsonwebtoken::crypto::JwtSigner;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::signature::{Error, Signer};
use jsonwebtoken::{Algorithm, EncodingKey};

/// A signer that all threads may use. It is made once for each key.
pub(super) type SharedSigner = dyn JwtSigner + Send + Sync;

/// Signs by jsonwebtoken's own signers. They can't be sent to another thread, so one is made for each signature; the key
/// is wiped on drop.
pub(super) struct StockSigner {
    algorithm: Algorithm,
    key: EncodingKey,
}

impl StockSigner {
    /// Signs by HS256.
    pub(super) fn hs256(secret: &[u8]) -> Self {
        Self {
            algorithm: Algorithm::HS256,
            key: EncodingKey::from_secret(secret),
        }
    }

    /// Signs by `EdDSA`. `private` is PKCS#8 (RFC 5208) of Ed25519.
    pub(super) fn eddsa(private: &[u8]) -> Self {
        Self {
            algorithm: Algorithm::EdDSA,
            key: EncodingKey::from_ed_der(private),
        }
    }

    /// Signs by ES256. `private` is PKCS#8 (RFC 5208) of P-256.
    pub(super) fn es256(private: &[u8]) -> Self {
        Self {
            algorithm: Algorithm::ES256,
            key: EncodingKey::from_ec_der(private),
        }
    }
}

impl Signer<Vec<u8>> for StockSigner {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        // The provider is named: what else the program installs decides nothing here.
        let signer = (DEFAULT_PROVIDER.signer_factory)(&self.algorithm, &self.key).map_err(Error::from_source)?;
        signer.try_sign(message)
    }
}

impl JwtSigner for StockSigner {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

/// Signs by RS256. jsonwebtoken's own signer reads and checks the private part again for each signature, which takes
/// longer than to sign; here that is done once.
pub(super) struct Rs256Signer(pub(super) RsaKeyPair);

impl Signer<Vec<u8>> for Rs256Signer {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(Error::from_source)?;
        Ok(signature)
    }
}

impl JwtSigner for Rs256Signer {
    fn algorithm(&self) -> Algorithm {
        Algorithm::RS256
    }
}
