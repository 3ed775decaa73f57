//! Who calls, and by what right.

use crate::ports::Store;
use chrono::{DateTime, Utc};
use portcullis_domain::{Acr, AuditReason, Origin, Session, SessionId, StepUpNeeded, User, UserId};

/// A signed-in user: a valid access token or the cookie of a browser's session was shown, and the store confirmed that its
/// session is live and its user active. Only the check in this crate makes one, so a use case that takes it can't be reached without.
#[derive(Debug, Clone)]
pub struct Actor {
    user: User,
    session: Session,
    origin: Origin,
}

impl Actor {
    pub(crate) fn new(user: User, session: Session, origin: Origin) -> Self {
        Self { user, session, origin }
    }

    /// The user as the store had it at the check.
    #[must_use]
    pub fn user(&self) -> &User {
        &self.user
    }

    /// The session that the access token or the cookie belongs to.
    #[must_use]
    pub fn session_id(&self) -> SessionId {
        self.session.id
    }

    /// The session as the store had it at the check: when and by what its user proved who they are, among others.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Whether the user proved lately who they are, or proves it just now so well. See [`Session::require_fresh_proof`].
    pub(crate) fn require_fresh_proof(&self, now: DateTime<Utc>, proved_now: Option<Acr>) -> Result<(), StepUpNeeded> {
        self.session.require_fresh_proof(&self.user, now, proved_now)
    }

    /// Where the request comes from.
    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    fn caller(&self) -> Caller {
        Caller {
            user_id: self.user.id,
            session_id: self.session.id,
            origin: self.origin.clone(),
        }
    }
}

/// A signed-in user who is an administrator, as the store says, not the token. Only the check in this crate makes one.
#[derive(Debug, Clone)]
pub struct Admin(Actor);

impl Admin {
    pub(crate) fn new(actor: Actor) -> Self {
        Self(actor)
    }

    /// The administrator as a user like any other.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.0
    }

    /// The right to work on other people's accounts.
    #[must_use]
    pub fn authority(&self) -> Authority {
        Authority(By::Administrator(self.0.caller()))
    }
}

/// The person who runs the server. The right to that is being able to open the store, so this is made of the store. HTTP
/// is given no store.
#[derive(Debug, Clone, Copy)]
pub struct Operator(());

impl Operator {
    /// The person who holds this store.
    #[must_use]
    pub fn holding(_: &dyn Store) -> Self {
        Self(())
    }

    /// The right to work on other people's accounts.
    #[must_use]
    pub fn authority(&self) -> Authority {
        Authority(By::Operator)
    }
}

/// The right to work on other people's accounts: an [`Admin`] has it, and an [`Operator`]. Nothing else makes one.
#[derive(Debug, Clone)]
pub struct Authority(By);

/// By whom a unit of work is done, which its events tell.
#[derive(Debug, Clone)]
pub(crate) enum By {
    /// Somebody who is not signed in.
    Anybody(Origin),
    /// A signed-in user, on their own account.
    User(Caller),
    /// An administrator, on other people's accounts.
    Administrator(Caller),
    /// The person who runs the server, by its command line.
    Operator,
    /// The server itself, because a setting says so.
    Setting,
    /// The server itself, because it is time.
    Schedule,
    /// The server itself.
    Server,
}

/// A signed-in user in their session, as far as events tell of them.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) user_id: UserId,
    pub(crate) session_id: SessionId,
    origin: Origin,
}

impl By {
    /// The signed-in user, if it is one.
    pub(crate) fn caller(&self) -> Option<&Caller> {
        match self {
            Self::User(caller) | Self::Administrator(caller) => Some(caller),
            Self::Anybody(_) | Self::Operator | Self::Setting | Self::Schedule | Self::Server => None,
        }
    }

    /// The place that the act comes from.
    pub(crate) fn origin(&self) -> Origin {
        match self {
            Self::Anybody(origin) => origin.clone(),
            Self::User(caller) | Self::Administrator(caller) => caller.origin.clone(),
            Self::Operator => Origin::local("portcullis command line"),
            Self::Setting | Self::Schedule | Self::Server => Origin::local("portcullis server"),
        }
    }

    /// The reason for all of it, where there is one.
    pub(crate) fn reason(&self) -> Option<AuditReason> {
        match self {
            Self::Anybody(_) | Self::User(_) | Self::Server => None,
            Self::Administrator(_) => Some(AuditReason::Administrator),
            Self::Operator => Some(AuditReason::CommandLine),
            Self::Setting => Some(AuditReason::Setting),
            Self::Schedule => Some(AuditReason::Schedule),
        }
    }
}

impl From<&Actor> for By {
    fn from(actor: &Actor) -> Self {
        Self::User(actor.caller())
    }
}

impl From<Authority> for By {
    fn from(authority: Authority) -> Self {
        authority.0
    }
}
