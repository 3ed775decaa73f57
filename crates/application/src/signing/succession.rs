//! Keys of which one signs at a time.

use portcullis_domain::{SigningAlgorithm, SigningKey, SigningKeyPurpose, SigningKeyStage};

/// Keys of which one signs at a time, and one is to be the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Succession {
    /// Those of sessions, whose algorithm may change.
    Sessions,
    /// Those of the provider of one algorithm: its clients differ in what they can check.
    Provider(SigningAlgorithm),
}

impl Succession {
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
