//! Identities at other providers in the store.

use super::store_error::StoreResult;
use chrono::{DateTime, Utc};
use portcullis_domain::{IdentityId, IdentityKey, IdentityLabel, LinkedIdentity, UserId};

/// The identities that accounts are linked with, inside a unit of work. A unit that writes those of a user holds the user's row
/// ([`UserRepository::lock`](super::UserRepository::lock)), or adds the user.
pub trait IdentityRepository {
    /// Whose identity that is, byte for byte.
    fn find(&mut self, key: &IdentityKey) -> StoreResult<Option<LinkedIdentity>>;

    /// Those of a user, the oldest first. There are few: see [`LinkedIdentity::AT_MOST`].
    fn list(&mut self, user: UserId) -> StoreResult<Vec<LinkedIdentity>>;

    /// Adds one. [`StoreError::Conflict`](super::StoreError::Conflict) where somebody has it already.
    fn insert(&mut self, identity: &LinkedIdentity) -> StoreResult<()>;

    /// Notes that somebody signed in by it, and what it is called now; `false` where it is there no more.
    fn note_use(&mut self, id: IdentityId, at: DateTime<Utc>, label: Option<&IdentityLabel>) -> StoreResult<bool>;

    /// Removes one of that user; `false` where it is there no more.
    fn delete(&mut self, user: UserId, id: IdentityId) -> StoreResult<bool>;
}
