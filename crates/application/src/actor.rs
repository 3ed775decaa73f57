//! Who calls.

use portcullis_domain::{Origin, Session, SessionId, User};

/// A signed-in user: a valid access token was shown, and the store confirmed that its session is live and its user
/// active. Only the check in this crate makes one, so a use case that takes it can't be reached without.
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

    /// The session that the access token belongs to.
    #[must_use]
    pub fn session_id(&self) -> SessionId {
        self.session.id
    }

    /// Where the call comes from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
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
}
