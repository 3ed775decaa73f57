//! Proofs that take no key.

use portcullis_application::ports::{BrowserProofs, HandedOut};
use portcullis_domain::SecretText;
use shaku::Component;
use std::hash::{DefaultHasher, Hash, Hasher};

/// A checksum of what it is given: nobody makes one by accident.
#[derive(Clone, Copy, Default, Component)]
#[shaku(interface = BrowserProofs)]
pub struct FakeBrowserProofs;

impl BrowserProofs for FakeBrowserProofs {
    fn issue(&self, what: HandedOut, browser: &SecretText, text: &str) -> String {
        let mut hasher = DefaultHasher::new();
        (what, browser.expose(), text).hash(&mut hasher);
        format!("fake_proof-{:016x}", hasher.finish())
    }

    fn is_genuine(&self, what: HandedOut, browser: &SecretText, text: &str, proof: &str) -> bool {
        self.issue(what, browser, text) == proof
    }
}
