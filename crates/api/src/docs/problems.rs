//! Problems of the interactive page.

use crate::responses::problems;
use portcullis_web::kind;

problems! {
    /// Of asking for something that may not be there.
    AssetProblems: &[kind::NOT_FOUND];
}
