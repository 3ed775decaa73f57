//! Who calls.

use portcullis_domain::{RefreshToken, SessionId, User};

/// A signed-in user: a valid access token was shown, and the store confirmed that its session is live and its user
/// active. Only the check in this crate makes one, so a use case that takes it can't be reached without.
#[derive(Debug, Clone)]
pub struct Actor {
    user: User,
    session: RefreshToken,
}

impl Actor {
    pub(crate) fn new(user: User, session: RefreshToken) -> Self {
        Self { user, session }
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
}
