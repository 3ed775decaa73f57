//! Signing in with a password.

use super::{AuthServiceImpl, Tokens};
use crate::PASSWORD_CHECKS;
use crate::ports::{HasherError, StoreError, TokenError};
use portcullis_domain::{Device, Email, PasswordHash, PresentedPassword, RefreshToken, Seed, SessionId, User, UserId};

/// An attempt to sign in.
#[derive(Debug)]
pub struct LoginAttempt {
    /// `None` where what was sent is no address: such a caller is answered as one who knows no account, in the
    /// same time.
    pub email: Option<Email>,
    /// What is offered as the password.
    pub password: PresentedPassword,
    /// Where the attempt comes from.
    pub device: Device,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum LogInError {
    /// No such account, or not its password, or it has none.
    #[error("the email address or the password is wrong")]
    InvalidCredentials,
    /// The password is right, but the account was disabled.
    #[error("the account is disabled")]
    AccountDisabled,
    /// The password was not checked.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The session was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The access token was not signed.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// How a session came out that was to begin on the strength of a hash.
enum Begun {
    Session(RefreshToken, User),
    /// The hash is another by now. The user as they are.
    HashChanged(User),
}

impl AuthServiceImpl {
    pub(super) async fn log_in(&self, attempt: LoginAttempt) -> Result<Tokens, LogInError> {
        let LoginAttempt {
            email,
            password,
            device,
        } = attempt;
        let mut found = match email {
            Some(email) => {
                self.store
                    .look_up(move |repositories| repositories.users().find_by_email(&email))
                    .await?
            }
            None => None,
        };
        for _ in 0..PASSWORD_CHECKS {
            let hash = found.as_ref().and_then(|user| user.password_hash.as_ref());
            let matches = self.hasher.verify(&password, hash).await?;
            let (true, Some(user), Some(checked)) = (matches, &found, hash) else {
                tracing::info!(
                    user_id = found.map(|user| user.id.to_string()),
                    "login refused: invalid credentials"
                );
                return Err(LogInError::InvalidCredentials);
            };
            if !user.is_active {
                tracing::info!(user_id = %user.id, "login refused: account disabled");
                return Err(LogInError::AccountDisabled);
            }
            let stronger = self.stronger_hash(checked, &password).await;
            match self
                .begin_session(user.id, checked.clone(), stronger, device.clone())
                .await?
            {
                Begun::Session(session, user) => {
                    tracing::info!(user_id = %user.id, session_id = %session.id, "logged in");
                    return Ok(self.tokens_of(&session, &user, session.created_at)?);
                }
                Begun::HashChanged(user) => found = Some(user),
            }
        }
        Err(StoreError::Busy.into())
    }

    /// The hash to keep from now on, where the present one is too weak. A busy hasher does not keep the user out:
    /// the next login tries again.
    async fn stronger_hash(&self, present: &PasswordHash, verified: &PresentedPassword) -> Option<PasswordHash> {
        if !self.hasher.is_outdated(present) {
            return None;
        }
        match self.hasher.hash(&verified.clone().into_verified()).await {
            Ok(hash) => Some(hash),
            Err(error) => {
                tracing::warn!(%error, "an outdated password hash was kept");
                None
            }
        }
    }

    async fn begin_session(
        &self,
        user_id: UserId,
        checked: PasswordHash,
        stronger: Option<PasswordHash>,
        device: Device,
    ) -> Result<Begun, LogInError> {
        let now = self.clock.now();
        let policy = self.policy;
        let id = SessionId::new(now, self.entropy.bytes());
        let session = RefreshToken::begin(id, user_id, Seed::new(self.entropy.bytes()), device, now, &policy);
        self.store
            .write(move |repositories| {
                // The password was checked outside the unit: what was true then must be true still.
                let Some(mut user) = repositories.users().lock(user_id)? else {
                    return Err(LogInError::InvalidCredentials);
                };
                if !user.is_active {
                    return Err(LogInError::AccountDisabled);
                }
                if user.password_hash.as_ref() != Some(&checked) {
                    return Ok(Begun::HashChanged(user));
                }
                if let Some(hash) = stronger {
                    user.password_hash = Some(hash);
                    repositories.users().update(&user)?;
                }
                let room_for_others = policy.sessions_per_user.saturating_sub(1);
                repositories
                    .refresh_tokens()
                    .revoke_oldest(user.id, room_for_others, now)?;
                repositories.refresh_tokens().insert(&session)?;
                Ok(Begun::Session(session, user))
            })
            .await
    }
}
