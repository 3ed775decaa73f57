//! Signing in by another provider: Google, GitHub, or any that speaks OpenID Connect.
//!
//! Nothing is stored between the start and the answer: what it was begun with travels sealed in `state`, bound to the browser
//! by a cookie. An app is given a code of ours for what the provider answered, which it redeems with the verifier of its own
//! challenge, so that no token stands in an address.

mod account;
mod app_code;
mod attempt;
pub mod linked;
mod sign_in;
mod vouched;

pub use attempt::{Answer, AppRequest, BegunAttempt, Purpose};
pub use sign_in::{BrowserShown, IdTokenShown, SocialSignIn, SocialSignInService};

use crate::begin_session::SecondStep;
use crate::ports::{Exhausted, SignInOutcome, StoreError, TokenError, UpstreamError};
use portcullis_domain::{AuditReason, Email, SecretText};

/// Why a sign-in at another provider led nowhere.
#[derive(Debug, thiserror::Error)]
pub enum SocialError {
    /// No such provider is set up, or not any more.
    #[error("no such provider is set up")]
    UnknownProvider,
    /// Nothing of the kind was begun in this browser, or it is over: too late, at another provider, or a second time.
    #[error("no sign-in waits for this answer")]
    InvalidState,
    /// The provider vouches for nobody: the person went back, or the code is not good.
    #[error("the provider did not sign the person in: {0}")]
    Refused(String),
    /// What the provider says can't be trusted.
    #[error("what the provider says can't be trusted: {0}")]
    Untrusted(String),
    /// The provider did not answer in time.
    #[error("the provider can't be reached: {0}")]
    Unreachable(String),
    /// So many wait for the provider that one more is not let wait.
    #[error("too many wait for the provider")]
    Busy,
    /// Too many came from there.
    #[error(transparent)]
    TooMany(#[from] Exhausted),
    /// The provider tells no address, and an account has one.
    #[error("the provider tells no email address")]
    NoEmail,
    /// There is an account of that address, which is not linked. Its user signs in first, then links it.
    #[error("there is an account of that address, which is not linked")]
    AccountExists(Email),
    /// The provider vouches for somebody else than who is signed in, whom it was to prove.
    #[error("the provider vouches for somebody else than who is signed in")]
    AnotherPerson,
    /// The provider does not say that the person signed in there just now, and they have another way to prove who they are.
    #[error("the provider does not say that the person signed in there just now")]
    NotFresh,
    /// Not everybody may sign up.
    #[error("registration is not open")]
    RegistrationClosed,
    /// The account was disabled.
    #[error("the account is disabled")]
    AccountDisabled,
    /// The address has to be verified first. The link was mailed.
    #[error("the email address is not verified")]
    EmailNotVerified,
    /// A second factor is asked for.
    #[error("a second factor is asked for")]
    SecondFactorRequired(SecondStep),
    /// Nothing was stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The access token was not signed.
    #[error(transparent)]
    Token(#[from] TokenError),
}

impl From<UpstreamError> for SocialError {
    fn from(error: UpstreamError) -> Self {
        match error {
            UpstreamError::Unknown => Self::UnknownProvider,
            UpstreamError::Refused(why) => Self::Refused(why),
            UpstreamError::Untrusted(why) => Self::Untrusted(why),
            UpstreamError::Unreachable(why) => Self::Unreachable(why),
            UpstreamError::Busy => Self::Busy,
        }
    }
}

impl SocialError {
    /// How the figures call it.
    const fn outcome(&self) -> SignInOutcome {
        match self {
            Self::UnknownProvider | Self::InvalidState | Self::Refused(_) | Self::Untrusted(_) | Self::NotFresh => {
                SignInOutcome::ProviderRefused
            }
            Self::Unreachable(_) => SignInOutcome::ProviderUnavailable,
            Self::NoEmail | Self::AccountExists(_) | Self::AnotherPerson | Self::RegistrationClosed => {
                SignInOutcome::NotLinked
            }
            Self::TooMany(_) => SignInOutcome::Limited,
            Self::AccountDisabled => SignInOutcome::AccountDisabled,
            Self::EmailNotVerified => SignInOutcome::EmailNotVerified,
            Self::SecondFactorRequired(_) => SignInOutcome::MfaRequired,
            Self::Busy | Self::Store(StoreError::Busy) => SignInOutcome::Busy,
            Self::Store(_) | Self::Token(_) => SignInOutcome::Failed,
        }
    }

    /// How the trail tells of it, where it is a provider's doing that nobody was signed in.
    pub(super) const fn reason(&self) -> Option<AuditReason> {
        match self {
            Self::Refused(_) | Self::Untrusted(_) | Self::NotFresh => Some(AuditReason::ProviderRefused),
            Self::NoEmail | Self::AccountExists(_) | Self::AnotherPerson | Self::RegistrationClosed => {
                Some(AuditReason::NotLinked)
            }
            Self::UnknownProvider
            | Self::InvalidState
            | Self::Unreachable(_)
            | Self::Busy
            | Self::TooMany(_)
            | Self::AccountDisabled
            | Self::EmailNotVerified
            | Self::SecondFactorRequired(_)
            | Self::Store(_)
            | Self::Token(_) => None,
        }
    }
}

/// Why a code was not redeemed.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The text is no code, or not any more, or the verifier is another.
    #[error("the code is not valid")]
    InvalidCode,
    /// Nobody is signed in by it.
    #[error(transparent)]
    Refused(#[from] SocialError),
}

/// Why an ID token signed nobody in.
#[derive(Debug, thiserror::Error)]
pub enum IdTokenError {
    /// It is none of the provider's for one of our apps with that nonce, too old, or was shown before.
    #[error("the ID token is not valid: {0}")]
    Invalid(String),
    /// Nobody is signed in by it.
    #[error(transparent)]
    Refused(#[from] SocialError),
}

/// Where an app's answer goes, and what it says.
#[derive(Debug)]
pub struct AppAnswer {
    /// The address, byte for byte as it was asked for.
    pub redirect_to: String,
    /// The code to redeem, or why there is none.
    pub said: Result<SecretText, SocialError>,
}
