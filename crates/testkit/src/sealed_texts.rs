//! Sealed texts that take no key.

use portcullis_application::ports::{Sealed, SealedTexts};
use portcullis_domain::SecretText;
use shaku::Component;

/// Writes plainly what is sealed, and what it is bound to.
#[derive(Clone, Copy, Default, Component)]
#[shaku(interface = SealedTexts)]
pub struct FakeSealedTexts;

impl SealedTexts for FakeSealedTexts {
    fn seal(&self, what: Sealed, bound_to: &str, text: &str) -> anyhow::Result<SecretText> {
        Ok(SecretText::new(format!("{}{text}", head(what, bound_to))))
    }

    fn open(&self, what: Sealed, bound_to: &str, sealed: &str) -> Option<SecretText> {
        let text = sealed.strip_prefix(&head(what, bound_to))?;
        Some(SecretText::new(text.to_owned()))
    }
}

fn head(what: Sealed, bound_to: &str) -> String {
    format!("sealed-{what:?}-{bound_to}-")
}
