//! Users in the store.

use super::store::StoreResult;
use portcullis_domain::{Email, User, UserId};

/// Users, inside a unit of work.
pub trait UserRepository {
    /// The user of that id.
    fn find(&mut self, id: UserId) -> StoreResult<Option<User>>;

    /// The user of that address.
    fn find_by_email(&mut self, email: &Email) -> StoreResult<Option<User>>;

    /// Reads a user and holds the row until the unit ends: until then nobody else changes the user, nor holds it.
    /// Whoever changes a user, or decides by what a user is, takes it by this call, before any of its sessions.
    fn lock(&mut self, id: UserId) -> StoreResult<Option<User>>;

    /// Adds a user. `Conflict` if the email address is taken.
    fn insert(&mut self, user: &User) -> StoreResult<()>;

    /// Writes all of a user that [`lock`](Self::lock) gave; `false` if there is none of that id.
    /// `Conflict` if the email address is taken.
    fn update(&mut self, user: &User) -> StoreResult<bool>;
}
