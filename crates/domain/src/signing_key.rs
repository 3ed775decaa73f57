//! The keys that tokens are signed with, as the store keeps them.

use chrono::{DateTime, Utc};
use std::fmt;
use std::str::FromStr;

/// An algorithm that tokens are signed by (RFC 7518, section 3.1; RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SigningAlgorithm {
    /// HMAC with SHA-256, by `SECRET_KEY` itself.
    Hs256,
    /// Ed25519.
    EdDsa,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, 2048 bits.
    Rs256,
}

impl SigningAlgorithm {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Hs256, Self::EdDsa, Self::Es256, Self::Rs256];

    /// Whether it signs by a key pair, of which one half is published. HS256 signs by `SECRET_KEY`.
    #[must_use]
    pub const fn has_key_pair(self) -> bool {
        match self {
            Self::Hs256 => false,
            Self::EdDsa | Self::Es256 | Self::Rs256 => true,
        }
    }

    /// The name in `ALGORITHM` and in a token's `alg`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }
}

impl fmt::Display for SigningAlgorithm {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A text that names no algorithm that tokens are signed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an algorithm is HS256, EdDSA, ES256 or RS256")]
pub struct UnknownAlgorithm;

impl FromStr for SigningAlgorithm {
    type Err = UnknownAlgorithm;

    fn from_str(text: &str) -> Result<Self, UnknownAlgorithm> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.as_str() == text)
            .ok_or(UnknownAlgorithm)
    }
}

/// What a signing key signs. A key of one purpose signs and checks nothing of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SigningKeyPurpose {
    /// Access tokens of our own, which stand for a session.
    Session,
    /// What clients of the provider are given: access tokens for their resources, and ID tokens.
    Provider,
}

impl SigningKeyPurpose {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Session, Self::Provider];

    /// The name in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Provider => "provider",
        }
    }
}

impl fmt::Display for SigningKeyPurpose {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A text that names nothing that a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such purpose of a signing key")]
pub struct UnknownPurpose;

impl FromStr for SigningKeyPurpose {
    type Err = UnknownPurpose;

    fn from_str(text: &str) -> Result<Self, UnknownPurpose> {
        Self::ALL
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
            .ok_or(UnknownPurpose)
    }
}

/// Names a signing key: the `kid` of the tokens that it signs (RFC 7515, section 4.1.4).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(String);

impl KeyId {
    /// Takes a name as it is; what makes keys also names them.
    #[must_use]
    pub fn new(name: String) -> Self {
        Self(name)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A signing key. One signs at a time, and mostly one is published to sign next, so that whoever keeps a copy of the
/// published keys knows it before its first signature; those that signed before are published until the last of their
/// tokens has expired. For sessions that is one of whatever algorithm; for the provider, one of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Its name.
    pub id: KeyId,
    /// What it signs.
    pub purpose: SigningKeyPurpose,
    /// What it signs by.
    pub algorithm: SigningAlgorithm,
    /// The private key, encrypted; empty for HS256, whose key is `SECRET_KEY`, and where the private key was removed.
    pub encrypted: Vec<u8>,
    /// The public key, as the members of a JWK that the name is the digest of (RFC 7638, section 3); `None` for HS256.
    pub public_part: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it began to sign; `None` where it is to be the next.
    pub activated_at: Option<DateTime<Utc>>,
    /// When it ceased to sign.
    pub retired_at: Option<DateTime<Utc>>,
}

/// What a signing key is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningKeyStage {
    /// It is published, and signs next.
    Next,
    /// It signs.
    Current,
    /// It signed before.
    Retired,
    /// It signed before, the last of its tokens has expired, and its private part is gone. What it signed says who it was
    /// that somebody else asks for, no more.
    Remembered,
}

impl SigningKey {
    /// What the key is good for.
    #[must_use]
    pub fn stage(&self) -> SigningKeyStage {
        match (self.activated_at, self.retired_at) {
            (_, Some(_)) if self.algorithm.has_key_pair() && self.encrypted.is_empty() => SigningKeyStage::Remembered,
            (_, Some(_)) => SigningKeyStage::Retired,
            (Some(_), None) => SigningKeyStage::Current,
            (None, None) => SigningKeyStage::Next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_algorithm_is_written_as_in_a_token() {
        for algorithm in SigningAlgorithm::ALL {
            assert_eq!(algorithm.as_str().parse(), Ok(algorithm));
        }
        for text in ["", "none", "hs256", "HS512", "EDDSA"] {
            assert_eq!(text.parse::<SigningAlgorithm>(), Err(UnknownAlgorithm), "{text}");
        }
    }

    #[test]
    fn every_purpose_reads_back() {
        for purpose in SigningKeyPurpose::ALL {
            assert_eq!(purpose.as_str().parse(), Ok(purpose));
        }
        assert_eq!("Session".parse::<SigningKeyPurpose>(), Err(UnknownPurpose));
    }

    #[test]
    fn a_key_signs_between_its_activation_and_its_retirement() {
        let mut key = SigningKey {
            id: KeyId::new("k1".to_owned()),
            purpose: SigningKeyPurpose::Session,
            algorithm: SigningAlgorithm::EdDsa,
            encrypted: vec![1],
            public_part: None,
            created_at: DateTime::UNIX_EPOCH,
            activated_at: None,
            retired_at: None,
        };
        assert_eq!(key.stage(), SigningKeyStage::Next);
        key.activated_at = Some(DateTime::UNIX_EPOCH);
        assert_eq!(key.stage(), SigningKeyStage::Current);
        key.retired_at = Some(DateTime::UNIX_EPOCH);
        assert_eq!(key.stage(), SigningKeyStage::Retired);
        key.encrypted.clear();
        assert_eq!(key.stage(), SigningKeyStage::Remembered);
        key.algorithm = SigningAlgorithm::Hs256;
        assert_eq!(key.stage(), SigningKeyStage::Retired, "it never had a private part");
    }
}
