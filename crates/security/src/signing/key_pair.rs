//! Key pairs that sign.

use super::public_part::PublicPart;
use anyhow::{Context as _, anyhow};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair};
use portcullis_domain::SigningAlgorithm;
use zeroize::Zeroizing;

/// A key pair. Its private part is wiped on drop by the library that holds it.
pub(crate) enum KeyPair {
    EdDsa(Ed25519KeyPair),
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
}

impl KeyPair {
    /// A new one; `None` for HS256, which has none. Takes up to a second for RSA.
    pub(crate) fn generate(algorithm: SigningAlgorithm) -> anyhow::Result<Option<Self>> {
        let pair = match algorithm {
            SigningAlgorithm::Hs256 => return Ok(None),
            SigningAlgorithm::EdDsa => Ed25519KeyPair::generate().map(Self::EdDsa),
            SigningAlgorithm::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Self::Es256),
            SigningAlgorithm::Rs256 => RsaKeyPair::generate(KeySize::Rsa2048).map(Self::Rs256),
        };
        let pair = pair.with_context(|| format!("making a key of {algorithm}"))?;
        Ok(Some(pair))
    }

    /// Reads the private part from PKCS#8 (RFC 5208).
    pub(crate) fn from_pkcs8(algorithm: SigningAlgorithm, document: &[u8]) -> anyhow::Result<Self> {
        let pair = match algorithm {
            SigningAlgorithm::Hs256 => return Err(anyhow!("HS256 has no key pair")),
            SigningAlgorithm::EdDsa => Ed25519KeyPair::from_pkcs8(document).map(Self::EdDsa),
            SigningAlgorithm::Es256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document).map(Self::Es256)
            }
            SigningAlgorithm::Rs256 => RsaKeyPair::from_pkcs8(document).map(Self::Rs256),
        };
        pair.with_context(|| format!("reading a key of {algorithm}"))
    }

    /// The private part as PKCS#8 (RFC 5208).
    pub(crate) fn to_pkcs8(&self) -> anyhow::Result<Zeroizing<Vec<u8>>> {
        let document = match self {
            Self::EdDsa(pair) => pair.to_pkcs8v1().map(|document| document.as_ref().to_vec()),
            Self::Es256(pair) => pair.to_pkcs8v1().map(|document| document.as_ref().to_vec()),
            Self::Rs256(pair) => pair.as_der().map(|document| document.as_ref().to_vec()),
        };
        Ok(Zeroizing::new(document.context("writing a private key")?))
    }

    /// The public part.
    pub(crate) fn public_part(&self) -> anyhow::Result<PublicPart> {
        match self {
            Self::EdDsa(pair) => PublicPart::ed25519(pair.public_key().as_ref()),
            Self::Es256(pair) => PublicPart::p256(pair.public_key().as_ref()),
            Self::Rs256(pair) => {
                let key = pair.public_key();
                Ok(PublicPart::Rsa {
                    modulus: key.modulus().big_endian_without_leading_zero().to_vec(),
                    exponent: key.exponent().big_endian_without_leading_zero().to_vec(),
                })
            }
        }
    }
}
