//! Passkeys in the store.

use super::store_error::StoreResult;
use chrono::{DateTime, Utc};
use portcullis_domain::{CredentialId, Label, Passkey, PasskeyId, PasskeyState, PasskeyUse, UserId};

/// The passkeys of users, inside a unit of work. A unit that writes them holds the user's row
/// ([`UserRepository::lock`](super::UserRepository::lock)).
pub trait PasskeyRepository {
    /// Adds one that was never used; `false` if there is one, of anybody, that its authenticator calls so.
    fn add(&mut self, passkey: &Passkey) -> StoreResult<bool>;

    /// The one that its authenticator calls so.
    fn find_by_credential(&mut self, id: &CredentialId) -> StoreResult<Option<Passkey>>;

    /// Those of a user, the oldest first: at most [`Passkey::AT_MOST`].
    fn list(&mut self, user: UserId) -> StoreResult<Vec<Passkey>>;

    /// How many a user has.
    fn count(&mut self, user: UserId) -> StoreResult<usize>;

    /// How many there are of all users that were made for another domain than this, or for any.
    fn count_made_for_others(&mut self, relying_party: Option<&str>) -> StoreResult<u64>;

    /// Notes a use, only where the counter is still the one that was seen; whether it was done.
    fn note_use(&mut self, id: PasskeyId, seen: u32, next: &PasskeyState, used: &PasskeyUse) -> StoreResult<bool>;

    /// Gives one of a user's another name; whether there is such a one.
    fn rename(&mut self, user: UserId, id: PasskeyId, name: &Label) -> StoreResult<bool>;

    /// Removes one of a user's; whether there was such a one.
    fn remove(&mut self, user: UserId, id: PasskeyId) -> StoreResult<bool>;

    /// Removes those of a user that were added at that time or later; how many.
    fn remove_added_since(&mut self, user: UserId, since: DateTime<Utc>) -> StoreResult<usize>;

    /// Removes all of a user; how many.
    fn remove_all(&mut self, user: UserId) -> StoreResult<usize>;
}
