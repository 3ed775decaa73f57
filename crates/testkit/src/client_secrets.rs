//! Secrets of clients that take no cryptography.

use portcullis_application::ports::ClientSecrets;
use portcullis_domain::{Digest32, SecretText};
use shaku::Component;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Writes the first random bytes plainly.
#[derive(Clone, Copy, Default, Component)]
#[shaku(interface = ClientSecrets)]
pub struct FakeClientSecrets;

impl ClientSecrets for FakeClientSecrets {
    fn issue(&self, random: [u8; 32]) -> (SecretText, Digest32) {
        let text = SecretText::new(format!("fake_secret-{:?}", &random[..8]));
        let digest = self.digest(&text);
        (text, digest)
    }

    fn digest(&self, text: &SecretText) -> Digest32 {
        let mut hasher = DefaultHasher::new();
        text.expose().hash(&mut hasher);
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&hasher.finish().to_be_bytes());
        Digest32::new(bytes)
    }

    fn find(&self, shown: &SecretText, digests: &[Digest32]) -> Option<usize> {
        let shown = self.digest(shown);
        digests.iter().position(|digest| *digest == shown)
    }
}
