//! What clients of the provider are given: access tokens for resources, and ID tokens. All of it is signed by the provider's
//! own keys, and none of it opens anything of an account.

use super::access_tokens::TokenError;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use portcullis_domain::{FamilyId, Generation, SecretText, SigningAlgorithm, TokenId};
use portcullis_oauth2::{ClientId, ScopeSet};
use serde_json::{Map, Value};
use shaku::Interface;

/// Whom a token of a client is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The client itself (RFC 9068, section 2.2).
    Client,
    /// A user, by the name that this client knows them by.
    User(String),
}

/// How and when a user last proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenIdentity {
    /// `auth_time`; whole seconds.
    pub at: DateTime<Utc>,
    /// `acr`: how well.
    pub acr: String,
    /// `amr`: by what (RFC 8176).
    pub methods: Vec<String>,
}

/// What an access token of a client says (RFC 9068, section 2.2). The issuer and the kind of token are the adapter's to write
/// and to check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAccessClaims {
    /// `jti`.
    pub token_id: TokenId,
    /// `sub`.
    pub subject: Subject,
    /// `aud`: the one resource that it is for.
    pub audience: String,
    /// `client_id`.
    pub client_id: ClientId,
    /// `scope`.
    pub scopes: ScopeSet,
    /// `gid` and `gen`: the grant that it comes from, and the generation of it; `None` where the client asked for itself.
    pub grant: Option<(FamilyId, Generation)>,
    /// `cgen`: the client's generation at the issue.
    pub client_generation: Generation,
    /// `auth_time`, `acr` and `amr`; `None` where there is no user.
    pub proven: Option<ProvenIdentity>,
    /// `iat`; whole seconds.
    pub issued_at: DateTime<Utc>,
    /// `exp`; whole seconds.
    pub expires_at: DateTime<Utc>,
}

/// What an ID token says (OpenID Connect Core 1.0, section 2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdClaims {
    /// `sub`: the name that this client knows the user by.
    pub subject: String,
    /// `aud`.
    pub client_id: ClientId,
    /// `nonce`, as the client sent it.
    pub nonce: Option<String>,
    /// `auth_time`, `acr` and `amr`.
    pub proven: ProvenIdentity,
    /// `sid`: the name that this client knows the browser's session by.
    pub session: Option<String>,
    /// What the client is told of the user besides. None of the names above is among them.
    pub of_user: Map<String, Value>,
    /// `iat`; whole seconds.
    pub issued_at: DateTime<Utc>,
    /// `exp`; whole seconds.
    pub expires_at: DateTime<Utc>,
}

/// What an ID token said that a client shows again, whether it has expired or not (OpenID Connect Core 1.0, section 3.1.2.1,
/// `id_token_hint`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdTokenHint {
    /// `sub`.
    pub subject: String,
    /// `aud`.
    pub client_id: ClientId,
    /// `sid`.
    pub session: Option<String>,
    /// `iat`.
    pub issued_at: DateTime<Utc>,
    /// `exp`.
    pub expires_at: DateTime<Utc>,
}

/// Signs and checks what clients are given. No store, no clock. Slow signatures are made elsewhere than on the caller's
/// thread, and no more of them wait than are made soon.
#[async_trait]
pub trait ProviderTokens: Interface {
    /// Whether a key of each algorithm signs.
    fn are_ready(&self) -> bool;

    /// Signs an access token.
    async fn issue(
        &self,
        algorithm: SigningAlgorithm,
        claims: &ClientAccessClaims,
    ) -> Result<SecretText, SignatureError>;

    /// Signs an ID token, which names the access token that goes with it (`at_hash`).
    async fn issue_id_token(
        &self,
        algorithm: SigningAlgorithm,
        claims: &IdClaims,
        access_token: &SecretText,
    ) -> Result<SecretText, SignatureError>;

    /// What an access token of a client says, if it is one of ours, unchanged and not expired at `now`. Whom it is for is the
    /// caller's to see.
    fn verify(&self, raw: &str, now: DateTime<Utc>) -> Result<ClientAccessClaims, TokenError>;

    /// What an ID token of ours said, however old it is; `None` for anything else.
    fn read_hint(&self, raw: &str) -> Option<IdTokenHint>;
}

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    /// No key of that algorithm signs yet: they are being made.
    #[error("the provider's keys are being made")]
    NotReady,
    /// Too many signatures wait.
    #[error("too many signatures wait")]
    Busy,
    /// Anything else.
    #[error(transparent)]
    Unexpected(#[from] anyhow::Error),
}
