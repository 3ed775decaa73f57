//! Signing in with a password.

use super::{AuthServiceImpl, Tokens};
use crate::PASSWORD_CHECKS;
use crate::actor::By;
use crate::ports::{HasherError, StoreError, TokenError};
use portcullis_domain::{
    AuditEvent, AuditEventType, AuditReason, Email, Origin, PasswordHash, PresentedPassword, Seed, Session, SessionId,
    User, UserId,
};

/// An attempt to sign in.
#[derive(Debug)]
pub struct LoginAttempt {
    /// `None` where what was sent is no address: such a caller is answered as one who knows no account, in the
    /// same time.
    pub email: Option<Email>,
    /// What is offered as the password.
    pub password: PresentedPassword,
    /// Where the attempt comes from.
    pub origin: Origin,
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
    Session(Box<(Session, User)>),
    /// The hash is another by now. The user as they are.
    HashChanged(User),
    /// The account was deleted meanwhile.
    Gone,
    /// The account was disabled meanwhile.
    Disabled,
}

impl AuthServiceImpl {
    pub(super) async fn log_in(&self, attempt: LoginAttempt) -> Result<Tokens, LogInError> {
        let LoginAttempt {
            email,
            password,
            origin,
        } = attempt;
        let mut found = match email {
            Some(email) => {
                self.units
                    .look_up(move |repositories| repositories.users().find_by_email(&email))
                    .await?
            }
            None => None,
        };
        for _ in 0..PASSWORD_CHECKS {
            let hash = found.as_ref().and_then(|user| user.password_hash.as_ref());
            let matches = self.hasher.verify(&password, hash).await?;
            let (true, Some(user), Some(checked)) = (matches, &found, hash) else {
                return Err(self.refuse_unmatched(origin, found.map(|user| user.id)).await);
            };
            if !user.is_active {
                return Err(self.refuse_disabled(origin, user.id).await);
            }
            let stronger = self.stronger_hash(checked, &password).await;
            match self
                .begin_session(user.id, checked.clone(), stronger, origin.clone())
                .await?
            {
                Begun::Session(begun) => {
                    let (session, user) = *begun;
                    tracing::info!(user_id = %user.id, session_id = %session.id, "logged in");
                    return Ok(self.tokens_of(&session, &user, session.created_at)?);
                }
                Begun::HashChanged(user) => found = Some(user),
                Begun::Gone => return Err(self.refuse_unmatched(origin, None).await),
                Begun::Disabled => return Err(self.refuse_disabled(origin, user.id).await),
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

    /// What to answer where the password fits no account, once that is recorded.
    async fn refuse_unmatched(&self, origin: Origin, user_id: Option<UserId>) -> LogInError {
        tracing::info!(
            user_id = user_id.map(|id| id.to_string()),
            "login refused: invalid credentials"
        );
        let reason = match user_id {
            Some(_) => AuditReason::WrongPassword,
            None => AuditReason::UnknownAccount,
        };
        match self.record_refusal(origin, user_id, reason).await {
            Ok(()) => LogInError::InvalidCredentials,
            Err(error) => error.into(),
        }
    }

    /// What to answer where the account is disabled, once that is recorded.
    async fn refuse_disabled(&self, origin: Origin, user_id: UserId) -> LogInError {
        tracing::info!(%user_id, "login refused: account disabled");
        let reason = AuditReason::AccountDisabled;
        match self.record_refusal(origin, Some(user_id), reason).await {
            Ok(()) => LogInError::AccountDisabled,
            Err(error) => error.into(),
        }
    }

    async fn record_refusal(
        &self,
        origin: Origin,
        user_id: Option<UserId>,
        reason: AuditReason,
    ) -> Result<(), StoreError> {
        let recorded = self.units.write(By::Anybody(origin), move |unit| {
            let event = unit.failure(AuditEventType::Login, user_id, reason);
            unit.record(event)
        });
        recorded.await
    }

    async fn begin_session(
        &self,
        user_id: UserId,
        checked: PasswordHash,
        stronger: Option<PasswordHash>,
        origin: Origin,
    ) -> Result<Begun, LogInError> {
        let now = self.units.now();
        let id = SessionId::new(now, self.units.random());
        let seed = Seed::new(self.units.random());
        let session = Session::begin(id, user_id, seed, origin.device.clone(), now, &self.units.policy);
        let begun = self.units.write(By::Anybody(origin), move |unit| {
            // The password was checked outside the unit: what was true then must be true still.
            let Some(mut user) = unit.users().lock(user_id)? else {
                return Ok(Begun::Gone);
            };
            if !user.is_active {
                return Ok(Begun::Disabled);
            }
            if user.password_hash.as_ref() != Some(&checked) {
                return Ok(Begun::HashChanged(user));
            }
            if let Some(hash) = stronger {
                user.password_hash = Some(hash);
                unit.users().update(&user)?;
            }
            let event = AuditEvent {
                actor_id: Some(user.id),
                session_id: Some(session.id),
                ..unit.success(AuditEventType::Login, Some(user.id))
            };
            unit.record(event)?;
            unit.make_room_for_a_session(user.id)?;
            unit.sessions().insert(&session)?;
            Ok(Begun::Session(Box::new((session, user))))
        });
        begun.await
    }
}
