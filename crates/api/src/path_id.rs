//! Ids in paths.

use crate::problem::Problem;
use portcullis_web::kind;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

/// The id that stands in a path.
///
/// # Errors
/// `not_found`: where no id can stand, there is nothing.
pub(crate) fn path_id<Id: From<Uuid>>(text: &str) -> Result<Id, Problem> {
    let id: Hyphenated = text.parse().map_err(|_| kind::NOT_FOUND)?;
    Ok(Id::from(id.into_uuid()))
}
