//! Problems of signing up, in and out.

use crate::caller::problems::{ACCOUNT_DISABLED, CHALLENGE};
use crate::problem::Problem;
use crate::responses::{OF_BODY, OF_LIMIT, OF_STORE, problems};
use crate::second_factor::problems::MFA_REQUIRED;
use crate::users::problems::{EMAIL_TAKEN, too_common};
use actix_web::http::StatusCode;
use portcullis_application::refresh::RefreshError;
use portcullis_application::registration::RegisterError;
use portcullis_application::sign_in::LogInError;
use portcullis_web::{Kind, Refusal};

/// Another grant than the password's (RFC 6749, section 5.2).
pub(crate) const UNSUPPORTED_GRANT_TYPE: &Kind = &Kind::new(
    "unsupported_grant_type",
    StatusCode::BAD_REQUEST,
    "The grant type is not supported",
    "Send grant_type=password, or leave it out.",
);

/// Not an account and its password.
pub(crate) const INVALID_CREDENTIALS: &Kind = &Kind::unauthorized(
    "invalid_credentials",
    "The credentials are wrong",
    "No account has this email address and this password.",
    CHALLENGE,
);

/// Not a refresh token, or not any more.
pub(crate) const INVALID_REFRESH_TOKEN: &Kind = &Kind::unauthorized(
    "invalid_refresh_token",
    "The refresh token is not valid",
    "The token is not genuine, was used, has expired, or its session is over. Sign in again.",
    CHALLENGE,
);

/// Not everybody may sign up.
pub(crate) const REGISTRATION_CLOSED: &Kind = &Kind::new(
    "registration_closed",
    StatusCode::FORBIDDEN,
    "Registration is not open",
    "Accounts are made by invitation, or by an administrator.",
);

/// A right password of an account whose address has to be verified first.
pub(crate) const EMAIL_NOT_VERIFIED: &Kind = &Kind::new(
    "email_not_verified",
    StatusCode::FORBIDDEN,
    "The email address is not verified",
    "The password is right. Use the link that was mailed to the address first. Signing in mails a new one, as long as there were \
     not too many; the newest mail has the link that works.",
);

/// A cookie is asked for where there are none.
pub(crate) const COOKIES_OFF: &Kind = &Kind::new(
    "cookies_off",
    StatusCode::CONFLICT,
    "This server sets no cookies",
    "A cookie would travel without TLS. Leave cookie=true out, or have PUBLIC_URL set to an https address.",
);

/// A call by a cookie or for one, or a form, of a page that may not.
pub(crate) const CROSS_SITE_REQUEST: &Kind = &Kind::new(
    "cross_site_request",
    StatusCode::FORBIDDEN,
    "No page made this request that may",
    "With a cookie or by a form, pages of PUBLIC_URL may call, and those of the origins in CORS_ALLOWED_ORIGINS. What is no page sends \
     the refresh token in the body.",
);

/// One in the body and one in the cookie.
pub(crate) const TWO_REFRESH_TOKENS: &Kind = &Kind::new(
    "two_refresh_tokens",
    StatusCode::BAD_REQUEST,
    "There are two refresh tokens",
    "The request has a cookie with a refresh token and a body, or two such cookies. Send one of them. Of two cookies both are \
     taken away: sign in again.",
);

problems! {
    /// Of signing up.
    RegisterProblems: OF_BODY, OF_LIMIT, OF_STORE, &[REGISTRATION_CLOSED, EMAIL_TAKEN];
    /// Of signing in.
    LogInProblems: OF_BODY, OF_LIMIT, &[INVALID_CREDENTIALS, MFA_REQUIRED, ACCOUNT_DISABLED, EMAIL_NOT_VERIFIED, CROSS_SITE_REQUEST, COOKIES_OFF], OF_STORE;
    /// Of staying signed in.
    RefreshProblems: OF_BODY, OF_LIMIT, &[TWO_REFRESH_TOKENS, INVALID_REFRESH_TOKEN, CROSS_SITE_REQUEST, COOKIES_OFF], OF_STORE;
    /// Of signing out.
    LogOutProblems: OF_BODY, &[TWO_REFRESH_TOKENS, CROSS_SITE_REQUEST], OF_STORE;
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::EmailTaken => EMAIL_TAKEN.into(),
            RegisterError::Closed => REGISTRATION_CLOSED.into(),
            RegisterError::TooMany(exhausted) => exhausted.into(),
            RegisterError::TooCommon(refused) => too_common("password", refused),
            RegisterError::Hasher(error) => error.into(),
            RegisterError::Store(error) => error.into(),
        }
    }
}

impl From<LogInError> for Problem {
    fn from(error: LogInError) -> Self {
        match error {
            LogInError::InvalidCredentials => INVALID_CREDENTIALS.into(),
            LogInError::TooManyAttempts(exhausted) => exhausted.into(),
            LogInError::AccountDisabled => ACCOUNT_DISABLED.into(),
            LogInError::EmailNotVerified => EMAIL_NOT_VERIFIED.into(),
            LogInError::SecondFactorRequired(step) => Refusal::from(MFA_REQUIRED).with_second_step(step).into(),
            LogInError::Hasher(error) => error.into(),
            LogInError::Store(error) => error.into(),
            LogInError::Token(error) => error.into(),
        }
    }
}

impl From<RefreshError> for Problem {
    fn from(error: RefreshError) -> Self {
        match error {
            // Somebody who tries stolen tokens does not learn which of them were real.
            RefreshError::Invalid | RefreshError::Expired | RefreshError::Reused => INVALID_REFRESH_TOKEN.into(),
            RefreshError::TooMany(exhausted) => exhausted.into(),
            RefreshError::Store(error) => error.into(),
            RefreshError::Token(error) => error.into(),
        }
    }
}
