//! Those who were invited, in the store.

use super::store_error::StoreResult;
use chrono::{DateTime, Utc};
use portcullis_domain::{Email, Invitation, InvitationId, Page, PageRequest};

/// Invitations, inside a unit of work.
pub trait InvitationRepository {
    /// Adds an invitation. `Conflict` if the address is invited already.
    fn insert(&mut self, invitation: &Invitation) -> StoreResult<()>;

    /// The invitation of that id.
    fn find(&mut self, id: InvitationId) -> StoreResult<Option<Invitation>>;

    /// The invitations that are open at `at`, newest first, after the position that the request names.
    fn list_open(&mut self, at: DateTime<Utc>, request: &PageRequest) -> StoreResult<Page<Invitation>>;

    /// Lets an invitation stay open until then.
    fn extend(&mut self, id: InvitationId, expires_at: DateTime<Utc>) -> StoreResult<()>;

    /// Removes an invitation with its links; `false` if there is none of that id.
    fn delete(&mut self, id: InvitationId) -> StoreResult<bool>;

    /// Removes the invitation of that address with its links, if there is one.
    fn delete_by_email(&mut self, email: &Email) -> StoreResult<()>;

    /// Removes up to `limit` invitations that ended before `before`, with their links; how many.
    fn delete_expired(&mut self, before: DateTime<Utc>, limit: usize) -> StoreResult<usize>;
}
