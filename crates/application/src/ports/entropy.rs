//! Chance.

use shaku::Interface;

/// Gives random bytes that nobody can guess. Ids and secrets are made of them.
pub trait Entropy: Interface {
    /// Fills the whole buffer from a cryptographically secure source.
    fn fill(&self, buffer: &mut [u8]);
}

impl dyn Entropy {
    /// An array of random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}
