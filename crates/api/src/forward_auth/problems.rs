//! Problems of letting a proxy ask who calls.

use crate::caller::problems::{FORBIDDEN, INVALID_ACCESS_TOKEN, MFA_ENROLMENT_REQUIRED, MISSING_ACCESS_TOKEN};
use crate::responses::{OF_QUERY, OF_STORE, problems};

problems! {
    /// Of asking who calls.
    VerifyProblems: OF_QUERY, &[MISSING_ACCESS_TOKEN, INVALID_ACCESS_TOKEN, MFA_ENROLMENT_REQUIRED, FORBIDDEN], OF_STORE;
}
