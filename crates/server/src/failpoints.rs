//! Places where a test has the program die, in builds with the feature `failpoints` alone.
//!
//! The environment's `FAILPOINTS` names a place and what happens there, as in
//! `FAILPOINTS=after_commit_before_reply=return` for the end of the process without any clean-up. Other actions are
//! those of the crate `fail`.

use async_trait::async_trait;
use fail::{FailScenario, fail_point};
use portcullis_application::auth::{
    AuthenticateError, AuthorizeError, LogInError, LoginAttempt, RefreshError, RegisterError, Registration, Tokens,
};
use portcullis_application::ports::{AccessClaims, StoreError};
use portcullis_application::{Actor, Admin, AuthService};
use portcullis_domain::{Origin, SecretText, User};
use std::sync::Arc;

/// Reads `FAILPOINTS`. What it says holds as long as the value lives.
#[must_use]
pub(crate) fn read() -> impl Drop {
    FailScenario::setup()
}

/// The same service with the place `after_commit_before_reply` in its refresh.
pub(crate) fn around(inner: Arc<dyn AuthService>) -> Arc<dyn AuthService> {
    Arc::new(AuthWithFailpoints(inner))
}

struct AuthWithFailpoints(Arc<dyn AuthService>);

#[async_trait]
impl AuthService for AuthWithFailpoints {
    async fn register(&self, registration: Registration, origin: Origin) -> Result<User, RegisterError> {
        self.0.register(registration, origin).await
    }

    async fn log_in(&self, attempt: LoginAttempt) -> Result<Tokens, LogInError> {
        self.0.log_in(attempt).await
    }

    async fn refresh(&self, refresh_token: &SecretText, origin: Origin) -> Result<Tokens, RefreshError> {
        let tokens = self.0.refresh(refresh_token, origin).await?;
        after_commit_before_reply();
        Ok(tokens)
    }

    async fn log_out(&self, refresh_token: &SecretText, origin: Origin) -> Result<(), StoreError> {
        self.0.log_out(refresh_token, origin).await
    }

    async fn verify(&self, access_token: &str) -> Result<AccessClaims, AuthenticateError> {
        self.0.verify(access_token).await
    }

    async fn authenticate(&self, access_token: &str, origin: Origin) -> Result<Actor, AuthenticateError> {
        self.0.authenticate(access_token, origin).await
    }

    async fn authorize_admin(&self, access_token: &str, origin: Origin) -> Result<Admin, AuthorizeError> {
        self.0.authorize_admin(access_token, origin).await
    }
}

fn after_commit_before_reply() {
    fail_point!("after_commit_before_reply", |_| std::process::abort());
}
