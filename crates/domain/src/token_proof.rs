//! What shows that a token is of our making.

use std::fmt;
use zeroize::Zeroizing;

/// The part of a token that only its maker can compute: 32 bytes. Prints nothing, wiped on drop.
#[derive(Clone)]
pub struct TokenProof(Zeroizing<[u8; Self::BYTES]>);

impl TokenProof {
    /// Its length in bytes.
    pub const BYTES: usize = 32;

    /// Takes the bytes in.
    #[must_use]
    pub fn new(bytes: [u8; Self::BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for what makes and checks tokens.
    #[must_use]
    pub fn expose(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl fmt::Debug for TokenProof {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("TokenProof(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_prints_nothing() {
        let proof = TokenProof::new([0xab; TokenProof::BYTES]);
        assert_eq!(format!("{proof:?}"), "TokenProof(…)");
    }
}
