//! The credential that a client shows to stay signed in.

use crate::generation::Generation;
use crate::ids::SessionId;
use crate::token_proof::TokenProof;

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
    pub proof: TokenProof,
}
