//! Signing up, in and out, and staying signed in.

mod authenticate;
mod log_in;
mod log_out;
mod refresh;
mod register;

pub use authenticate::{AuthenticateError, AuthorizeError};
pub use log_in::{LogInError, LoginAttempt};
pub use refresh::RefreshError;
pub use register::{RegisterError, Registration};

use crate::actor::{Actor, Admin};
use crate::ports::{AccessClaims, AccessTokens, PasswordHasher, RefreshTokenSecrets, StoreError, TokenError};
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use portcullis_domain::{Origin, SecretText, Session, TokenId, User};
use shaku::{Component, Interface};
use std::sync::Arc;

/// What anybody may ask for, signed in or not.
#[async_trait]
pub trait AuthService: Interface {
    /// Makes an account with the role `USER`.
    async fn register(&self, registration: Registration, origin: Origin) -> Result<User, RegisterError>;

    /// Begins a session for whoever knows the password.
    async fn log_in(&self, attempt: LoginAttempt) -> Result<Tokens, LogInError>;

    /// Gives the next tokens of a session for its unspent refresh token.
    async fn refresh(&self, refresh_token: &SecretText, origin: Origin) -> Result<Tokens, RefreshError>;

    /// Ends the session of a genuine refresh token, spent or not. Any other text does nothing.
    async fn log_out(&self, refresh_token: &SecretText, origin: Origin) -> Result<(), StoreError>;

    /// What an access token says, if it is valid and was not revoked. Does not read the store, unless this server has
    /// not heard from it for more than a second.
    async fn verify(&self, access_token: &str) -> Result<AccessClaims, AuthenticateError>;

    /// Who shows this access token, confirmed by the store.
    async fn authenticate(&self, access_token: &str, origin: Origin) -> Result<Actor, AuthenticateError>;

    /// Which administrator shows this access token, confirmed by the store.
    async fn authorize_admin(&self, access_token: &str, origin: Origin) -> Result<Admin, AuthorizeError>;
}

/// What a client gets when it signs in or refreshes.
#[derive(Debug)]
pub struct Tokens {
    /// For every call.
    pub access_token: SecretText,
    /// For the next refresh.
    pub refresh_token: SecretText,
    /// Life of the access token.
    pub expires_in: TimeDelta,
}

/// [`AuthService`] on the ports.
#[derive(Component)]
#[shaku(interface = AuthService)]
pub struct AuthServiceImpl {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    hasher: Arc<dyn PasswordHasher>,
    #[shaku(inject)]
    access_tokens: Arc<dyn AccessTokens>,
    #[shaku(inject)]
    refresh_token_secrets: Arc<dyn RefreshTokenSecrets>,
}

#[async_trait]
impl AuthService for AuthServiceImpl {
    async fn register(&self, registration: Registration, origin: Origin) -> Result<User, RegisterError> {
        self.register(registration, origin).await
    }

    async fn log_in(&self, attempt: LoginAttempt) -> Result<Tokens, LogInError> {
        self.log_in(attempt).await
    }

    async fn refresh(&self, refresh_token: &SecretText, origin: Origin) -> Result<Tokens, RefreshError> {
        self.refresh(refresh_token, origin).await
    }

    async fn log_out(&self, refresh_token: &SecretText, origin: Origin) -> Result<(), StoreError> {
        self.log_out(refresh_token, origin).await
    }

    async fn verify(&self, access_token: &str) -> Result<AccessClaims, AuthenticateError> {
        self.verify(access_token).await
    }

    async fn authenticate(&self, access_token: &str, origin: Origin) -> Result<Actor, AuthenticateError> {
        self.authenticate(access_token, origin).await
    }

    async fn authorize_admin(&self, access_token: &str, origin: Origin) -> Result<Admin, AuthorizeError> {
        self.authorize_admin(access_token, origin).await
    }
}

impl AuthServiceImpl {
    /// The tokens of the session's present generation.
    fn tokens_of(&self, session: &Session, user: &User, now: DateTime<Utc>) -> Result<Tokens, TokenError> {
        // After a restore, for the rest of a second: a token from before the time that was said would not count.
        let not_before = self.units.replica.revocations.not_before();
        let issued_at = not_before.map_or(now.trunc_subsecs(0), |at| at.max(now.trunc_subsecs(0)));
        // Near the end of its session, an access token does not outlive it but by the rest of a second: tokens count in
        // whole ones.
        let rest = session.ends_at(&self.units.policy) + TimeDelta::seconds(1) - TimeDelta::microseconds(1);
        let life = self
            .units
            .policy
            .access_token_life
            .min(rest.trunc_subsecs(0) - issued_at);
        let access_token = self.access_tokens.issue(&AccessClaims {
            token_id: TokenId::new(now, self.units.random()),
            user_id: user.id,
            session_id: session.id,
            generation: session.generation,
            role: user.role,
            email: user.email.clone(),
            issued_at,
            expires_at: issued_at + life,
        })?;
        Ok(Tokens {
            access_token,
            refresh_token: self
                .refresh_token_secrets
                .issue(session.id, session.generation, &session.seed),
            expires_in: life,
        })
    }
}
