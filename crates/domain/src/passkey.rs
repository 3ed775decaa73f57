//! Passkeys: keys of `WebAuthn` (level 2), which a device uses once it has verified its user.

use crate::{Device, Label, PasskeyId, UserId};
use chrono::{DateTime, Utc};
use std::fmt;

/// The most bytes of an id that an authenticator gives a key (`WebAuthn` level 2, section 4).
const MAX_ID_BYTES: usize = 1023;

/// What an authenticator calls a key. No secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CredentialId(Vec<u8>);

impl CredentialId {
    /// Takes the id in; `None` where it is empty or longer than ids may be.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        (1..=MAX_ID_BYTES).contains(&bytes.len()).then_some(Self(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The most bytes of a public half as it is kept: more than the longest keys of the algorithms that are asked for take, with
/// their ids.
const MAX_PUBLIC_HALF_BYTES: usize = 4096;

/// The public half of a passkey, in the form of whoever checks proofs by it. It is kept as it is.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicHalf(Vec<u8>);

impl PublicHalf {
    /// Takes it in; `None` where it is empty or longer than any is.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        (1..=MAX_PUBLIC_HALF_BYTES)
            .contains(&bytes.len())
            .then_some(Self(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for PublicHalf {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PublicHalf(…)")
    }
}

/// What changes of a passkey by its use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyState {
    /// The public half.
    pub key: PublicHalf,
    /// How often the authenticator says that it used the key. Passkeys that are on several devices say 0 for good.
    pub counter: u32,
    /// Whether the key is on more than one device, or in a password manager's cloud.
    pub is_synced: bool,
}

/// A passkey of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Its id here.
    pub id: PasskeyId,
    /// Whose it is.
    pub user_id: UserId,
    /// What its authenticator calls it.
    pub credential_id: CredentialId,
    /// The domain that it was made for (`WebAuthn` level 2, section 4). A browser uses it there alone.
    pub relying_party: String,
    /// What changes by its use.
    pub state: PasskeyState,
    /// What its user calls it.
    pub name: Label,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// Where it was added.
    pub created_on: Device,
    /// When and where it was last used to prove who its user is; `None` where it never was.
    pub last_use: Option<PasskeyUse>,
}

/// When and where a passkey was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyUse {
    /// When.
    pub at: DateTime<Utc>,
    /// Where.
    pub device: Device,
}

impl Passkey {
    /// How many a user may have.
    pub const AT_MOST: usize = 20;
}

/// What keeps the key, as far as that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStorage {
    /// One piece of hardware, which it never leaves.
    Hardware,
    /// Software that may copy it.
    Software,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_keys_have_a_length() {
        assert!(CredentialId::new(Vec::new()).is_none());
        assert!(CredentialId::new(vec![1; MAX_ID_BYTES + 1]).is_none());
        assert_eq!(CredentialId::new(vec![1; MAX_ID_BYTES]).unwrap().as_bytes().len(), 1023);
    }

    #[test]
    fn public_halves_have_a_length() {
        assert!(PublicHalf::new(Vec::new()).is_none());
        assert!(PublicHalf::new(vec![1; MAX_PUBLIC_HALF_BYTES + 1]).is_none());
        assert_eq!(PublicHalf::new(vec![1; 4096]).unwrap().as_bytes().len(), 4096);
    }
}
