//! Problems of the outbox.

use crate::caller::problems::{FORBIDDEN, OF_ADMIN};
use crate::problem::Problem;
use crate::responses::{OF_QUERY, OF_STORE, problems};
use portcullis_application::outbox::OutboxError;
use portcullis_web::kind;

problems! {
    /// Of listing mails.
    ListMailsProblems: OF_ADMIN, OF_QUERY, OF_STORE;
    /// Of doing something with a mail.
    MailProblems: OF_ADMIN, OF_QUERY, &[kind::NOT_FOUND], OF_STORE;
}

impl From<OutboxError> for Problem {
    fn from(error: OutboxError) -> Self {
        match error {
            OutboxError::NotFound => kind::NOT_FOUND.into(),
            OutboxError::NoLongerAllowed => FORBIDDEN.into(),
            OutboxError::Store(error) => error.into(),
        }
    }
}
