//! Secret texts of links that take no key.

use portcullis_application::ports::LinkTokens;
use portcullis_domain::{Digest32, LinkId, SecretText};
use shaku::Component;
use std::hash::{DefaultHasher, Hash, Hasher};
use uuid::Uuid;

const PREFIX: &str = "fake_link-";

/// Writes the link's id plainly.
#[derive(Clone, Copy, Default, Component)]
#[shaku(interface = LinkTokens)]
pub struct FakeLinkTokens;

impl LinkTokens for FakeLinkTokens {
    fn issue(&self, link: LinkId) -> SecretText {
        SecretText::new(format!("{PREFIX}{link}"))
    }

    fn digest(&self, raw: &str) -> Option<Digest32> {
        let id = Uuid::try_parse(raw.strip_prefix(PREFIX)?).ok()?;
        Some(digest_of(&id))
    }

    fn code(&self, link: LinkId) -> SecretText {
        let number = u64::from_be_bytes(digest_of(&link).as_bytes()[..8].try_into().unwrap());
        SecretText::new(format!("{:06}", number % 1_000_000))
    }

    fn is_code(&self, link: LinkId, typed: &SecretText) -> bool {
        self.code(link).expose() == typed.expose()
    }

    fn browser(&self, secret: &SecretText) -> Digest32 {
        digest_of(secret.expose())
    }
}

fn digest_of(what: &(impl Hash + ?Sized)) -> Digest32 {
    let mut bytes = [0; 32];
    for (number, part) in bytes.chunks_mut(8).enumerate() {
        let mut hasher = DefaultHasher::new();
        (number, what).hash(&mut hasher);
        part.copy_from_slice(&hasher.finish().to_be_bytes());
    }
    Digest32::new(bytes)
}
