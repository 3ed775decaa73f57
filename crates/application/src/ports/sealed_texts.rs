//! Texts that travel through others' hands and come back as they were.

use portcullis_domain::SecretText;
use shaku::Interface;

/// What a sealed text is. One is never taken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sealed {
    /// What a sign-in at another provider was begun with.
    SocialAttempt,
    /// A code that an app gets for somebody who signed in at another provider.
    SocialCode,
}

/// Encrypts and authenticates a text, so that nobody reads or changes it on its way. It is bound to what its reader has to
/// show besides.
pub trait SealedTexts: Interface {
    /// The sealed text, of characters that stand in an address as they are.
    ///
    /// # Errors
    /// The cipher failed.
    fn seal(&self, what: Sealed, bound_to: &str, text: &str) -> anyhow::Result<SecretText>;

    /// The text, if it was sealed as that and bound to that, by this key or the one before it.
    fn open(&self, what: Sealed, bound_to: &str, sealed: &str) -> Option<SecretText>;
}
