//! Sessions in the store: one row a sign-in on a device.

use super::store::StoreResult;
use chrono::{DateTime, Utc};
use portcullis_domain::{Generation, PageRequest, RefreshToken, SessionId, User, UserId};

/// Sessions, inside a unit of work.
pub trait RefreshTokenRepository {
    /// The session of that id.
    fn find(&mut self, id: SessionId) -> StoreResult<Option<RefreshToken>>;

    /// The session of that id and its user, in one read.
    fn find_with_user(&mut self, id: SessionId) -> StoreResult<Option<(RefreshToken, User)>>;

    /// The sessions of a user that are live at `at`, by sign-in, newest first: up to [`PageRequest::to_read`] of them
    /// after the position that the request names.
    fn list_live(&mut self, user: UserId, at: DateTime<Utc>, request: &PageRequest) -> StoreResult<Vec<RefreshToken>>;

    /// Adds a session.
    fn insert(&mut self, token: &RefreshToken) -> StoreResult<()>;

    /// Writes the rotated session `next` over the one of generation `spent`, only if it still is of that generation
    /// and not revoked, and gives its user as they are after that. `None` means that somebody else was first, and that
    /// nothing was written.
    fn advance(&mut self, spent: Generation, next: &RefreshToken) -> StoreResult<Option<User>>;

    /// Ends the session, only if it was not ended yet; `false` means that somebody else was first.
    fn revoke(&mut self, id: SessionId, at: DateTime<Utc>) -> StoreResult<bool>;

    /// Ends all sessions of a user that were not ended yet, save one; how many.
    fn revoke_all(&mut self, user: UserId, except: Option<SessionId>, at: DateTime<Utc>) -> StoreResult<usize>;

    /// Ends all sessions of a user that are live at `at` but the `keep` newest, by sign-in; how many.
    fn revoke_oldest(&mut self, user: UserId, keep: usize, at: DateTime<Utc>) -> StoreResult<usize>;
}
