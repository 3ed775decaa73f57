//! Access tokens: JWTs by RFC 9068's profile.

use chrono::{DateTime, Utc};
use portcullis_domain::{
    AuthenticationMethods, Email, FactorStanding, Generation, Role, SecretText, SessionId, TokenId, UserId,
};
use shaku::Interface;

/// What an access token says. Issuer, audience and the kind of token are the adapter's to write and to check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessClaims {
    /// `jti`.
    pub token_id: TokenId,
    /// `sub`.
    pub user_id: UserId,
    /// `sid`.
    pub session_id: SessionId,
    /// `gen`: the generation of the session that the token was issued with.
    pub generation: Generation,
    /// `role`, as it was at the issue. Until an account has the second factor that it must have, it is that of a user.
    pub role: Role,
    /// `email`, as it was at the issue.
    pub email: Email,
    /// `auth_time`, in whole seconds: when the user last proved who they are.
    pub authenticated_at: DateTime<Utc>,
    /// `amr`: how. `acr` follows from it.
    pub methods: AuthenticationMethods,
    /// `mfa`: how the account stood to second factors at the issue.
    pub factors: FactorStanding,
    /// `iat`; whole seconds.
    pub issued_at: DateTime<Utc>,
    /// `exp`; whole seconds.
    pub expires_at: DateTime<Utc>,
}

/// Signs and checks access tokens. Both are pure computation: no store, no clock.
pub trait AccessTokens: Interface {
    /// Signs a token that says `claims`.
    fn issue(&self, claims: &AccessClaims) -> Result<SecretText, TokenError>;

    /// What a token says, if it is one of ours, unchanged, meant for this use and not expired at `now`.
    fn verify(&self, raw: &str, now: DateTime<Utc>) -> Result<AccessClaims, TokenError>;
}

/// Why there is no token, or no trust in it.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Not a valid token of ours. Nobody is told why.
    #[error("not a valid access token")]
    Invalid,
    /// By the keys that are loaded, not a valid token of ours. It may be one by a key that was published since.
    #[error("the access token names an unknown key")]
    UnknownKey,
    /// Signing failed.
    #[error(transparent)]
    Unexpected(#[from] anyhow::Error),
}
