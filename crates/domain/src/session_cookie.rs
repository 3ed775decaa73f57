//! The credential that a browser shows to stay signed in.

use crate::generation::Generation;
use crate::ids::SessionId;
use crate::token_proof::TokenProof;

/// The cookie of a browser's session, taken apart. It says what it claims to be; nobody has checked the proof yet.
#[derive(Debug, Clone)]
pub struct SessionCookie {
    /// The session that it claims to be of.
    pub session_id: SessionId,
    /// The generation that it claims to be.
    pub generation: Generation,
    /// Shows that the cookie was made by us.
    pub proof: TokenProof,
}
