//! Keys of which one signs at a time.

use chrono::TimeDelta;
use portcullis_domain::{SigningAlgorithm, SigningKey, SigningKeyPurpose, SigningKeyStage, TokenPolicy};
use std::iter;

/// The longest life of anything that a key of the provider signs: an ID token may be asked to live for a day.
const LONGEST_LIFE_OF_THE_PROVIDERS: TimeDelta = TimeDelta::days(1);

/// What the provider signs by. Every client can check RS256 (OpenID Connect Core 1.0, section 15.1); the others are shorter
/// and faster.
pub const ALGORITHMS_OF_THE_PROVIDER: [SigningAlgorithm; 3] = [
    SigningAlgorithm::Rs256,
    SigningAlgorithm::Es256,
    SigningAlgorithm::EdDsa,
];

/// What clients may sign by to show who they are (RFC 7518, section 3.1; RFC 8037).
pub const ALGORITHMS_OF_CLIENTS: [&str; 4] = ["PS256", "ES256", "EdDSA", "RS256"];

/// Keys of which one signs at a time, and one is to be the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Succession {
    /// Those of sessions, whose algorithm may change.
    Sessions,
    /// Those of the provider of one algorithm: its clients differ in what they can check.
    Provider(SigningAlgorithm),
}

impl Succession {
    /// All of them.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        iter::once(Self::Sessions).chain(ALGORITHMS_OF_THE_PROVIDER.map(Self::Provider))
    }

    /// What its keys sign.
    pub(crate) const fn purpose(self) -> SigningKeyPurpose {
        match self {
            Self::Sessions => SigningKeyPurpose::Session,
            Self::Provider(_) => SigningKeyPurpose::Provider,
        }
    }

    /// Those of the keys that are in it.
    pub(crate) fn of(self, keys: &[SigningKey]) -> Vec<SigningKey> {
        keys.iter().filter(|key| self.has(key)).cloned().collect()
    }

    /// Whether its first key signs as soon as it is there. Those of the provider are published first, like all that follow:
    /// a service has the set of its keys before there is a token to check.
    pub(crate) const fn begins_at_once(self) -> bool {
        matches!(self, Self::Sessions)
    }

    /// How long anything is good that its keys sign, at the most.
    pub(crate) fn longest_life(self, tokens: &TokenPolicy) -> TimeDelta {
        match self {
            Self::Sessions => tokens.access_token_life,
            Self::Provider(_) => LONGEST_LIFE_OF_THE_PROVIDERS,
        }
    }

    fn has(self, key: &SigningKey) -> bool {
        key.purpose == self.purpose()
            && match self {
                Self::Sessions => true,
                Self::Provider(algorithm) => key.algorithm == algorithm,
            }
    }
}

/// The key that signs, of keys of one succession.
pub(crate) fn current(keys: &[SigningKey]) -> Option<&SigningKey> {
    keys.iter().find(|key| key.stage() == SigningKeyStage::Current)
}
