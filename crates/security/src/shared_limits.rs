//! The key that names what several servers count together.

use crate::derivation::derived;
use crate::keys::Keys;
use aws_lc_rs::hmac;
use std::fmt;

/// HKDF's `info`: what the derived key is for.
const KEY_PURPOSE: &[u8] = b"portcullis shared limits v1";

/// The HMAC-SHA-256 key by which shared counters are named, so that whoever reads them learns no addresses. Prints nothing.
#[derive(Clone)]
pub struct SharedLimitKey(hmac::Key);

impl SharedLimitKey {
    /// Derives it by HKDF-SHA-256 (RFC 5869) from `SECRET_KEY` and the store's `salt`: the servers of one store make the same
    /// names. A change of `SECRET_KEY` begins new counters.
    #[must_use]
    pub fn derive(keys: &Keys, salt: &[u8; 32]) -> Self {
        Self(derived(&keys.current, salt, KEY_PURPOSE, hmac::HMAC_SHA256))
    }

    /// The key itself.
    #[must_use]
    pub fn into_key(self) -> hmac::Key {
        self.0
    }
}

impl fmt::Debug for SharedLimitKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("…")
    }
}
