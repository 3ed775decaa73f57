//! Hashing of passwords, which is slow on purpose.

use async_trait::async_trait;
use portcullis_domain::{Password, PasswordHash, PresentedPassword};
use shaku::Interface;

/// Hashes and verifies passwords.
///
/// An implementation bounds the work that it takes on: beyond its bound it refuses at once instead of letting
/// everybody wait. A caller that goes away costs nothing once its turn comes.
#[async_trait]
pub trait PasswordHasher: Interface {
    /// Hashes with a fresh salt at the present cost. Every character counts, however long the password is.
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HasherError>;

    /// Whether `candidate` is the password of `hash`. Without a hash, or where the candidate can be nobody's
    /// password, the answer is `false` after as long as a verification takes. A damaged hash matches nothing.
    async fn verify(&self, candidate: &PresentedPassword, hash: Option<&PasswordHash>) -> Result<bool, HasherError>;

    /// Whether `hash` is weaker than one made now would be.
    fn is_outdated(&self, hash: &PasswordHash) -> bool;
}

/// Why nothing was hashed.
#[derive(Debug, thiserror::Error)]
pub enum HasherError {
    /// As much work waits as may wait; the same call may succeed in a moment.
    #[error("too many passwords wait to be checked")]
    Busy,
    /// Anything else.
    #[error(transparent)]
    Unexpected(#[from] anyhow::Error),
}
