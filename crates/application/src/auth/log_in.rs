//! Signing in with a password.

use super::{AuthServiceImpl, Tokens};
use crate::PASSWORD_CHECKS;
use crate::ports::{HasherError, StoreError, TokenError};
use portcullis_domain::{
    AuditEvent, AuditEventType, AuditReason, AuthenticationMethod, Credentials, Email, Origin, PasswordHash,
    PresentedPassword, Revocation, Rotation, Seed, Session, SessionId, User, UserId,
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

/// A session that began.
struct BegunSession {
    session: Session,
    user: User,
    /// Those of the user's older sessions that had to make room.
    made_room: Vec<Revocation>,
}

/// How a session came out that was to begin on the strength of a hash.
enum Begun {
    Session(Box<BegunSession>),
    /// The hash is another by now. The user and their credentials as they are.
    HashChanged(User, Credentials),
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
                self.store
                    .look_up(move |repositories| repositories.credentials().find_by_email(&email))
                    .await?
            }
            None => None,
        };
        for _ in 0..PASSWORD_CHECKS {
            let hash = found
                .as_ref()
                .and_then(|(_, credentials)| credentials.password.as_ref());
            let matches = self.hasher.verify(&password, hash).await?;
            let (true, Some((user, _)), Some(checked)) = (matches, &found, hash) else {
                return Err(self.refuse_unmatched(origin, found.map(|(user, _)| user.id)).await);
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
                    let BegunSession {
                        session,
                        user,
                        made_room,
                    } = *begun;
                    self.replica.revocations.note(&made_room);
                    tracing::info!(user_id = %user.id, session_id = %session.id, "logged in");
                    return Ok(self.tokens_of(&session, &user, session.authenticated_at)?);
                }
                Begun::HashChanged(user, credentials) => found = Some((user, credentials)),
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
        let mut pen = self.audit_pen(origin);
        self.store
            .write(move |repositories| {
                let event = pen.failure(AuditEventType::Login, user_id, reason);
                pen.write(repositories, event)
            })
            .await
    }

    async fn begin_session(
        &self,
        user_id: UserId,
        checked: PasswordHash,
        stronger: Option<PasswordHash>,
        origin: Origin,
    ) -> Result<Begun, LogInError> {
        let now = self.clock.now();
        let policy = self.policy;
        let id = SessionId::new(now, self.entropy.bytes());
        let methods = AuthenticationMethod::Password.into();
        let rotation = Rotation::begin(Seed::new(self.entropy.bytes()), now, &policy);
        let session = Session::begin(id, user_id, methods, origin.device.clone(), rotation);
        let mut pen = self.audit_pen(origin);
        self.store
            .write(move |repositories| {
                // The password was checked outside the unit: what was true then must be true still.
                let Some(user) = repositories.users().lock(user_id)? else {
                    return Ok(Begun::Gone);
                };
                if !user.is_active {
                    return Ok(Begun::Disabled);
                }
                let Some(credentials) = repositories.credentials().find(user_id)? else {
                    return Ok(Begun::Gone);
                };
                if credentials.password.as_ref() != Some(&checked) {
                    return Ok(Begun::HashChanged(user, credentials));
                }
                if let Some(hash) = stronger {
                    repositories.credentials().set_password(user_id, &hash)?;
                }
                let room_for_others = policy.sessions_per_user.saturating_sub(1);
                let made_room = repositories
                    .sessions()
                    .revoke_oldest(user.id, room_for_others, &policy.ending(now))?;
                repositories.sessions().insert(&session)?;
                let began = AuditEvent {
                    actor_id: Some(user.id),
                    session_id: Some(session.id),
                    ..pen.success(AuditEventType::Login, Some(user.id))
                };
                pen.write(repositories, began)?;
                pen.write_ended(repositories, user.id, &made_room, AuditReason::TooManySessions)?;
                Ok(Begun::Session(Box::new(BegunSession {
                    session,
                    user,
                    made_room,
                })))
            })
            .await
    }
}
