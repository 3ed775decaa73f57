//! The credentials that a grant gives out: a code, then refresh tokens.

use crate::{Generation, GrantId, TokenProof};

/// What a credential of a grant is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GrantSecretKind {
    /// To be redeemed, once.
    Code,
    /// To be refreshed.
    RefreshToken,
}

/// A code or refresh token of a client, taken apart. It says what it claims to be; nobody has checked the proof yet.
#[derive(Debug, Clone)]
pub struct GrantSecret {
    /// What it is for.
    pub kind: GrantSecretKind,
    /// The grant that it claims to be of.
    pub grant: GrantId,
    /// The generation that it claims to be; the first one of a code.
    pub generation: Generation,
    /// Shows that we made it.
    pub proof: TokenProof,
}
