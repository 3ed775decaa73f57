//! Other providers, which vouch for people.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use portcullis_domain::{AssertedIdentity, Digest32, IdentityLabel, ProviderName, SecretText};
use shaku::Interface;

/// A provider that people may sign in by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedProvider {
    /// What it is called here.
    pub name: ProviderName,
    /// What people call it.
    pub label: String,
    /// Its own name of itself, which identities carry.
    pub issuer: String,
    /// The address of ours where an app begins.
    pub begins_at: String,
}

/// What a provider is asked with.
#[derive(Debug, Clone)]
pub struct UpstreamRequest {
    /// Comes back with the answer.
    pub state: SecretText,
    /// Comes back in the ID token.
    pub nonce: SecretText,
    /// The challenge of PKCE (RFC 7636, section 4.2), by S256.
    pub code_challenge: String,
    /// Whether the person shall prove there once more who they are.
    pub asks_again: bool,
}

/// What a provider answered, and what it was asked with.
#[derive(Debug, Clone)]
pub struct Redemption {
    /// The code.
    pub code: SecretText,
    /// The verifier of PKCE.
    pub code_verifier: SecretText,
    /// What the ID token has to carry.
    pub nonce: SecretText,
    /// `iss` of the answer (RFC 9207), where it had one.
    pub issuer: Option<String>,
}

/// An ID token that a program was given by the provider itself.
#[derive(Debug, Clone)]
pub struct ShownIdToken {
    /// Whom it vouches for.
    pub identity: AssertedIdentity,
    /// When it was made.
    pub issued_at: DateTime<Utc>,
    /// Tells it from every other, however its signature is written.
    pub digest: Digest32,
}

/// Why a provider vouched for nobody.
#[derive(Debug, Clone, thiserror::Error)]
pub enum UpstreamError {
    /// No such provider is set up.
    #[error("no such provider is set up")]
    Unknown,
    /// It refused: the code is not good, or not any more.
    #[error("the provider refused: {0}")]
    Refused(String),
    /// What it said can't be trusted.
    #[error("what the provider said can't be trusted: {0}")]
    Untrusted(String),
    /// It did not answer, or not in time, or says that it can't.
    #[error("the provider can't be reached: {0}")]
    Unreachable(String),
    /// So many wait for it that one more is not let wait.
    #[error("too many wait for the provider")]
    Busy,
}

/// What a provider wrote, as a log or an error may have it: a short line of visible ASCII.
#[must_use]
pub fn short_line(text: &str) -> String {
    const MOST: usize = 100;
    text.chars().filter(char::is_ascii_graphic).take(MOST).collect()
}

/// Asks other providers. An implementation is bounded: by time, by bytes, and by how many wait for one provider. Nobody else
/// waits for a provider that does not answer. What it returns was checked: by the provider's signature, or because it was
/// fetched from there.
#[async_trait]
pub trait UpstreamProviders: Interface {
    /// Those that are set up, in the order in which they are shown.
    fn offered(&self) -> &[OfferedProvider];

    /// The address at the provider that a browser is sent to.
    async fn authorization_url(
        &self,
        provider: &ProviderName,
        request: &UpstreamRequest,
    ) -> Result<SecretText, UpstreamError>;

    /// Whom a code stands for.
    async fn redeem(&self, provider: &ProviderName, redemption: &Redemption)
    -> Result<AssertedIdentity, UpstreamError>;

    /// Whom an ID token vouches for, which one of the provider's apps was given with that nonce.
    async fn check_id_token(
        &self,
        provider: &ProviderName,
        id_token: &SecretText,
        nonce: &SecretText,
    ) -> Result<ShownIdToken, UpstreamError>;
}

impl dyn UpstreamProviders {
    /// The one of that name.
    #[must_use]
    pub fn find(&self, name: &ProviderName) -> Option<&OfferedProvider> {
        self.offered().iter().find(|offered| offered.name == *name)
    }

    /// What people call an account at a provider: the provider, and the account there.
    #[must_use]
    pub fn call(&self, name: &ProviderName, label: Option<&IdentityLabel>) -> String {
        let provider = self.find(name).map_or(name.as_str(), |offered| offered.label.as_str());
        match label {
            Some(label) => format!("{provider} ({})", label.as_str()),
            None => provider.to_owned(),
        }
    }

    /// Whether one with that name of itself is set up.
    #[must_use]
    pub fn has_issuer(&self, issuer: &str) -> bool {
        self.offered().iter().any(|offered| offered.issuer == issuer)
    }
}
