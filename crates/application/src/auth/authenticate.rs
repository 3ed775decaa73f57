//! Who shows an access token.

use super::AuthServiceImpl;
use crate::actor::Actor;
use crate::ports::{StoreError, TokenError};

/// Why the caller stays unknown.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticateError {
    /// Not a valid token, or of a session that is over, or of a user who is gone.
    #[error("the access token is not valid")]
    Invalid,
    /// The account was disabled.
    #[error("the account is disabled")]
    AccountDisabled,
    /// The session was not read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AuthServiceImpl {
    pub(super) async fn authenticate(&self, access_token: &str) -> Result<Actor, AuthenticateError> {
        let now = self.clock.now();
        let claims = self
            .access_tokens
            .verify(access_token, now)
            .map_err(|error| match error {
                TokenError::Invalid => AuthenticateError::Invalid,
                TokenError::Unexpected(error) => AuthenticateError::Store(StoreError::Unexpected(error)),
            })?;
        let found = self
            .store
            .look_up(move |repositories| repositories.refresh_tokens().find_with_user(claims.session_id))
            .await?;
        let Some((session, user)) = found else {
            return Err(AuthenticateError::Invalid);
        };
        let is_of_session = user.id == claims.user_id && claims.generation <= session.generation;
        if !is_of_session || !session.is_live(now, &self.policy) {
            return Err(AuthenticateError::Invalid);
        }
        if !user.is_active {
            return Err(AuthenticateError::AccountDisabled);
        }
        Ok(Actor::new(user, session))
    }
}
