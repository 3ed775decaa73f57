//! Problems of the outbox.

use crate::caller::problems::{FORBIDDEN, OF_ADMIN, OF_PROVEN_ADMIN};
use crate::problem::Problem;
use crate::responses::{OF_QUERY, OF_STORE, problems};
use actix_web::http::StatusCode;
use portcullis_application::outbox::OutboxError;
use portcullis_web::{Kind, kind};

/// A mail that has left.
pub(crate) const ALREADY_SENT: &Kind = &Kind::new(
    "already_sent",
    StatusCode::CONFLICT,
    "The mail was sent already",
    "Its link may have been used. Have another link mailed instead.",
);

problems! {
    /// Of listing mails.
    ListMailsProblems: OF_ADMIN, OF_QUERY, OF_STORE;
    /// Of sending a mail again.
    RetryMailProblems: OF_PROVEN_ADMIN, OF_QUERY, &[kind::NOT_FOUND, ALREADY_SENT], OF_STORE;
    /// Of discarding a mail.
    DiscardMailProblems: OF_PROVEN_ADMIN, OF_QUERY, &[kind::NOT_FOUND], OF_STORE;
}

impl From<OutboxError> for Problem {
    fn from(error: OutboxError) -> Self {
        match error {
            OutboxError::NotFound => kind::NOT_FOUND.into(),
            OutboxError::AlreadySent => ALREADY_SENT.into(),
            OutboxError::NoLongerAllowed => FORBIDDEN.into(),
            OutboxError::Store(error) => error.into(),
        }
    }
}
