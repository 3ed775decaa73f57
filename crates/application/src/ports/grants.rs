//! Grants in the store: one row from the code to the last refresh.

use super::sessions::Swept;
use super::store_error::StoreResult;
use chrono::{DateTime, Utc};
use portcullis_domain::{
    AuditReason, ClientMember, Consent, Ending, Generation, Grant, GrantId, RegistrationId, Revocation, Session,
    SessionId, User, UserId,
};

/// A grant, and what it hangs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantInUse {
    /// The grant.
    pub grant: Grant,
    /// Who gave it.
    pub user: User,
    /// The session that it came from, as long as that is kept.
    pub session: Option<Session>,
    /// What the user lets the client do.
    pub consent: Option<Consent>,
    /// What the user is to the client, where they are a member of it.
    pub member: Option<ClientMember>,
}

/// How many grants are in use, and by how many people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LiveGrants {
    /// The users who gave them.
    pub users: u64,
    /// The grants.
    pub grants: u64,
}

/// Grants, inside a unit of work.
pub trait GrantRepository {
    /// Adds a grant.
    fn insert(&mut self, grant: &Grant) -> StoreResult<()>;

    /// The grant of that id.
    fn find(&mut self, id: GrantId) -> StoreResult<Option<Grant>>;

    /// The grant of that id and what it hangs on, in one read: what was true at one moment.
    fn find_in_use(&mut self, id: GrantId) -> StoreResult<Option<GrantInUse>>;

    /// The grants of a user that were not ended and have not expired at `at`, newest first.
    fn list_live(&mut self, user: UserId, at: DateTime<Utc>) -> StoreResult<Vec<Grant>>;

    /// How many grants of a client were not ended and have not expired at `at`, and how many users gave them.
    fn count_live(&mut self, client: RegistrationId, at: DateTime<Utc>) -> StoreResult<LiveGrants>;

    /// Writes a grant whose code was redeemed, only if it was neither redeemed nor ended before; whether it was written.
    fn redeem(&mut self, redeemed: &Grant) -> StoreResult<bool>;

    /// Writes the rotated grant `next` over the one of generation `spent`, only if it still is of that generation and not
    /// ended; whether it was written.
    fn advance(&mut self, spent: Generation, next: &Grant) -> StoreResult<bool>;

    /// Looks at up to `batch` grants behind `after` in the order of their ids, and removes those that nobody needs.
    fn sweep(&mut self, after: Option<GrantId>, over: SweepGrants, batch: usize) -> StoreResult<Swept<GrantId>>;
}

/// Which grants nobody needs any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SweepGrants {
    /// Those whose code could be redeemed until before then, and was not.
    pub codes_before: DateTime<Utc>,
    /// Those that ended, by time or before their time, before then. Their last access token has expired by then, too.
    pub ended_before: DateTime<Utc>,
}

/// Which grants are to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantsToEnd {
    /// That one.
    One(GrantId),
    /// Those that end with that session.
    OfSession(SessionId),
    /// Those that end with one of the user's sessions, but for those of the session that is kept.
    OfSessions {
        /// The user.
        user: UserId,
        /// The session that goes on.
        kept: Option<SessionId>,
    },
    /// Those of the user, but for those that end with the session that is kept.
    OfUser {
        /// The user.
        user: UserId,
        /// The session that goes on.
        kept: Option<SessionId>,
    },
    /// Those of the user with that client.
    OfClient {
        /// The user.
        user: UserId,
        /// The client.
        client: RegistrationId,
    },
    /// Those of the user with that client but the newest ones.
    Oldest {
        /// The user.
        user: UserId,
        /// The client.
        client: RegistrationId,
        /// How many go on.
        keep: usize,
    },
}

/// Ends grants and makes their access tokens worthless, inside a unit of work.
///
/// Each call also adds the [`Revocation`]s to those that other servers read, in the same unit, and gives them. Use cases ask
/// their unit, which alone calls these.
pub trait GrantEndings {
    /// Ends grants that were not ended yet, whether their code was redeemed or not. Where there are several, the unit holds
    /// the user's row or has ended the session before, or two units may wait for one another.
    fn end(&mut self, which: GrantsToEnd, reason: AuditReason, ending: &Ending) -> StoreResult<Vec<Revocation>>;

    /// Looks at up to `batch` grants behind `after` in the order of their ids, and ends those that were not ended yet, whoever's
    /// they are. Names none of them: for a store that was put back to an earlier state.
    fn end_next(
        &mut self,
        after: Option<GrantId>,
        reason: AuditReason,
        ending: &Ending,
        batch: usize,
    ) -> StoreResult<Swept<GrantId>>;

    /// Makes the access tokens worthless that the grant gave out up to that generation, and leaves the grant; `None` where it
    /// has ended, or is not there.
    fn outdate(&mut self, id: GrantId, through: Generation, ending: &Ending) -> StoreResult<Option<Revocation>>;
}
