//! Signing in with a password.

use crate::actor::By;
use crate::begin_session::{Begun, refuse};
use crate::ports::{
    AccessTokens, HasherError, Meter, PasswordHasher, RefreshTokens, SignInOutcome, StoreError, TokenError,
};
use crate::proof::{PASSWORD_CHECKS, Proof};
use crate::tokens::{Issuer, Tokens};
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use portcullis_domain::{AuditReason, Credentials, Email, Origin, PresentedPassword, User, UserId};
use shaku::{Component, Interface};
use std::sync::Arc;

/// Signing in.
#[async_trait]
pub trait SignIn: Interface {
    /// Begins a session for somebody who knows the password.
    async fn log_in(&self, attempt: LoginAttempt) -> Result<Tokens, LogInError>;
}

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

/// [`SignIn`] in units of work.
#[derive(Component)]
#[shaku(interface = SignIn)]
pub struct SignInService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    hasher: Arc<dyn PasswordHasher>,
    #[shaku(inject)]
    access_tokens: Arc<dyn AccessTokens>,
    #[shaku(inject)]
    refresh_tokens: Arc<dyn RefreshTokens>,
    #[shaku(inject)]
    meter: Arc<dyn Meter>,
}

#[async_trait]
impl SignIn for SignInService {
    async fn log_in(&self, attempt: LoginAttempt) -> Result<Tokens, LogInError> {
        let signed_in = self.try_password(attempt).await;
        self.meter.sign_in_ended(outcome_of(&signed_in));
        signed_in
    }
}

impl SignInService {
    async fn try_password(&self, attempt: LoginAttempt) -> Result<Tokens, LogInError> {
        let LoginAttempt {
            email,
            password,
            origin,
        } = attempt;
        for _ in 0..PASSWORD_CHECKS {
            let found = self.find(email.clone()).await?;
            let presented = found.as_ref().map(|(user, credentials)| (user.id, credentials));
            let proof = Proof::by_password(&self.units, &*self.hasher, presented, &password).await?;
            let (Some((user, _)), Some(mut proof)) = (&found, proof) else {
                return self.refuse_unmatched(origin, found.map(|(user, _)| user.id)).await;
            };
            if user.is_active {
                proof = proof.strengthened(&*self.hasher, &password).await;
            }
            let user_id = user.id;
            match self.units.begin_session(proof, origin.clone()).await? {
                Begun::Session(begun) => {
                    let (session, user) = *begun;
                    tracing::info!(%user_id, session_id = %session.id, "logged in");
                    return Ok(self.issuer().tokens_of(&session, &user, session.rotation.created_at)?);
                }
                Begun::Outdated => {}
                Begun::Gone => {
                    tracing::info!(%user_id, "login refused: the account is gone");
                    return Err(LogInError::InvalidCredentials);
                }
                Begun::Disabled => {
                    tracing::info!(%user_id, "login refused: account disabled");
                    return Err(LogInError::AccountDisabled);
                }
            }
        }
        Err(StoreError::Busy.into())
    }

    async fn find(&self, email: Option<Email>) -> Result<Option<(User, Credentials)>, StoreError> {
        let Some(email) = email else { return Ok(None) };
        self.units
            .look_up(move |repositories| repositories.credentials().find_by_email(&email))
            .await
    }

    fn issuer(&self) -> Issuer<'_> {
        Issuer {
            units: &self.units,
            access_tokens: &*self.access_tokens,
            refresh_tokens: &*self.refresh_tokens,
        }
    }

    /// Refuses a password that fits no account, once that is recorded.
    async fn refuse_unmatched(&self, origin: Origin, user: Option<UserId>) -> Result<Tokens, LogInError> {
        tracing::info!(
            user_id = user.map(|id| id.to_string()),
            "login refused: invalid credentials"
        );
        let reason = match user {
            Some(_) => AuditReason::WrongPassword,
            None => AuditReason::UnknownAccount,
        };
        let refused = self
            .units
            .write(By::Anybody(origin), move |unit| refuse(unit, user, reason));
        refused.await?;
        Err(LogInError::InvalidCredentials)
    }
}

fn outcome_of<T>(signed_in: &Result<T, LogInError>) -> SignInOutcome {
    match signed_in {
        Ok(_) => SignInOutcome::Success,
        Err(LogInError::InvalidCredentials) => SignInOutcome::InvalidCredentials,
        Err(LogInError::AccountDisabled) => SignInOutcome::AccountDisabled,
        Err(LogInError::Hasher(HasherError::Busy) | LogInError::Store(StoreError::Busy)) => SignInOutcome::Busy,
        Err(LogInError::Hasher(HasherError::Unexpected(_)) | LogInError::Store(_) | LogInError::Token(_)) => {
            SignInOutcome::Failed
        }
    }
}
