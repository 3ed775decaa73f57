//! Texts that travel through others' hands, encrypted and authenticated.
//!
//! A sealed text is the base64url of what `key_wrapping` makes of it. It is bound to what it is (1 byte) and to what its
//! reader has to show besides.

use crate::key_wrapping::WrappingKeys;
use crate::keys::Keys;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_application::ports::{Entropy, Sealed, SealedTexts};
use portcullis_domain::SecretText;
use shaku::Component;
use std::sync::Arc;
use zeroize::Zeroizing;

/// HKDF's `info`: what the derived key is for. Another form of what is encrypted needs another one.
const KEY_PURPOSE: &[u8] = b"portcullis sealed text v1";

/// The longest sealed text that is looked at, in bytes.
const MAX_BYTES: usize = 8 * 1024;

/// The keys that encrypt such texts, derived once. Prints nothing.
#[derive(Debug, Clone)]
pub struct SealedTextKeys(WrappingKeys);

impl SealedTextKeys {
    /// Derives them by HKDF-SHA-256 (RFC 5869) from `SECRET_KEY` and the store's `salt`, so that any server of one store opens
    /// what another one sealed.
    #[must_use]
    pub fn derive(keys: &Keys, salt: &[u8; 32]) -> Self {
        Self(WrappingKeys::derive(keys, salt, KEY_PURPOSE))
    }
}

/// [`SealedTexts`] by AES-256-GCM.
#[derive(Component)]
#[shaku(interface = SealedTexts)]
pub struct EncryptedTexts {
    #[shaku(inject)]
    entropy: Arc<dyn Entropy>,
    /// Encrypt the texts.
    keys: SealedTextKeys,
}

impl SealedTexts for EncryptedTexts {
    fn seal(&self, what: Sealed, bound_to: &str, text: &str) -> anyhow::Result<SecretText> {
        let encrypted = self
            .keys
            .0
            .encrypt(text.as_bytes(), &context(what, bound_to), &*self.entropy)?;
        Ok(URL_SAFE_NO_PAD.encode(encrypted).into())
    }

    fn open(&self, what: Sealed, bound_to: &str, sealed: &str) -> Option<SecretText> {
        if sealed.len() > MAX_BYTES {
            return None;
        }
        let encrypted = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let decrypted = self.keys.0.decrypt(&encrypted, &context(what, bound_to))?;
        let text = std::str::from_utf8(&decrypted.plaintext).ok()?;
        Some(Zeroizing::new(text.to_owned()).into())
    }
}

fn context(what: Sealed, bound_to: &str) -> Vec<u8> {
    // The numbers stay as they are: an answer may come back to a newer program.
    let number = match what {
        Sealed::SocialAttempt => 1,
        Sealed::SocialCode => 2,
    };
    [&[number], bound_to.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OsEntropy, SecretKey};

    fn texts(key: &str, previous: Option<&str>) -> EncryptedTexts {
        let parse = |text: &str| SecretKey::parse(SecretText::new(text.to_owned())).unwrap();
        let keys = Keys {
            current: parse(key),
            previous: previous.map(parse),
        };
        EncryptedTexts {
            entropy: Arc::new(OsEntropy),
            keys: SealedTextKeys::derive(&keys, &[7; 32]),
        }
    }

    const OLD: &str = "Zx8sT1nWq4RmVy6KjB3hF7dGp2cLa9eM";
    const NEW: &str = "kR7vQ2mXz9LtWb4YpN6cJ8fHs3gDd5eU";

    #[test]
    fn a_text_is_opened_as_what_it_is_and_with_what_it_is_bound_to() {
        let texts = texts(OLD, None);
        let sealed = texts.seal(Sealed::SocialAttempt, "browser", "a text").unwrap();
        let sealed = sealed.expose();
        assert!(
            sealed
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        );
        let open = |what, bound_to: &str, text: &str| {
            let opened = texts.open(what, bound_to, text);
            opened.map(|text| text.expose().to_owned())
        };
        assert_eq!(
            open(Sealed::SocialAttempt, "browser", sealed),
            Some("a text".to_owned())
        );
        for (what, bound_to, text) in [
            (Sealed::SocialCode, "browser", sealed),
            (Sealed::SocialAttempt, "", sealed),
            (Sealed::SocialAttempt, "another", sealed),
            (Sealed::SocialAttempt, "browser", &sealed[1..]),
            (Sealed::SocialAttempt, "browser", &format!("{sealed}A")),
            (Sealed::SocialAttempt, "browser", ""),
        ] {
            assert_eq!(open(what, bound_to, text), None, "{bound_to} {text}");
        }
    }

    #[test]
    fn a_change_of_the_key_lets_what_is_on_its_way_arrive() {
        let sealed = texts(OLD, None).seal(Sealed::SocialCode, "", "a text").unwrap();
        let opened = |texts: EncryptedTexts| texts.open(Sealed::SocialCode, "", sealed.expose()).is_some();
        assert!(opened(texts(NEW, Some(OLD))));
        assert!(!opened(texts(NEW, None)));
    }
}
