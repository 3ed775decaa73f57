//! Proofs that a browser hands back what it was given.
//!
//! A proof is the base64url of HMAC-SHA-256 of what it stands beside (1 byte), the length of the browser's secret (8, big
//! endian), that secret, and the text. No two inputs run together.

use crate::hmac_keys::HmacKeys;
use crate::keys::Keys;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_application::ports::{BrowserProofs, HandedOut};
use portcullis_domain::SecretText;
use shaku::Component;

/// HKDF's `info`: what the derived key is for. Another form of the text needs another one.
const KEY_PURPOSE: &[u8] = b"portcullis browser proof v1";

/// The keys of proofs, derived once. Prints nothing.
#[derive(Debug, Clone)]
pub struct BrowserProofKeys(HmacKeys);

impl BrowserProofKeys {
    /// Derives them by HKDF-SHA-256 (RFC 5869) from `SECRET_KEY` and the store's `salt`, so that a browser may be answered
    /// by any server of one store.
    #[must_use]
    pub fn derive(keys: &Keys, salt: &[u8; 32]) -> Self {
        Self(HmacKeys::derive(keys, salt, KEY_PURPOSE))
    }
}

/// [`BrowserProofs`] by HMAC-SHA-256.
#[derive(Component)]
#[shaku(interface = BrowserProofs)]
pub struct HmacBrowserProofs {
    /// Makes and recognizes the proofs.
    keys: BrowserProofKeys,
}

impl BrowserProofs for HmacBrowserProofs {
    fn issue(&self, what: HandedOut, browser: &SecretText, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(code(self.keys.0.current(), what, browser, text))
    }

    fn is_genuine(&self, what: HandedOut, browser: &SecretText, text: &str, proof: &str) -> bool {
        let Ok(proof) = URL_SAFE_NO_PAD.decode(proof) else {
            return false;
        };
        let proves = |key: &hmac::Key| verify_slices_are_equal(code(key, what, browser, text).as_ref(), &proof).is_ok();
        self.keys.0.any(proves)
    }
}

fn code(key: &hmac::Key, what: HandedOut, browser: &SecretText, text: &str) -> hmac::Tag {
    // The numbers stay as they are: a browser may come back to a newer program.
    let number = match what {
        HandedOut::Form => 1,
        HandedOut::Notice => 2,
        HandedOut::Address => 3,
        HandedOut::Stamp => 4,
    };
    let browser = browser.expose().as_bytes();
    let mut context = hmac::Context::with_key(key);
    context.update(&[number]);
    context.update(&u64::try_from(browser.len()).unwrap_or(u64::MAX).to_be_bytes());
    context.update(browser);
    context.update(text.as_bytes());
    context.sign()
}
