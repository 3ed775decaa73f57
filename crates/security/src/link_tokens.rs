//! The secret texts of one-time links and the codes beside them, made by an HMAC of the link's id under a key that the
//! store does not keep.
//!
//! A text is `pml_` and the base64url of HMAC-SHA-256 of `link` and the id. The store keeps its SHA-256. A code is the
//! first eight bytes of HMAC-SHA-256 of `code` and the id, as a number, modulo a million.

use crate::hmac_keys::HmacKeys;
use crate::keys::Keys;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_application::ports::LinkTokens;
use portcullis_domain::{Digest32, LinkId, SecretText};
use shaku::Component;
use zeroize::Zeroizing;

/// Lets scanners for leaked secrets find a link's text.
const PREFIX: &str = "pml_";
const TOKEN_BYTES: usize = 32;
/// Length of [`TOKEN_BYTES`] in base64url without padding.
const ENCODED_BYTES: usize = (TOKEN_BYTES * 4).div_ceil(3);
/// HKDF's `info`: what the derived key is for. Another form of the text needs another one.
const KEY_PURPOSE: &[u8] = b"portcullis one-time link v1";
const LINK_PURPOSE: &[u8] = b"link";
const CODE_PURPOSE: &[u8] = b"code";
/// How many codes there are.
const CODES: u64 = 1_000_000;

/// The keys of one-time links, derived once. Prints nothing.
#[derive(Debug, Clone)]
pub struct LinkTokenKeys(HmacKeys);

impl LinkTokenKeys {
    /// Derives them by HKDF-SHA-256 (RFC 5869) from `SECRET_KEY` and the store's `salt`, so that neither the store alone
    /// nor who shares `SECRET_KEY` can make a link's text.
    #[must_use]
    pub fn derive(keys: &Keys, salt: &[u8; 32]) -> Self {
        Self(HmacKeys::derive(keys, salt, KEY_PURPOSE))
    }
}

/// [`LinkTokens`] by HMAC-SHA-256.
#[derive(Component)]
#[shaku(interface = LinkTokens)]
pub struct HmacLinkTokens {
    /// Makes the texts. Which of them fits is told by the digest in the store.
    keys: LinkTokenKeys,
}

impl LinkTokens for HmacLinkTokens {
    fn issue(&self, link: LinkId) -> SecretText {
        let tag = signed(self.keys.0.current(), LINK_PURPOSE, link);
        let mut text = String::with_capacity(PREFIX.len() + ENCODED_BYTES);
        text.push_str(PREFIX);
        URL_SAFE_NO_PAD.encode_string(tag.as_ref(), &mut text);
        SecretText::new(text)
    }

    fn digest(&self, raw: &str) -> Option<Digest32> {
        let encoded = raw.strip_prefix(PREFIX).filter(|text| text.len() == ENCODED_BYTES)?;
        let token = Zeroizing::new(URL_SAFE_NO_PAD.decode(encoded).ok()?);
        (token.len() == TOKEN_BYTES).then(|| digest_of(&token))
    }

    fn code(&self, link: LinkId) -> SecretText {
        SecretText::new(code_of(self.keys.0.current(), link))
    }

    fn is_code(&self, link: LinkId, typed: &SecretText) -> bool {
        let typed: Zeroizing<String> = Zeroizing::new(
            typed
                .expose()
                .chars()
                .filter(|character| !character.is_whitespace())
                .collect(),
        );
        self.keys.0.any(|key| {
            let code = Zeroizing::new(code_of(key, link));
            verify_slices_are_equal(code.as_bytes(), typed.as_bytes()).is_ok()
        })
    }

    fn browser(&self, secret: &SecretText) -> Digest32 {
        digest_of(secret.expose().as_bytes())
    }
}

fn signed(key: &hmac::Key, purpose: &[u8], link: LinkId) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    context.update(purpose);
    context.update(link.as_uuid().as_bytes());
    context.sign()
}

fn code_of(key: &hmac::Key, link: LinkId) -> String {
    let tag = signed(key, CODE_PURPOSE, link);
    let number = tag
        .as_ref()
        .iter()
        .take(8)
        .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    format!("{:06}", number % CODES)
}

fn digest_of(bytes: &[u8]) -> Digest32 {
    let mut result = [0; 32];
    let digest = digest::digest(&digest::SHA256, bytes);
    result
        .iter_mut()
        .zip(digest.as_ref())
        .for_each(|(to, from)| *to = *from);
    Digest32::new(result)
}
