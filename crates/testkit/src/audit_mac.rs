//! Authentication codes that take no key.

use portcullis_application::ports::AuditMac;
use portcullis_domain::Digest32;
use shaku::Component;
use std::hash::{DefaultHasher, Hash, Hasher};

/// A checksum of the message: a changed message is noticed, a clever forger is not.
#[derive(Clone, Copy, Default, Component)]
#[shaku(interface = AuditMac)]
pub struct FakeAuditMac;

impl AuditMac for FakeAuditMac {
    fn sign(&self, message: &[u8]) -> Digest32 {
        let mut bytes = [0; 32];
        for (part, chunk) in bytes.chunks_mut(8).enumerate() {
            let mut hasher = DefaultHasher::new();
            ("audit", part, message).hash(&mut hasher);
            chunk.copy_from_slice(&hasher.finish().to_be_bytes());
        }
        Digest32::new(bytes)
    }

    fn is_genuine(&self, message: &[u8], mac: &Digest32) -> bool {
        self.sign(message) == *mac
    }
}
