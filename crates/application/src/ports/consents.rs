//! What people let clients do, in the store.

use super::store_error::StoreResult;
use chrono::{DateTime, Utc};
use portcullis_domain::{Consent, RegistrationId, UserId};

/// Consents, inside a unit of work. A user has one at the most with a client.
pub trait ConsentRepository {
    /// What the user lets the client do.
    fn find(&mut self, user: UserId, client: RegistrationId) -> StoreResult<Option<Consent>>;

    /// All of a user's, the one that was given last first.
    fn list(&mut self, user: UserId) -> StoreResult<Vec<Consent>>;

    /// Writes a consent over the one that was there, if any. The unit holds the user's row, or two of them may meet.
    fn put(&mut self, consent: &Consent) -> StoreResult<()>;

    /// Notes a use, where it is later than what stands there.
    fn note_use(&mut self, user: UserId, client: RegistrationId, at: DateTime<Utc>) -> StoreResult<()>;

    /// Takes it back; whether there was one.
    fn delete(&mut self, user: UserId, client: RegistrationId) -> StoreResult<bool>;

    /// Removes up to `limit` consents that were last used before `before`; how many.
    fn delete_unused(&mut self, before: DateTime<Utc>, limit: usize) -> StoreResult<usize>;
}
