//! The means by which a user can prove who they are.

use crate::PasswordHash;

/// A user's credentials.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// `None` where the account has no password: then no password signs it in.
    pub password: Option<PasswordHash>,
}
