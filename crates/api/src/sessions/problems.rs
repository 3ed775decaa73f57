//! Problems of one's sessions.

use crate::caller::problems::OF_CALLER;
use crate::problem::Problem;
use crate::responses::{OF_QUERY, OF_STORE, problems};
use portcullis_application::sessions::EndSessionError;
use portcullis_web::kind;

problems! {
    /// Of listing one's sessions.
    ListSessionsProblems: OF_CALLER, OF_QUERY, OF_STORE;
    /// Of ending one of one's sessions.
    EndSessionProblems: OF_CALLER, OF_QUERY, &[kind::NOT_FOUND], OF_STORE;
    /// Of ending several of one's sessions.
    EndSessionsProblems: OF_CALLER, OF_QUERY, OF_STORE;
}

impl From<EndSessionError> for Problem {
    fn from(error: EndSessionError) -> Self {
        match error {
            EndSessionError::NotFound | EndSessionError::Over => kind::NOT_FOUND.into(),
            EndSessionError::Store(error) => error.into(),
        }
    }
}
