//! Problems of invitations.

use crate::caller::problems::{FORBIDDEN, OF_ADMIN, OF_PROVEN_ADMIN};
use crate::problem::Problem;
use crate::responses::{OF_BODY, OF_QUERY, OF_STORE, problems};
use crate::users::problems::{EMAIL_TAKEN, MAIL_OFF};
use actix_web::http::StatusCode;
use portcullis_application::invitations::{InviteError, WithdrawError};
use portcullis_web::{Kind, kind};

/// Nobody may sign up.
pub(crate) const INVITATIONS_CLOSED: &Kind = &Kind::new(
    "invitations_closed",
    StatusCode::CONFLICT,
    "Nobody may sign up",
    "REGISTRATION=closed refuses invitations, too. Make the account instead.",
);

problems! {
    /// Of inviting.
    InviteProblems: OF_PROVEN_ADMIN, OF_BODY, &[EMAIL_TAKEN, INVITATIONS_CLOSED, MAIL_OFF], OF_STORE;
    /// Of listing invitations.
    ListInvitationsProblems: OF_ADMIN, OF_QUERY, OF_STORE;
    /// Of taking one back.
    WithdrawProblems: OF_PROVEN_ADMIN, OF_QUERY, &[kind::NOT_FOUND], OF_STORE;
}

impl From<InviteError> for Problem {
    fn from(error: InviteError) -> Self {
        match error {
            InviteError::EmailTaken => EMAIL_TAKEN.into(),
            InviteError::RegistrationClosed => INVITATIONS_CLOSED.into(),
            InviteError::MailOff => MAIL_OFF.into(),
            InviteError::NoLongerAllowed => FORBIDDEN.into(),
            InviteError::Store(error) => error.into(),
        }
    }
}

impl From<WithdrawError> for Problem {
    fn from(error: WithdrawError) -> Self {
        match error {
            WithdrawError::NotFound => kind::NOT_FOUND.into(),
            WithdrawError::NoLongerAllowed => FORBIDDEN.into(),
            WithdrawError::Store(error) => error.into(),
        }
    }
}
