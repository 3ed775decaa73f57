//! Problems of mailed links.

use crate::problem::Problem;
use crate::responses::{OF_BODY, OF_STORE, problems};
use crate::users::problems::{EMAIL_TAKEN, too_common};
use actix_web::http::StatusCode;
use portcullis_application::email_verification::VerifyEmailError;
use portcullis_application::invitations::JoinError;
use portcullis_application::not_me::NotMeError;
use portcullis_application::password_reset::ResetPasswordError;
use portcullis_web::Kind;

/// Not a link for that, or not any more.
pub(crate) const INVALID_TOKEN: &Kind = &Kind::new(
    "invalid_token",
    StatusCode::BAD_REQUEST,
    "The link is not valid",
    "It was used, is too old, was replaced by a newer one, or is of something else. Ask for another one.",
);

problems! {
    /// Of verifying an address.
    VerifyEmailProblems: OF_BODY, &[INVALID_TOKEN, EMAIL_TAKEN], OF_STORE;
    /// Of asking for a mail.
    MailRequestProblems: OF_BODY, OF_STORE;
    /// Of a new password by a link.
    ResetPasswordProblems: OF_BODY, &[INVALID_TOKEN], OF_STORE;
    /// Of taking an account back.
    NotMeProblems: OF_BODY, &[INVALID_TOKEN], OF_STORE;
    /// Of accepting an invitation.
    JoinProblems: OF_BODY, &[INVALID_TOKEN, EMAIL_TAKEN], OF_STORE;
}

impl From<VerifyEmailError> for Problem {
    fn from(error: VerifyEmailError) -> Self {
        match error {
            VerifyEmailError::InvalidToken => INVALID_TOKEN.into(),
            VerifyEmailError::EmailTaken => EMAIL_TAKEN.into(),
            VerifyEmailError::Store(error) => error.into(),
        }
    }
}

impl From<ResetPasswordError> for Problem {
    fn from(error: ResetPasswordError) -> Self {
        match error {
            ResetPasswordError::InvalidToken => INVALID_TOKEN.into(),
            ResetPasswordError::TooCommon(refused) => too_common("new_password", refused),
            ResetPasswordError::Hasher(error) => error.into(),
            ResetPasswordError::Store(error) => error.into(),
        }
    }
}

impl From<NotMeError> for Problem {
    fn from(error: NotMeError) -> Self {
        match error {
            NotMeError::InvalidToken => INVALID_TOKEN.into(),
            NotMeError::Store(error) => error.into(),
        }
    }
}

impl From<JoinError> for Problem {
    fn from(error: JoinError) -> Self {
        match error {
            JoinError::InvalidToken => INVALID_TOKEN.into(),
            JoinError::EmailTaken => EMAIL_TAKEN.into(),
            JoinError::TooCommon(refused) => too_common("password", refused),
            JoinError::Hasher(error) => error.into(),
            JoinError::Store(error) => error.into(),
        }
    }
}
