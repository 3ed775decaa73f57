//! What of a token revocations are about.

use std::time::SystemTime;
use uuid::Uuid;

/// The families that a token belongs to and when it was issued: what revocations are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Each by its id, with the generation that the token has in it. A token of a session has one family; one of a client
    /// has its client's, and its grant's or, where there is none, its own.
    pub(crate) families: [Option<(Uuid, u64)>; 2],
    /// `iat`.
    pub(crate) issued_at: SystemTime,
}
