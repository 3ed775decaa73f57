//! Problems of other people's accounts.

use crate::caller::problems::{FORBIDDEN, OF_ADMIN, OF_PROVEN_ADMIN};
use crate::problem::Problem;
use crate::responses::{OF_BODY, OF_QUERY, OF_STORE, problems};
use crate::users::problems::{EMAIL_TAKEN, LAST_ADMIN, MAIL_OFF, too_common};
use portcullis_application::email_verification::SendLinkError;
use portcullis_application::new_account::CreateAccountError;
use portcullis_application::still_allowed::OutOfReach;
use portcullis_application::users::{ChangeUserError, DeleteUserError};
use portcullis_web::kind;

problems! {
    /// Of listing users.
    ListUsersProblems: OF_ADMIN, OF_QUERY, OF_STORE;
    /// Of making an account.
    CreateUserProblems: OF_PROVEN_ADMIN, OF_BODY, &[EMAIL_TAKEN], OF_STORE;
    /// Of reading a user.
    FindUserProblems: OF_ADMIN, OF_QUERY, &[kind::NOT_FOUND], OF_STORE;
    /// Of changing a user.
    ChangeUserProblems: OF_PROVEN_ADMIN, OF_BODY, &[kind::NOT_FOUND, EMAIL_TAKEN, LAST_ADMIN], OF_STORE;
    /// Of deleting a user.
    DeleteUserProblems: OF_PROVEN_ADMIN, OF_QUERY, &[kind::NOT_FOUND, LAST_ADMIN], OF_STORE;
    /// Of mailing a user a link.
    SendLinkProblems: OF_PROVEN_ADMIN, OF_QUERY, &[kind::NOT_FOUND, MAIL_OFF], OF_STORE;
    /// Of ending a user's sessions.
    EndUserSessionsProblems: OF_PROVEN_ADMIN, OF_QUERY, &[kind::NOT_FOUND], OF_STORE;
    /// Of listing a user's sessions.
    ListUserSessionsProblems: OF_ADMIN, OF_QUERY, &[kind::NOT_FOUND], OF_STORE;
}

impl From<CreateAccountError> for Problem {
    fn from(error: CreateAccountError) -> Self {
        match error {
            CreateAccountError::EmailTaken => EMAIL_TAKEN.into(),
            CreateAccountError::NoLongerAllowed => FORBIDDEN.into(),
            CreateAccountError::TooCommon(refused) => too_common("password", refused),
            CreateAccountError::Hasher(error) => error.into(),
            CreateAccountError::Store(error) => error.into(),
        }
    }
}

impl From<OutOfReach> for Problem {
    fn from(error: OutOfReach) -> Self {
        match error {
            OutOfReach::NotFound => kind::NOT_FOUND.into(),
            OutOfReach::NoLongerAllowed => FORBIDDEN.into(),
            OutOfReach::Store(error) => error.into(),
        }
    }
}

impl From<SendLinkError> for Problem {
    fn from(error: SendLinkError) -> Self {
        match error {
            SendLinkError::OutOfReach(error) => error.into(),
            SendLinkError::MailOff => MAIL_OFF.into(),
            SendLinkError::Store(error) => error.into(),
        }
    }
}

impl From<ChangeUserError> for Problem {
    fn from(error: ChangeUserError) -> Self {
        match error {
            ChangeUserError::OutOfReach(error) => error.into(),
            ChangeUserError::EmailTaken => EMAIL_TAKEN.into(),
            ChangeUserError::LastAdmin => LAST_ADMIN.into(),
            ChangeUserError::Store(error) => error.into(),
        }
    }
}

impl From<DeleteUserError> for Problem {
    fn from(error: DeleteUserError) -> Self {
        match error {
            DeleteUserError::OutOfReach(error) => error.into(),
            DeleteUserError::LastAdmin => LAST_ADMIN.into(),
            DeleteUserError::Store(error) => error.into(),
        }
    }
}
