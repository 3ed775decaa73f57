//! Problems of second factors.

use crate::account::problems::WRONG_PASSWORD;
use crate::auth::problems::{COOKIES_OFF, CROSS_SITE_REQUEST, EMAIL_NOT_VERIFIED};
use crate::caller::problems::{ACCOUNT_DISABLED, CHALLENGE, OF_CALLER, OF_ENROLLING, OF_PROVEN_ADMIN};
use crate::passkeys::problems::OF_PASSKEY;
use crate::problem::Problem;
use crate::responses::{OF_BODY, OF_LIMIT, OF_QUERY, OF_STORE, problems};
use actix_web::http::StatusCode;
use portcullis_application::reauthentication::ReauthenticateError;
use portcullis_application::second_factors::{ChangeFactorError, ResetFactorsError};
use portcullis_application::sign_in_by_code::SecondStepError;
use portcullis_domain::{Acr, StepUpNeeded};
use portcullis_web::{Kind, Refusal, kind};

/// A right password of an account with a second factor.
pub(crate) const MFA_REQUIRED: &Kind = &Kind::unauthorized(
    "mfa_required",
    "A second factor is needed",
    "The password is right. Send mfa_token with a code of the authenticator app, a recovery code or a passkey to /auth/login/mfa \
     within five minutes.",
    CHALLENGE,
);

/// Not the code, or used before.
pub(crate) const INVALID_CODE: &Kind = &Kind::unauthorized(
    "invalid_code",
    "The code is wrong",
    "The code is not the one that the app shows now, no recovery code that is left, or it was used before.",
    CHALLENGE,
);

/// The same of somebody who is signed in.
const UNFIT_CODE: &Kind = &Kind::new(
    "invalid_code",
    StatusCode::UNPROCESSABLE_ENTITY,
    "The code is wrong",
    "The code is not the one that the app shows now, no recovery code that is left, or it was used before. Nothing was changed.",
);

/// Goes on with no sign-in.
pub(crate) const INVALID_MFA_TOKEN: &Kind = &Kind::unauthorized(
    "invalid_mfa_token",
    "No sign-in waits for this",
    "Five minutes or five tries are over, the account was changed, or the text is none of ours. Sign in again.",
    CHALLENGE,
);

/// There is nothing to change.
pub(crate) const MFA_OFF: &Kind = &Kind::new(
    "mfa_off",
    StatusCode::CONFLICT,
    "The second factor is off",
    "Turn it on first: POST /users/me/mfa/totp, then send a code of the app to /users/me/mfa/totp/confirm.",
);

/// The administrator's own.
pub(crate) const OWN_SECOND_FACTOR: &Kind = &Kind::new(
    "own_second_factor",
    StatusCode::CONFLICT,
    "It is your own second factor",
    "Turn it off as everybody does, by a code: DELETE /users/me/mfa/totp. Who has none left asks another administrator, or the \
     command line: portcullis user reset-mfa.",
);

/// The challenges of RFC 9470, section 3.
const PASSWORD_ASKED: &str = r#"Bearer realm="portcullis", error="insufficient_user_authentication", error_description="A more recent proof of who you are is needed", acr_values="1fa", max_age="600""#;
const CODE_ASKED: &str = r#"Bearer realm="portcullis", error="insufficient_user_authentication", error_description="A more recent proof of who you are, by two factors, is needed", acr_values="2fa", max_age="600""#;
const KEY_ASKED: &str = r#"Bearer realm="portcullis", error="insufficient_user_authentication", error_description="A more recent proof of who you are, by a passkey, is needed", acr_values="phr", max_age="600""#;

/// The caller has to prove once more who they are.
pub(crate) const REAUTHENTICATION_REQUIRED: &Kind = &Kind::new(
    "reauthentication_required",
    StatusCode::FORBIDDEN,
    "A fresh proof of who you are is needed",
    "Send the password, and a code where the account has a second factor, or a passkey, to /auth/reauthenticate. It serves for ten \
     minutes.",
)
.with_challenge(PASSWORD_ASKED);

/// What asking for a fresh proof may end in.
pub(crate) const OF_STEP_UP: &[&Kind] = &[REAUTHENTICATION_REQUIRED];

