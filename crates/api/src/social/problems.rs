//! Problems of signing in by another provider.

use crate::account::problems::LAST_WAY_IN;
use crate::auth::problems::{COOKIES_OFF, CROSS_SITE_REQUEST, EMAIL_NOT_VERIFIED, REGISTRATION_CLOSED};
use crate::caller::problems::{ACCOUNT_DISABLED, INVALID_ACCESS_TOKEN, OF_CALLER};
use crate::problem::Problem;
use crate::responses::{OF_BODY, OF_LIMIT, OF_QUERY, OF_STORE, problems};
use crate::second_factor::problems::{MFA_REQUIRED, OF_STEP_UP};
use actix_web::http::StatusCode;
use portcullis_application::social::linked::{LinkError, UnlinkError};
use portcullis_application::social::{ExchangeError, IdTokenError, SocialError};
use portcullis_web::{Kind, Refusal, kind};

/// Nothing waits for the answer of a provider.
pub(crate) const INVALID_STATE: &Kind = &Kind::new(
    "invalid_state",
    StatusCode::BAD_REQUEST,
    "No sign-in waits for this answer",
    "It was begun in another browser or at another provider, more than ten minutes ago, or it was answered before. Begin again.",
);

/// A code of ours that is none, or not any more.
const INVALID_SOCIAL_CODE: &Kind = &Kind::new(
    "invalid_code",
    StatusCode::BAD_REQUEST,
    "The code is not valid",
    "The code is not genuine, was redeemed, is older than a minute, or was begun with another verifier. Begin again.",
);

/// An ID token that signs nobody in.
pub(crate) const INVALID_ID_TOKEN: &Kind = &Kind::new(
    "invalid_id_token",
    StatusCode::BAD_REQUEST,
    "The ID token is not valid",
    "It is not the provider's for one of the apps that are set up, its nonce is another, it is older than ten minutes, or it was \
     shown before.",
);

/// The provider vouches for nobody.
pub(crate) const PROVIDER_REFUSED: &Kind = &Kind::new(
    "access_denied",
    StatusCode::FORBIDDEN,
    "The provider did not sign the person in",
    "The person went back, or the provider does not know the code. Begin again.",
);

/// What a provider says can't be trusted.
pub(crate) const PROVIDER_ERROR: &Kind = &Kind::new(
    "provider_error",
    StatusCode::BAD_GATEWAY,
    "The provider's answer can't be used",
    "What the provider answered is not what it should be. The log says what was wrong with it.",
);

/// A provider that does not answer.
pub(crate) const PROVIDER_UNAVAILABLE: &Kind = &Kind::new(
    "provider_unavailable",
    StatusCode::SERVICE_UNAVAILABLE,
    "The provider does not answer",
    "The provider did not answer in time. Try again later, or sign in another way.",
);

/// A provider that tells no address.
pub(crate) const EMAIL_MISSING: &Kind = &Kind::new(
    "email_missing",
    StatusCode::CONFLICT,
    "The provider tells no email address",
    "A new account has an email address, and the provider tells none. Sign up another way, then link the provider.",
);

/// An account that is not linked.
pub(crate) const ACCOUNT_EXISTS: &Kind = &Kind::new(
    "account_exists",
    StatusCode::CONFLICT,
    "There is an account of this address",
    "It is not linked with the provider. Sign in to it another way first, then link the provider.",
);

/// An identity that another account is linked with.
pub(crate) const IDENTITY_TAKEN: &Kind = &Kind::new(
    "identity_taken",
    StatusCode::CONFLICT,
    "Another account is linked with it",
    "Unlink it there first.",
);

/// More than an account may have.
pub(crate) const TOO_MANY_IDENTITIES: &Kind = &Kind::new(
    "too_many_identities",
    StatusCode::CONFLICT,
    "There are too many identities",
    "An account has at most 20. Unlink one first.",
);

/// What asking a provider may end in.
const OF_PROVIDER: &[&Kind] = &[kind::NOT_FOUND, PROVIDER_ERROR, PROVIDER_UNAVAILABLE];

