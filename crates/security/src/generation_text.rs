//! The form that tokens of one generation of a session or a grant share: a prefix, and the base64url of id (16 bytes), generation (8,
//! big endian) and proof (32), which is HMAC-SHA-256 of a word for what the token is, id, generation and seed. All other
//! widths are fixed, so no two inputs run together where the words differ.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_domain::{Generation, SecretText, Seed, TokenProof};
use uuid::Uuid;
use zeroize::Zeroizing;

const ID_BYTES: usize = 16;
const GENERATION_BYTES: usize = 8;
const TOKEN_BYTES: usize = ID_BYTES + GENERATION_BYTES + TokenProof::BYTES;
/// Length of [`TOKEN_BYTES`] in base64url without padding.
const ENCODED_BYTES: usize = (TOKEN_BYTES * 4).div_ceil(3);

/// The text of a token.
pub(crate) fn write(prefix: &str, id: Uuid, generation: Generation, proof: &hmac::Tag) -> SecretText {
    let mut token = Zeroizing::new(Vec::with_capacity(TOKEN_BYTES));
    token.extend_from_slice(id.as_bytes());
    token.extend_from_slice(&generation.number().to_be_bytes());
    token.extend_from_slice(proof.as_ref());
    let mut text = String::with_capacity(prefix.len() + ENCODED_BYTES);
    text.push_str(prefix);
    URL_SAFE_NO_PAD.encode_string(&*token, &mut text);
    SecretText::new(text)
}

/// Takes a text apart; `None` where it has not the exact form.
pub(crate) fn read(prefix: &str, raw: &str) -> Option<(Uuid, Generation, TokenProof)> {
    let encoded = raw.strip_prefix(prefix).filter(|text| text.len() == ENCODED_BYTES)?;
    let token = Zeroizing::new(URL_SAFE_NO_PAD.decode(encoded).ok()?);
    let (id, rest) = token.split_first_chunk::<ID_BYTES>()?;
    let (generation, proof) = rest.split_first_chunk::<GENERATION_BYTES>()?;
    Some((
        Uuid::from_bytes(*id),
        Generation::new(u64::from_be_bytes(*generation)),
        TokenProof::new(proof.try_into().ok()?),
    ))
}

/// What the proof is made over.
pub(crate) fn proven(purpose: &[u8], id: Uuid, generation: Generation, seed: &Seed) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(
        purpose.len() + ID_BYTES + GENERATION_BYTES + Seed::BYTES,
    ));
    bytes.extend_from_slice(purpose);
    bytes.extend_from_slice(id.as_bytes());
    bytes.extend_from_slice(&generation.number().to_be_bytes());
    bytes.extend_from_slice(seed.expose());
    bytes
}
