//! What asking for a caller may end in.

use crate::problem::Problem;
use crate::second_factor::problems::REAUTHENTICATION_REQUIRED;
use actix_web::http::StatusCode;
use portcullis_application::authentication::{AuthenticateError, AuthorizeError};
use portcullis_web::Kind;

/// The challenge to those who showed nothing that counts (RFC 6750, section 3).
pub(crate) const CHALLENGE: &str = r#"Bearer realm="portcullis""#;

/// No access token.
pub(crate) const MISSING_ACCESS_TOKEN: &Kind = &Kind::unauthorized(
    "missing_access_token",
    "An access token is needed",
    "Send the access token in the header Authorization, after the word Bearer.",
    CHALLENGE,
);

/// A token that does not count. The challenge says so only where a token was shown (RFC 6750, section 3.1).
pub(crate) const INVALID_ACCESS_TOKEN: &Kind = &Kind::unauthorized(
    "invalid_access_token",
    "The access token is not valid",
    "The token is not genuine, has expired, or its session is over. Refresh it or sign in again.",
    r#"Bearer realm="portcullis", error="invalid_token""#,
);

/// The account may not be used.
pub(crate) const ACCOUNT_DISABLED: &Kind = &Kind::new(
    "account_disabled",
    StatusCode::FORBIDDEN,
    "The account is disabled",
    "Ask an administrator to enable the account.",
);

/// The account has to have a second factor first.
pub(crate) const MFA_ENROLMENT_REQUIRED: &Kind = &Kind::new(
    "mfa_enrolment_required",
    StatusCode::FORBIDDEN,
    "A second factor is needed first",
    "This server demands a second factor of the account. Set one up: POST /users/me/mfa/totp, then send a code of the app to \
     /users/me/mfa/totp/confirm, and refresh. On pages: /account/second-factor.",
);

/// The caller does not have the role that the call needs.
pub(crate) const FORBIDDEN: &Kind = &Kind::new(
    "forbidden",
    StatusCode::FORBIDDEN,
    "The role does not allow it",
    "This takes the role ADMIN.",
);

/// What asking for an access token may end in, where the account needs no second factor.
pub(crate) const OF_ENROLLING: &[&Kind] = &[MISSING_ACCESS_TOKEN, INVALID_ACCESS_TOKEN, ACCOUNT_DISABLED];

/// What asking for an access token may end in.
pub(crate) const OF_CALLER: &[&Kind] = &[
    MISSING_ACCESS_TOKEN,
    INVALID_ACCESS_TOKEN,
    ACCOUNT_DISABLED,
    MFA_ENROLMENT_REQUIRED,
];

/// What asking for an administrator's access token may end in.
pub(crate) const OF_ADMIN: &[&Kind] = &[
    MISSING_ACCESS_TOKEN,
    INVALID_ACCESS_TOKEN,
    ACCOUNT_DISABLED,
    MFA_ENROLMENT_REQUIRED,
    FORBIDDEN,
];

/// What asking for an administrator's fresh proof may end in.
pub(crate) const OF_PROVEN_ADMIN: &[&Kind] = &[
    MISSING_ACCESS_TOKEN,
    INVALID_ACCESS_TOKEN,
    ACCOUNT_DISABLED,
    MFA_ENROLMENT_REQUIRED,
    FORBIDDEN,
    REAUTHENTICATION_REQUIRED,
];

impl From<AuthenticateError> for Problem {
    fn from(error: AuthenticateError) -> Self {
        match error {
            AuthenticateError::Invalid => INVALID_ACCESS_TOKEN.into(),
            AuthenticateError::AccountDisabled => ACCOUNT_DISABLED.into(),
            AuthenticateError::FactorOwed => MFA_ENROLMENT_REQUIRED.into(),
            AuthenticateError::Store(error) => error.into(),
        }
    }
}

impl From<AuthorizeError> for Problem {
    fn from(error: AuthorizeError) -> Self {
        match error {
            AuthorizeError::Unknown(error) => error.into(),
            AuthorizeError::Forbidden => FORBIDDEN.into(),
            AuthorizeError::StepUp(needed) => needed.into(),
        }
    }
}
