//! Keys that are derived from `SECRET_KEY`, one for each purpose.

use crate::keys::SecretKey;
use aws_lc_rs::hkdf;

/// Derives the key of one purpose by HKDF-SHA-256 (RFC 5869) from `SECRET_KEY` and the store's `salt`.
///
/// `purpose` is HKDF's `info`: who has one purpose's key can't make another's, and who shares `SECRET_KEY` without the
/// salt can't make any. `form` is a key of at most 32 bytes.
#[expect(
    clippy::expect_used,
    reason = "HKDF fails only for outputs above 255 digests, and this is one digest at most"
)]
pub(crate) fn derived<L, K>(key: &SecretKey, salt: &[u8; 32], purpose: &[u8], form: L) -> K
where
    L: hkdf::KeyType,
    K: for<'a> From<hkdf::Okm<'a, L>>,
{
    let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(key.expose());
    let info = [purpose];
    extracted
        .expand(&info, form)
        .expect("at most one digest can be derived")
        .into()
}
