//! The credential that a client shows to stay signed in.

use crate::generation::Generation;
use crate::ids::SessionId;
use std::fmt;
use zeroize::Zeroizing;

/// What carries a refresh token between a client and the server. A token that was given by one is worth nothing by the
/// other: what is forgiven to a browser's cookies is not forgiven to whoever got hold of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Carrier {
    /// The bodies of requests and answers. The client keeps the token.
    Body,
    /// A cookie, which a browser keeps and no script reads.
    Cookie,
}

/// A refresh token, taken apart. It says what it claims to be; nobody has checked the proof yet.
#[derive(Debug, Clone)]
pub struct RefreshToken {
    /// The session that it claims to be of.
    pub session_id: SessionId,
    /// The generation that it claims to be.
    pub generation: Generation,
    /// What it came by.
    pub carrier: Carrier,
    /// Shows that the token was made by us.
    pub proof: RefreshTokenProof,
}

/// The part of a refresh token that only its maker can compute: 32 bytes. Prints nothing, wiped on drop.
#[derive(Clone)]
pub struct RefreshTokenProof(Zeroizing<[u8; Self::BYTES]>);

impl RefreshTokenProof {
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

impl fmt::Debug for RefreshTokenProof {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("RefreshTokenProof(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_prints_nothing() {
        let proof = RefreshTokenProof::new([0xab; RefreshTokenProof::BYTES]);
        assert_eq!(format!("{proof:?}"), "RefreshTokenProof(…)");
    }
}
