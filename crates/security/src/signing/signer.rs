//! What makes signatures.

use super::key_pair::KeyPair;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use jsonwebtoken::crypto::JwtSigner;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::signature::{Error, Signer};
use jsonwebtoken::{Algorithm, EncodingKey};

/// A signer that all threads may use. It is made once for each key.
pub(super) type SharedSigner = dyn JwtSigner + Send + Sync;

/// Signs by HS256, by jsonwebtoken's own signer. It can't be sent to another thread, so one is made for each signature; the key
/// is wiped on drop.
pub(super) struct SecretSigner(pub(super) EncodingKey);

impl Signer<Vec<u8>> for SecretSigner {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        // The provider is named: what else the program installs decides nothing here.
        let signer = (DEFAULT_PROVIDER.signer_factory)(&Algorithm::HS256, &self.0).map_err(Error::from_source)?;
        signer.try_sign(message)
    }
}

impl JwtSigner for SecretSigner {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

/// Signs by a key pair. jsonwebtoken's own signers read and check the private part again for each signature, which takes
/// longer than to sign; here that is done once.
pub(super) struct PairSigner(pub(super) KeyPair);

impl Signer<Vec<u8>> for PairSigner {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let random = SystemRandom::new();
        match &self.0 {
            KeyPair::EdDsa(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            KeyPair::Es256(pair) => {
                let signature = pair.sign(&random, message).map_err(Error::from_source)?;
                Ok(signature.as_ref().to_vec())
            }
            KeyPair::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map_err(Error::from_source)?;
                Ok(signature)
            }
        }
    }
}

impl JwtSigner for PairSigner {
    fn algorithm(&self) -> Algorithm {
        match &self.0 {
            KeyPair::EdDsa(_) => Algorithm::EdDSA,
            KeyPair::Es256(_) => Algorithm::ES256,
            KeyPair::Rs256(_) => Algorithm::RS256,
        }
    }
}
