//! Passwords that are not worth hashing, since everybody would try them.

use crate::ports::HasherError;
use async_trait::async_trait;
use portcullis_domain::{Email, FullName, Password};
use shaku::Interface;

/// Knows what is tried first where somebody guesses a password.
///
/// An implementation takes a bounded time for any password, takes it from no thread that answers other calls, and bounds the
/// work that it takes on: beyond its bound it refuses at once. It finds nothing where whoever runs the server wants no such
/// check.
#[async_trait]
pub trait CommonPasswords: Interface {
    /// Whether somebody who knows the account's address and name would soon guess the password.
    async fn include(&self, password: &Password, email: &Email, full_name: &FullName) -> Result<bool, HasherError>;
}

/// That a password was not set. Says nothing of the password itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this password is among the first that anybody would guess; take several words that have nothing to do with each other \
     or with you, or have a password manager make one"
)]
pub struct TooCommon;
