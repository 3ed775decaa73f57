//! Problems of what other services need.

use crate::problem::Problem;
use crate::responses::{OF_QUERY, problems};
use portcullis_application::publication::OutOfTouch;
use portcullis_web::{Refusal, kind};

problems! {
    /// Of asking for revocations.
    RevocationsProblems: OF_QUERY, &[kind::UNAVAILABLE];
}

impl From<OutOfTouch> for Problem {
    fn from(error: OutOfTouch) -> Self {
        Refusal::caused(kind::UNAVAILABLE, &error).into()
    }
}
