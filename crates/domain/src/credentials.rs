//! What a person proves who they are with.

use crate::PasswordHash;

/// A user's credentials.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// `None` where the account has no password: then no password signs it in.
    pub password: Option<PasswordHash>,
}
