//! Sealed texts that take no key.

use portcullis_application::ports::{Sealed, SealedTexts};
use portcullis_domain::SecretText;
use shaku::Component;
use std::sync::atomic::{AtomicU64, Ordering};

/// What was sealed so far: no two texts are alike, as real ones are not.
static SEALED: AtomicU64 = AtomicU64::new(0);

/// Writes plainly what is sealed, and what it is bound to.
#[derive(Clone, Copy, Default, Component)]
#[shaku(interface = SealedTexts)]
pub struct FakeSealedTexts;

impl SealedTexts for FakeSealedTexts {
    fn seal(&self, what: Sealed, bound_to: &str, text: &str) -> anyhow::Result<SecretText> {
        let number = SEALED.fetch_add(1, Ordering::Relaxed);
        Ok(SecretText::new(format!("{}{number}-{text}", head(what, bound_to))))
    }

    fn open(&self, what: Sealed, bound_to: &str, sealed: &str) -> Option<SecretText> {
        let (_, text) = sealed.strip_prefix(&head(what, bound_to))?.split_once('-')?;
        Some(SecretText::new(text.to_owned()))
    }
}

fn head(what: Sealed, bound_to: &str) -> String {
    format!("sealed-{what:?}-{bound_to}-")
}
