//! Keys that the store keeps, encrypted under keys that it does not have.
//!
//! The encrypted form is a version (1 byte), a random nonce (12) and the output of AES-256-GCM (RFC 5116, section 5.2)
//! with its tag (16).

use crate::derivation::derived;
use crate::keys::Keys;
use anyhow::anyhow;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use portcullis_application::ports::Entropy;
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Another form needs another one.
const VERSION: u8 = 1;

/// Which `SECRET_KEY` something was encrypted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKeyAge {
    /// `SECRET_KEY`.
    Current,
    /// `SECRET_KEY_PREVIOUS`.
    Previous,
}

/// The keys that encrypt the keys of one purpose. Prints nothing.
#[derive(Clone)]
pub(crate) struct WrappingKeys {
    current: Arc<LessSafeKey>,
    previous: Option<Arc<LessSafeKey>>,
}

/// What was encrypted.
pub(crate) struct Decrypted {
    pub(crate) plaintext: Zeroizing<Vec<u8>>,
    pub(crate) by: SecretKeyAge,
}

impl WrappingKeys {
    /// Derives them from `SECRET_KEY` and its predecessor, for one purpose.
    pub(crate) fn derive(keys: &Keys, salt: &[u8; 32], purpose: &[u8]) -> Self {
        let derive = |key| {
            let key: UnboundKey = derived(key, salt, purpose, &AES_256_GCM);
            Arc::new(LessSafeKey::new(key))
        };
        Self {
            current: derive(&keys.current),
            previous: keys.previous.as_ref().map(derive),
        }
    }

    /// Whether there is a key before the current one.
    pub(crate) const fn has_previous(&self) -> bool {
        self.previous.is_some()
    }

    /// Encrypts by the current key. Only with the same `context` is it decrypted again.
    pub(crate) fn encrypt(&self, plaintext: &[u8], context: &[u8], entropy: &dyn Entropy) -> anyhow::Result<Vec<u8>> {
        let nonce: [u8; NONCE_LEN] = entropy.bytes();
        // A failure may leave plaintext in it, which is wiped.
        let mut text = Zeroizing::new(plaintext.to_vec());
        let tag = self
            .current
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut text)
            .map_err(|_| anyhow!("encrypting a key failed"))?;
        Ok([&[VERSION], &nonce[..], &text, tag.as_ref()].concat())
    }

    /// Decrypts by the current key or the one before. `None` for what neither encrypted in this `context`, or what was
    /// changed since.
    pub(crate) fn decrypt(&self, encrypted: &[u8], context: &[u8]) -> Option<Decrypted> {
        let (version, rest) = encrypted.split_first()?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_LEN>()?;
        if *version != VERSION {
            return None;
        }
        let current = (&self.current, SecretKeyAge::Current);
        let previous = self.previous.iter().map(|key| (key, SecretKeyAge::Previous));
        std::iter::once(current).chain(previous).find_map(|(key, by)| {
            let mut text = Zeroizing::new(ciphertext.to_vec());
            let nonce = Nonce::assume_unique_for_key(*nonce);
            let length = key.open_in_place(nonce, Aad::from(context), &mut text).ok()?.len();
            text.truncate(length);
            Some(Decrypted { plaintext: text, by })
        })
    }
}

impl fmt::Debug for WrappingKeys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("WrappingKeys(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OsEntropy, SecretKey};
    use portcullis_domain::SecretText;

    const SALT: [u8; 32] = [7; 32];

    fn key(text: &str) -> SecretKey {
        SecretKey::parse(SecretText::new(text.to_owned())).unwrap()
    }

    fn wrapping(current: &str, previous: Option<&str>, salt: &[u8; 32], purpose: &[u8]) -> WrappingKeys {
        let keys = Keys {
            current: key(current),
            previous: previous.map(key),
        };
        WrappingKeys::derive(&keys, salt, purpose)
    }

    const OLD: &str = "Zx8sT1nWq4RmVy6KjB3hF7dGp2cLa9eM";
    const NEW: &str = "kR7vQ2mXz9LtWb4YpN6cJ8fHs3gDd5eU";

    fn decrypted(keys: &WrappingKeys, encrypted: &[u8], context: &[u8]) -> Option<(Vec<u8>, SecretKeyAge)> {
        let Decrypted { plaintext, by } = keys.decrypt(encrypted, context)?;
        Some((plaintext.to_vec(), by))
    }

    #[test]
    fn only_the_same_key_salt_purpose_and_context_decrypt() {
        let encrypted = wrapping(OLD, None, &SALT, b"p")
            .encrypt(b"private", b"c", &OsEntropy)
            .unwrap();
        let plaintext = |by| Some((b"private".to_vec(), by));
        for (keys, context, expected) in [
            (wrapping(OLD, None, &SALT, b"p"), b"c", plaintext(SecretKeyAge::Current)),
            (
                wrapping(NEW, Some(OLD), &SALT, b"p"),
                b"c",
                plaintext(SecretKeyAge::Previous),
            ),
            (wrapping(NEW, None, &SALT, b"p"), b"c", None),
            (wrapping(OLD, None, &[8; 32], b"p"), b"c", None),
            (wrapping(OLD, None, &SALT, b"q"), b"c", None),
            (wrapping(OLD, None, &SALT, b"p"), b"d", None),
        ] {
            assert_eq!(decrypted(&keys, &encrypted, context), expected);
        }
    }

    #[test]
    fn what_was_changed_anywhere_is_not_decrypted() {
        let keys = wrapping(NEW, Some(OLD), &SALT, b"p");
        let encrypted = keys.encrypt(b"private", b"c", &OsEntropy).unwrap();
        assert_eq!(encrypted.len(), 1 + NONCE_LEN + b"private".len() + 16);
        for place in 0..encrypted.len() {
            let mut changed = encrypted.clone();
            changed[place] ^= 1;
            assert_eq!(decrypted(&keys, &changed, b"c"), None, "byte {place}");
            assert_eq!(decrypted(&keys, &encrypted[..place], b"c"), None, "cut at {place}");
        }
        assert_eq!(decrypted(&keys, &[encrypted, vec![0]].concat(), b"c"), None);
    }

    /// Version and nonce, and what follows.
    fn parts(encrypted: &[u8]) -> [&[u8]; 2] {
        encrypted.split_at(1 + NONCE_LEN).into()
    }

    #[test]
    fn the_same_plaintext_is_encrypted_differently_each_time() {
        let keys = wrapping(NEW, None, &SALT, b"p");
        let encrypt = || keys.encrypt(b"private", b"c", &OsEntropy).unwrap();
        let [one, other] = [encrypt(), encrypt()];
        let ([nonce, text], [other_nonce, other_text]) = (parts(&one), parts(&other));
        assert_ne!(nonce, other_nonce);
        assert_ne!(text, other_text);
    }
}
