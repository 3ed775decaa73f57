//! Judges tokens that clients of the provider were given.

use super::verifier::Shared;
use super::verify_error::VerifyError;
use crate::key::VerificationKey;
use crate::provider_claims::{ProviderClaims, check_provider_token};
use std::fmt;
use std::sync::Arc;

/// Checks access tokens that clients were given for one resource. A clone is the same verifier; with the last of them its
/// tasks end.
#[derive(Clone)]
pub struct ProviderVerifier {
    pub(super) shared: Arc<Shared>,
    pub(super) audience: Arc<str>,
}

impl ProviderVerifier {
    /// Waits until keys and revocations have arrived for the first time. Bound it by a timeout of your own: while the
    /// server can't be reached it does not return.
    pub async fn ready(&self) {
        self.shared.ready().await;
    }

    /// What `token` says, if the server gave it to a client for this resource, it is in force, and neither its grant nor its
    /// client was revoked. Whether its scopes allow the call is yours to see: [`ProviderClaims::has_scope`].
    ///
    /// Mostly returns at once; about unknown keys it is as [`Verifier::verify`](crate::Verifier::verify).
    ///
    /// # Errors
    /// See [`VerifyError`].
    pub async fn verify(&self, token: &str) -> Result<ProviderClaims, VerifyError> {
        let issuer = &self.shared.issuer;
        let check =
            |keys: &[VerificationKey], now| check_provider_token(token, issuer, Some(&self.audience), keys, now);
        self.shared.verified(check, ProviderClaims::standing).await
    }
}

impl fmt::Debug for ProviderVerifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ProviderVerifier({:?}, {:?})", self.shared.issuer, self.audience)
    }
}