problems! {
    /// Of the second half of signing in.
    LogInByCodeProblems: OF_BODY, OF_LIMIT, OF_PASSKEY,
        &[INVALID_CODE, INVALID_MFA_TOKEN, ACCOUNT_DISABLED, EMAIL_NOT_VERIFIED, CROSS_SITE_REQUEST, COOKIES_OFF], OF_STORE;
    /// Of proving once more who one is.
    ReauthenticateProblems: OF_CALLER, OF_BODY, OF_PASSKEY, &[WRONG_PASSWORD, UNFIT_CODE, CROSS_SITE_REQUEST, COOKIES_OFF], OF_LIMIT, OF_STORE;
    /// Of reading one's second factor.
    FactorStateProblems: OF_ENROLLING, OF_QUERY, OF_STORE;
    /// Of making a secret.
    EnrolProblems: OF_ENROLLING, OF_BODY, &[WRONG_PASSWORD], OF_STEP_UP, OF_LIMIT, OF_STORE;
    /// Of turning the second factor on.
    ConfirmProblems: OF_ENROLLING, OF_BODY, &[UNFIT_CODE], OF_STEP_UP, OF_LIMIT, OF_STORE;
    /// Of new recovery codes.
    RecoveryCodesProblems: OF_ENROLLING, OF_BODY, &[WRONG_PASSWORD, MFA_OFF], OF_STEP_UP, OF_LIMIT, OF_STORE;
    /// Of turning the second factor off.
    RemoveFactorProblems: OF_ENROLLING, OF_BODY, &[WRONG_PASSWORD, UNFIT_CODE, MFA_OFF], OF_STEP_UP, OF_LIMIT, OF_STORE;
    /// Of taking somebody's second factor away.
    ResetFactorsProblems: OF_PROVEN_ADMIN, OF_QUERY, &[kind::NOT_FOUND, OWN_SECOND_FACTOR], OF_STORE;
}

impl From<StepUpNeeded> for Problem {
    fn from(needed: StepUpNeeded) -> Self {
        let challenge = match needed.acr {
            Acr::OneFactor => PASSWORD_ASKED,
            Acr::TwoFactors => CODE_ASKED,
            Acr::PhishingResistant => KEY_ASKED,
        };
        Refusal::from(REAUTHENTICATION_REQUIRED)
            .with_challenge(challenge)
            .into()
    }
}

impl From<SecondStepError> for Problem {
    fn from(error: SecondStepError) -> Self {
        match error {
            SecondStepError::InvalidToken => INVALID_MFA_TOKEN.into(),
            SecondStepError::WrongCode { .. } => INVALID_CODE.into(),
            SecondStepError::Passkey(error) => error.into(),
            SecondStepError::TooManyAttempts(exhausted) => exhausted.into(),
            SecondStepError::AccountDisabled => ACCOUNT_DISABLED.into(),
            SecondStepError::EmailNotVerified => EMAIL_NOT_VERIFIED.into(),
            SecondStepError::Store(error) => error.into(),
            SecondStepError::Token(error) => error.into(),
        }
    }
}

impl From<ReauthenticateError> for Problem {
    fn from(error: ReauthenticateError) -> Self {
        match error {
            ReauthenticateError::NotProved(error) => error.into(),
            ReauthenticateError::WrongCode => UNFIT_CODE.into(),
            ReauthenticateError::TooManyCodes(exhausted) => exhausted.into(),
            ReauthenticateError::Passkey(error) => error.into(),
            ReauthenticateError::Store(error) => error.into(),
            ReauthenticateError::Token(error) => error.into(),
        }
    }
}

impl From<ChangeFactorError> for Problem {
    fn from(error: ChangeFactorError) -> Self {
        match error {
            ChangeFactorError::StepUp(needed) => needed.into(),
            ChangeFactorError::NotProved(error) => error.into(),
            ChangeFactorError::WrongCode => UNFIT_CODE.into(),
            ChangeFactorError::TooManyCodes(exhausted) => exhausted.into(),
            ChangeFactorError::Off => MFA_OFF.into(),
            ChangeFactorError::Store(error) => error.into(),
        }
    }
}

impl From<ResetFactorsError> for Problem {
    fn from(error: ResetFactorsError) -> Self {
        match error {
            ResetFactorsError::Own => OWN_SECOND_FACTOR.into(),
            ResetFactorsError::OutOfReach(error) => error.into(),
            ResetFactorsError::Store(error) => error.into(),
        }
    }
}
