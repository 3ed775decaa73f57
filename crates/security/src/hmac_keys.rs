//! Keys for authentication codes that outlive a change of `SECRET_KEY`.

use crate::derivation::derived;
use crate::keys::Keys;
use aws_lc_rs::hmac;
use std::fmt;

/// The HMAC-SHA-256 keys of one purpose. Prints nothing.
#[derive(Clone)]
pub(crate) struct HmacKeys {
    current: hmac::Key,
    previous: Option<hmac::Key>,
}

impl HmacKeys {
    /// Derives them from `SECRET_KEY` and its predecessor, for one purpose.
    pub(crate) fn derive(keys: &Keys, salt: &[u8; 32], purpose: &[u8]) -> Self {
        let derive = |key| derived(key, salt, purpose, hmac::HMAC_SHA256);
        Self {
            current: derive(&keys.current),
            previous: keys.previous.as_ref().map(derive),
        }
    }

    /// The key that makes codes.
    pub(crate) fn current(&self) -> &hmac::Key {
        &self.current
    }

    /// Whether a code is of the current key or of the one before.
    pub(crate) fn any(&self, is_of: impl FnMut(&hmac::Key) -> bool) -> bool {
        std::iter::once(&self.current).chain(&self.previous).any(is_of)
    }
}

impl fmt::Debug for HmacKeys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("…")
    }
}
