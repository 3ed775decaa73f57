//! The place where a test has the program die, in builds with the feature `failpoints` alone: a refresh is committed, and
//! the process ends without an answer or any clean-up.

use async_trait::async_trait;
use portcullis_application::auth::{
    AuthenticateError, AuthorizeError, LogInError, LoginAttempt, RefreshError, RegisterError, Registration, Tokens,
};
use portcullis_application::ports::{AccessClaims, StoreError};
use portcullis_application::{Actor, Admin, AuthService};
use portcullis_domain::{Origin, SecretText, User};
use std::sync::Arc;

/// The same service, but that it dies of a refresh.
pub(crate) fn around(inner: Arc<dyn AuthService>) -> Arc<dyn AuthService> {
    Arc::new(DyingAuth(inner))
}

struct DyingAuth(Arc<dyn AuthService>);

#[async_trait]
impl AuthService for DyingAuth {
    async fn register(&self, registration: Registration, origin: Origin) -> Result<User, RegisterError> {
        self.0.register(registration, origin).await
    }

    async fn log_in(&self, attempt: LoginAttempt) -> Result<Tokens, LogInError> {
        self.0.log_in(attempt).await
    }

    async fn refresh(&self, refresh_token: &SecretText, origin: Origin) -> Result<Tokens, RefreshError> {
        self.0.refresh(refresh_token, origin).await?;
        std::process::abort();
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
