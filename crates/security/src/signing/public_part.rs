//! The public parts of key pairs: their names, their published form, and what checks their signatures.

use anyhow::{Context as _, anyhow, ensure};
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_application::ports::PublicKey;
use portcullis_domain::{KeyId, SigningAlgorithm};
use portcullis_verifier::{RejectedKey, VerificationKey};
use std::collections::BTreeMap;

/// Marks a point of an elliptic curve that is written with both coordinates (SEC 1, section 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// The public part of a key pair.
pub(crate) enum PublicPart {
    /// RFC 8032, section 5.1.5.
    Ed25519 { point: [u8; 32] },
    /// The coordinates of a point, big endian.
    P256 { x: [u8; 32], y: [u8; 32] },
    /// Big endian, without leading zeros.
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
}

impl PublicPart {
    pub(crate) fn ed25519(bytes: &[u8]) -> anyhow::Result<Self> {
        let point = bytes.try_into().context("a point of Ed25519 has another length")?;
        Ok(Self::Ed25519 { point })
    }

    /// From the uncompressed form.
    pub(crate) fn p256(bytes: &[u8]) -> anyhow::Result<Self> {
        let (form, coordinates) = bytes.split_first().context("an empty point of P-256")?;
        ensure!(*form == UNCOMPRESSED, "a point of P-256 in another form");
        let (x, y) = coordinates.split_first_chunk().context("a short point of P-256")?;
        Ok(Self::P256 {
            x: *x,
            y: y.try_into().context("a point of P-256 has another length")?,
        })
    }

    /// Reads what [`to_text`](Self::to_text) wrote.
    pub(super) fn from_text(algorithm: SigningAlgorithm, text: &str) -> anyhow::Result<Self> {
        let members: BTreeMap<String, String> = serde_json::from_str(text).context("reading a public key")?;
        let bytes = |name: &str| {
            let member = members
                .get(name)
                .with_context(|| format!("a public key without {name}"))?;
            URL_SAFE_NO_PAD.decode(member).context("reading a public key")
        };
        match algorithm {
            SigningAlgorithm::Hs256 => Err(anyhow!("HS256 has no public key")),
            SigningAlgorithm::EdDsa => Self::ed25519(&bytes("x")?),
            SigningAlgorithm::Es256 => Self::p256(&[&[UNCOMPRESSED], &*bytes("x")?, &*bytes("y")?].concat()),
            SigningAlgorithm::Rs256 => Ok(Self::Rsa {
                modulus: bytes("n")?,
                exponent: bytes("e")?,
            }),
        }
    }

    /// The members that make the key, as a JSON object in the form that is digested (RFC 7638, section 3).
    pub(super) fn to_text(&self) -> String {
        let members: Vec<String> = self
            .parameters()
            .into_iter()
            .map(|(name, value)| format!(r#""{name}":"{value}""#))
            .collect();
        format!("{{{}}}", members.join(","))
    }

    /// The SHA-256 thumbprint (RFC 7638): a name that follows from the key, so no other key can have it.
    pub(crate) fn thumbprint(&self) -> KeyId {
        let digest = digest::digest(&digest::SHA256, self.to_text().as_bytes());
        KeyId::new(URL_SAFE_NO_PAD.encode(digest))
    }

    /// The published form: a JWK (RFC 7517, section 4).
    pub(crate) fn jwk(&self) -> PublicKey {
        let mut members = vec![
            ("kid", self.thumbprint().to_string()),
            ("use", "sig".to_owned()),
            ("alg", self.algorithm().to_string()),
        ];
        members.extend(self.parameters());
        PublicKey { members }
    }

    /// What checks signatures that name the key by its thumbprint.
    pub(crate) fn verification_key(&self) -> Result<VerificationKey, RejectedKey> {
        let id = self.thumbprint().to_string();
        match self {
            Self::Ed25519 { point } => VerificationKey::ed25519(id, point),
            Self::P256 { x, y } => VerificationKey::es256(id, x, y),
            Self::Rsa { modulus, exponent } => VerificationKey::rs256(id, modulus, exponent),
        }
    }

    fn algorithm(&self) -> SigningAlgorithm {
        match self {
            Self::Ed25519 { .. } => SigningAlgorithm::EdDsa,
            Self::P256 { .. } => SigningAlgorithm::Es256,
            Self::Rsa { .. } => SigningAlgorithm::Rs256,
        }
    }

    /// The members that make the key (RFC 7518, section 6; RFC 8037, section 2), by name, as the thumbprint wants
    /// them. No name and no value has a character that JSON escapes.
    fn parameters(&self) -> Vec<(&'static str, String)> {
        let kind = |text: &str| text.to_owned();
        match self {
            Self::Ed25519 { point } => vec![("crv", kind("Ed25519")), ("kty", kind("OKP")), ("x", encoded(point))],
            Self::P256 { x, y } => vec![
                ("crv", kind("P-256")),
                ("kty", kind("EC")),
                ("x", encoded(x)),
                ("y", encoded(y)),
            ],
            Self::Rsa { modulus, exponent } => {
                vec![("e", encoded(exponent)), ("kty", kind("RSA")), ("n", encoded(modulus))]
            }
        }
    }
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::key_pair::KeyPair;

    fn decoded(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    #[test]
    fn a_key_of_rsa_has_the_thumbprint_of_rfc_7638() {
        let modulus = concat!(
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZC",
            "iFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZg",
            "nYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIq",
            "bw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
        );
        let key = PublicPart::Rsa {
            modulus: decoded(modulus),
            exponent: decoded("AQAB"),
        };
        assert_eq!(key.thumbprint().as_str(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn a_key_of_ed25519_has_the_thumbprint_of_rfc_8037() {
        let key = PublicPart::ed25519(&decoded("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")).unwrap();
        assert_eq!(key.thumbprint().as_str(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn a_public_part_reads_back_from_its_text() {
        for algorithm in SigningAlgorithm::ALL {
            if let Some(pair) = KeyPair::generate(algorithm).unwrap() {
                let public = pair.public_part().unwrap();
                let read = PublicPart::from_text(algorithm, &public.to_text()).unwrap();
                assert_eq!(read.jwk(), public.jwk());
            }
        }
    }

    #[test]
    fn what_is_no_public_part_is_refused() {
        let point = [&[UNCOMPRESSED][..], &[1; 64]].concat();
        assert!(PublicPart::p256(&point).is_ok());
        for wrong in [&[][..], &point[..33], &point[..64], &[2; 65]] {
            assert!(PublicPart::p256(wrong).is_err(), "{wrong:?}");
        }
        assert!(PublicPart::ed25519(&[1; 31]).is_err());
        assert!(PublicPart::ed25519(&[1; 33]).is_err());
    }
}
