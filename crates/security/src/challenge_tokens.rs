//! The secret texts of half sign-ins.
//!
//! A text is `pmc_` and the base64url of 32 random bytes. The store keeps its SHA-256.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_application::ports::ChallengeTokens;
use portcullis_domain::{Digest32, SecretText};
use shaku::Component;
use zeroize::Zeroizing;

/// Lets scanners for leaked secrets find a text.
const PREFIX: &str = "pmc_";
const BYTES: usize = 32;
/// Length of [`BYTES`] in base64url without padding.
const ENCODED_BYTES: usize = (BYTES * 4).div_ceil(3);

/// [`ChallengeTokens`] by chance and SHA-256.
#[derive(Debug, Clone, Copy, Component)]
#[shaku(interface = ChallengeTokens)]
pub struct DigestedChallengeTokens;

impl ChallengeTokens for DigestedChallengeTokens {
    fn issue(&self, random: [u8; BYTES]) -> (SecretText, Digest32) {
        let random = Zeroizing::new(random);
        let mut text = String::with_capacity(PREFIX.len() + ENCODED_BYTES);
        text.push_str(PREFIX);
        URL_SAFE_NO_PAD.encode_string(*random, &mut text);
        (text.into(), digest_of(&*random))
    }

    fn digest(&self, raw: &str) -> Option<Digest32> {
        let encoded = raw.strip_prefix(PREFIX).filter(|text| text.len() == ENCODED_BYTES)?;
        let random = Zeroizing::new(URL_SAFE_NO_PAD.decode(encoded).ok()?);
        (random.len() == BYTES).then(|| digest_of(&random))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_known_by_its_digest_and_no_other_text_is() {
        let (text, digest) = DigestedChallengeTokens.issue([7; 32]);
        let (other, another_digest) = DigestedChallengeTokens.issue([8; 32]);
        let text = text.expose();
        assert_eq!(DigestedChallengeTokens.digest(text), Some(digest));
        assert_eq!(DigestedChallengeTokens.digest(other.expose()), Some(another_digest));
        assert_ne!(digest, another_digest);
        for raw in [
            "",
            "pmc_",
            &text[1..],
            &text[..text.len() - 1],
            &format!("{text}A"),
            &format!(" {text}"),
            &text.replacen("pmc_", "pml_", 1),
            &text.to_uppercase(),
        ] {
            assert_eq!(DigestedChallengeTokens.digest(raw), None, "{raw}");
        }
    }
}
