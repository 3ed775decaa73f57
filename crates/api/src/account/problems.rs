//! Problems of one's own account.

use crate::caller::problems::{INVALID_ACCESS_TOKEN, OF_CALLER, OF_ENROLLING};
use crate::problem::Problem;
use crate::responses::{OF_BODY, OF_LIMIT, OF_QUERY, OF_STORE, problems};
use crate::second_factor::problems::OF_STEP_UP;
use crate::users::problems::{EMAIL_TAKEN, LAST_ADMIN, too_common};
use actix_web::http::StatusCode;
use portcullis_application::ProveAgainError;
use portcullis_application::passwords::ChangePasswordError;
use portcullis_application::profile::{ChangeProfileError, DeleteAccountError};
use portcullis_web::Kind;

/// Not the present password.
pub(crate) const WRONG_PASSWORD: &Kind = &Kind::new(
    "wrong_password",
    StatusCode::FORBIDDEN,
    "The password is wrong",
    "The account's password is another. Nothing was changed.",
);

/// Nothing would be left to sign in with.
pub(crate) const LAST_WAY_IN: &Kind = &Kind::new(
    "last_way_in",
    StatusCode::CONFLICT,
    "It is the last way to sign in",
    "Set a password first, add another passkey or link another provider.",
);

problems! {
    /// Of reading one's profile.
    ProfileProblems: OF_ENROLLING, OF_QUERY, OF_STORE;
    /// Of changing one's profile.
    ChangeProfileProblems: OF_CALLER, OF_STEP_UP, OF_BODY, &[EMAIL_TAKEN], OF_LIMIT, OF_STORE;
    /// Of changing one's password.
    ChangePasswordProblems: OF_CALLER, OF_STEP_UP, OF_BODY, &[WRONG_PASSWORD], OF_LIMIT, OF_STORE;
    /// Of deleting one's account.
    DeleteAccountProblems: OF_CALLER, OF_STEP_UP, OF_BODY, &[WRONG_PASSWORD, LAST_ADMIN], OF_LIMIT, OF_STORE;
}

impl From<ChangeProfileError> for Problem {
    fn from(error: ChangeProfileError) -> Self {
        match error {
            ChangeProfileError::StepUp(needed) => needed.into(),
            ChangeProfileError::EmailTaken => EMAIL_TAKEN.into(),
            ChangeProfileError::TooMany(exhausted) => exhausted.into(),
            ChangeProfileError::SignedOut => INVALID_ACCESS_TOKEN.into(),
            ChangeProfileError::Store(error) => error.into(),
        }
    }
}

impl From<ProveAgainError> for Problem {
    fn from(error: ProveAgainError) -> Self {
        match error {
            ProveAgainError::Wrong => WRONG_PASSWORD.into(),
            ProveAgainError::TooManyAttempts(exhausted) => exhausted.into(),
            ProveAgainError::SignedOut => INVALID_ACCESS_TOKEN.into(),
            ProveAgainError::Hasher(error) => error.into(),
            ProveAgainError::Store(error) => error.into(),
        }
    }
}

impl From<ChangePasswordError> for Problem {
    fn from(error: ChangePasswordError) -> Self {
        match error {
            ChangePasswordError::StepUp(needed) => needed.into(),
            ChangePasswordError::NotProved(error) => error.into(),
            ChangePasswordError::TooCommon(refused) => too_common("new_password", refused),
            ChangePasswordError::Hasher(error) => error.into(),
            ChangePasswordError::Store(error) => error.into(),
        }
    }
}

impl From<DeleteAccountError> for Problem {
    fn from(error: DeleteAccountError) -> Self {
        match error {
            DeleteAccountError::StepUp(needed) => needed.into(),
            DeleteAccountError::NotProved(error) => error.into(),
            DeleteAccountError::LastAdmin => LAST_ADMIN.into(),
            DeleteAccountError::Store(error) => error.into(),
        }
    }
}