problems! {
    /// Of listing providers.
    ProvidersProblems: OF_QUERY;
    /// Of beginning.
    StartProblems: OF_QUERY, &[kind::NOT_FOUND, COOKIES_OFF, kind::INTERNAL_ERROR];
    /// Of a provider's answer that no app is told of.
    CallbackProblems: &[INVALID_STATE, kind::MALFORMED_BODY, kind::REPEATED_PARAMETER, kind::NOT_FOUND, kind::METHOD_NOT_ALLOWED];
    /// Of redeeming a code.
    ExchangeProblems: OF_BODY, OF_LIMIT,
        &[INVALID_SOCIAL_CODE, MFA_REQUIRED, ACCOUNT_DISABLED, EMAIL_NOT_VERIFIED, CROSS_SITE_REQUEST, COOKIES_OFF], OF_STORE;
    /// Of showing an ID token.
    IdTokenProblems: OF_BODY, OF_LIMIT, OF_PROVIDER,
        &[INVALID_ID_TOKEN, MFA_REQUIRED, ACCOUNT_DISABLED, EMAIL_NOT_VERIFIED, REGISTRATION_CLOSED, EMAIL_MISSING, ACCOUNT_EXISTS,
            CROSS_SITE_REQUEST, COOKIES_OFF], OF_STORE;
    /// Of listing one's identities.
    ListIdentitiesProblems: OF_CALLER, OF_QUERY, OF_STORE;
    /// Of beginning to link one.
    LinkProblems: OF_CALLER, OF_STEP_UP, OF_BODY, OF_PROVIDER, &[COOKIES_OFF], OF_STORE;
    /// Of unlinking one.
    UnlinkProblems: OF_CALLER, OF_STEP_UP, OF_QUERY, &[kind::NOT_FOUND, LAST_WAY_IN], OF_STORE;
}

impl From<SocialError> for Problem {
    fn from(error: SocialError) -> Self {
        match error {
            SocialError::UnknownProvider => kind::NOT_FOUND.into(),
            SocialError::InvalidState => INVALID_STATE.into(),
            SocialError::Untrusted(_) => PROVIDER_ERROR.into(),
            SocialError::Unreachable(_) => PROVIDER_UNAVAILABLE.into(),
            SocialError::Busy => kind::BUSY.into(),
            SocialError::TooMany(exhausted) => exhausted.into(),
            SocialError::NoEmail => EMAIL_MISSING.into(),
            SocialError::AccountExists(_) => ACCOUNT_EXISTS.into(),
            // Pages alone ask for a proof that may be another person's, or old.
            SocialError::Refused(_) | SocialError::AnotherPerson | SocialError::NotFresh => PROVIDER_REFUSED.into(),
            SocialError::RegistrationClosed => REGISTRATION_CLOSED.into(),
            SocialError::AccountDisabled => ACCOUNT_DISABLED.into(),
            SocialError::EmailNotVerified => EMAIL_NOT_VERIFIED.into(),
            SocialError::SecondFactorRequired(step) => Refusal::from(MFA_REQUIRED).with_second_step(step).into(),
            SocialError::Store(error) => error.into(),
            SocialError::Token(error) => error.into(),
        }
    }
}

impl From<ExchangeError> for Problem {
    fn from(error: ExchangeError) -> Self {
        match error {
            // An identity that was unlinked meanwhile, too.
            ExchangeError::InvalidCode | ExchangeError::Refused(SocialError::InvalidState) => {
                INVALID_SOCIAL_CODE.into()
            }
            ExchangeError::Refused(error) => error.into(),
        }
    }
}

impl From<IdTokenError> for Problem {
    fn from(error: IdTokenError) -> Self {
        match error {
            IdTokenError::Invalid(_) | IdTokenError::Refused(SocialError::InvalidState) => INVALID_ID_TOKEN.into(),
            IdTokenError::Refused(error) => error.into(),
        }
    }
}

impl From<LinkError> for Problem {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::StepUp(needed) => needed.into(),
            LinkError::SignedOut => INVALID_ACCESS_TOKEN.into(),
            LinkError::LinkedElsewhere => IDENTITY_TAKEN.into(),
            LinkError::TooMany => TOO_MANY_IDENTITIES.into(),
            LinkError::Provider(error) => error.into(),
            LinkError::Store(error) => error.into(),
        }
    }
}

impl From<UnlinkError> for Problem {
    fn from(error: UnlinkError) -> Self {
        match error {
            UnlinkError::StepUp(needed) => needed.into(),
            UnlinkError::NotFound => kind::NOT_FOUND.into(),
            UnlinkError::LastWayIn => LAST_WAY_IN.into(),
            UnlinkError::SignedOut => INVALID_ACCESS_TOKEN.into(),
            UnlinkError::Store(error) => error.into(),
        }
    }
}

/// What an app is told at the address that it named, by the words of the problems.
pub(crate) fn code_of(problem: &Problem) -> &'static str {
    problem.0.kind().code
}
