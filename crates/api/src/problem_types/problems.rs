//! Problems of explaining a problem.

use crate::responses::problems;
use portcullis_web::kind;

problems! {
    /// Of asking for a kind that there is not.
    ExplainProblemProblems: &[kind::NOT_FOUND];
}
