//! Problems of the apps that people let use their account.

use crate::caller::problems::{FORBIDDEN, OF_ADMIN, OF_CALLER, OF_PROVEN_ADMIN};
use crate::problem::Problem;
use crate::responses::{OF_QUERY, OF_STORE, problems};
use portcullis_application::provider::connected_apps::DisconnectError;
use portcullis_web::kind;

problems! {
    /// Of listing one's own.
    ListApplicationsProblems: OF_CALLER, OF_QUERY, OF_STORE;
    /// Of taking back what one lets an app do.
    DisconnectProblems: OF_CALLER, OF_QUERY, &[kind::NOT_FOUND], OF_STORE;
    /// Of listing those of a user, by an administrator.
    UserApplicationsProblems: OF_ADMIN, OF_QUERY, &[kind::NOT_FOUND], OF_STORE;
    /// Of disconnecting one of a user.
    DisconnectUserApplicationProblems: OF_PROVEN_ADMIN, OF_QUERY, &[kind::NOT_FOUND], OF_STORE;
}

impl From<DisconnectError> for Problem {
    fn from(error: DisconnectError) -> Self {
        match error {
            DisconnectError::NotFound => kind::NOT_FOUND.into(),
            DisconnectError::NoLongerAllowed => FORBIDDEN.into(),
            DisconnectError::Store(error) => error.into(),
        }
    }
}
