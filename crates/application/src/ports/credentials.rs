//! Credentials in the store.

use super::store_error::StoreResult;
use portcullis_domain::{Credentials, Email, PasswordHash, User, UserId};

/// The credentials of users, inside a unit of work. A unit that writes credentials holds the user's row
/// ([`UserRepository::lock`](super::UserRepository::lock)), or adds the user.
pub trait CredentialRepository {
    /// The credentials of that user; `None` where there is no such user.
    fn find(&mut self, user: UserId) -> StoreResult<Option<Credentials>>;

    /// The user of that address and their credentials, in one read.
    fn find_by_email(&mut self, email: &Email) -> StoreResult<Option<(User, Credentials)>>;

    /// Gives a user that password, whether they have another or none.
    fn set_password(&mut self, user: UserId, hash: &PasswordHash) -> StoreResult<()>;

    /// Takes a user's password away, if there is one.
    fn remove_password(&mut self, user: UserId) -> StoreResult<()>;

    /// Writes another hash over the one that was checked, only if that one still stands there; `false` means that it
    /// does not, and that nothing was written.
    fn replace_password(&mut self, user: UserId, checked: &PasswordHash, hash: &PasswordHash) -> StoreResult<bool>;
}
