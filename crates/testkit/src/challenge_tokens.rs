//! Secret texts of half sign-ins that take no cryptography.

use portcullis_application::ports::ChallengeTokens;
use portcullis_domain::{Digest32, SecretText};
use shaku::Component;
use std::hash::{DefaultHasher, Hash, Hasher};

const PREFIX: &str = "fake_challenge-";

/// Writes the chance plainly.
#[derive(Clone, Copy, Default, Component)]
#[shaku(interface = ChallengeTokens)]
pub struct FakeChallengeTokens;

impl ChallengeTokens for FakeChallengeTokens {
    fn issue(&self, random: [u8; 32]) -> (SecretText, Digest32) {
        let text = format!("{PREFIX}{random:02x?}");
        let digest = digest_of(&text);
        (text.into(), digest)
    }

    fn digest(&self, raw: &str) -> Option<Digest32> {
        raw.starts_with(PREFIX).then(|| digest_of(raw))
    }
}

fn digest_of(text: &str) -> Digest32 {
    let mut bytes = [0; 32];
    for (number, part) in bytes.chunks_mut(8).enumerate() {
        let mut hasher = DefaultHasher::new();
        (number, text).hash(&mut hasher);
        part.copy_from_slice(&hasher.finish().to_be_bytes());
    }
    Digest32::new(bytes)
}
