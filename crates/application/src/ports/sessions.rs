//! Sessions in the store: one row a sign-in on a device.

use super::store_error::StoreResult;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_domain::{
    Consent, Ending, Generation, PageRequest, RegistrationId, Revocation, Session, SessionId, User, UserId,
};

/// Sessions, inside a unit of work.
pub trait SessionRepository {
    /// The session of that id.
    fn find(&mut self, id: SessionId) -> StoreResult<Option<Session>>;

    /// The session of that id and its user, in one read.
    fn find_with_user(&mut self, id: SessionId) -> StoreResult<Option<(Session, User)>>;

    /// Holds the row of that session until the unit ends, and gives the session and its user as they are from then on.
    fn hold_with_user(&mut self, id: SessionId) -> StoreResult<Option<(Session, User)>>;

    /// The session of that id, its user, and what the user lets that client do, in one read.
    fn find_with_consent(
        &mut self,
        id: SessionId,
        client: RegistrationId,
    ) -> StoreResult<Option<(Session, User, Option<Consent>)>>;

    /// Holds the row of that user until the unit ends, and gives the user and the session as they are from then on. `None` where
    /// there is no such user, or the session is none of theirs.
    fn lock_with_user(&mut self, id: SessionId, user: UserId) -> StoreResult<Option<(Session, User)>>;

    /// The sessions of a user that are live at `at`, by sign-in, newest first: up to [`PageRequest::to_read`] of them
    /// after the position that the request names.
    fn list_live(&mut self, user: UserId, at: DateTime<Utc>, request: &PageRequest) -> StoreResult<Vec<Session>>;

    /// Adds a session.
    fn insert(&mut self, session: &Session) -> StoreResult<()>;

    /// Writes the rotated session `next` over the one that was read as `before`, only if it still is of that generation and of
    /// the same proof, is not revoked, has the same generations outdated, and gave out no access token that lives longer; whether
    /// it was written. So of a session that was
    /// up to date, a change of its user that makes access tokens worthless either was read with `before`, or finds the session
    /// as it is from now on. A session that was given out once more is written in the same way, over its own generation.
    fn advance(&mut self, before: &Session, next: &Session) -> StoreResult<bool>;

    /// Writes the session `next`, whose user proved once more who they are, over the one of generation `spent`, only if it
    /// still is of that generation, is not revoked, and gave out no access token that lives longer; whether it was written. It
    /// does not change which generations are outdated.
    fn renew(&mut self, spent: Generation, next: &Session) -> StoreResult<bool>;

    /// How many sessions of a user are live at `at`.
    fn count_live(&mut self, user: UserId, at: DateTime<Utc>) -> StoreResult<usize>;

    /// Notes when sessions were last used, where that is later than what stands there; how many. A session that
    /// somebody else holds is passed over. That of a browser which was live at its use ends `idle` after it, unless its own
    /// end comes first, which whoever reads it judges.
    fn note_use(&mut self, used: &[(SessionId, DateTime<Utc>)], idle: TimeDelta) -> StoreResult<usize>;

    /// Looks at up to `batch` sessions behind `after` in the order of their ids, and removes those that ended before
    /// `before`, by expiry or revocation.
    fn sweep(&mut self, after: Option<SessionId>, before: DateTime<Utc>, batch: usize) -> StoreResult<Swept>;
}

/// Ends sessions and makes access tokens worthless, inside a unit of work.
///
/// Each call also adds the [`Revocation`]s to those that other servers read
/// ([`RevocationRepository`](super::RevocationRepository)), in the same unit, and gives them, so that this server need not
/// read them. Use cases ask their unit, which alone calls these: it tells this server's memory after the commit.
pub trait SessionEndings {
    /// Ends the session, only if it was not ended yet; `None` means that somebody else was first.
    fn revoke(&mut self, id: SessionId, ending: &Ending) -> StoreResult<Option<Revocation>>;

    /// Ends all sessions of a user that were not ended yet, save one.
    fn revoke_all(&mut self, user: UserId, except: Option<SessionId>, ending: &Ending) -> StoreResult<Vec<Revocation>>;

    /// Ends all sessions of a user that are live at the ending but the `keep` newest, by sign-in.
    fn revoke_oldest(&mut self, user: UserId, keep: usize, ending: &Ending) -> StoreResult<Vec<Revocation>>;

    /// Looks at up to `batch` sessions behind `after` in the order of their ids, and ends those that were not ended yet,
    /// whoever's they are. Names none of them: for a store that was put back to an earlier state, where all have to end.
    fn revoke_next(&mut self, after: Option<SessionId>, ending: &Ending, batch: usize) -> StoreResult<Swept>;

    /// Makes tokens worthless that belong to no session: those of a family, up to a generation.
    fn revoke_family(&mut self, revocation: &Revocation) -> StoreResult<()>;

    /// Makes the access tokens worthless that the user's sessions have given out so far, and leaves the sessions.
    fn outdate_all(&mut self, user: UserId, ending: &Ending) -> StoreResult<Vec<Revocation>>;
}

/// What came of a look at some sessions, or some grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swept<I = SessionId> {
    /// How many were ended, or removed.
    pub changed: usize,
    /// The last one that was looked at; `None` where the end was reached.
    pub last: Option<I>,
}
