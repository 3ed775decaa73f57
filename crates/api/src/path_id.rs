//! Ids in paths and queries.

use crate::problem::Problem;
use portcullis_web::kind;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

/// The id that stands in a path.
///
/// # Errors
/// `not_found`: where no id can stand, there is nothing.
pub(crate) fn path_id<Id: From<Uuid>>(text: &str) -> Result<Id, Problem> {
    Ok(id(text).ok_or(kind::NOT_FOUND)?)
}

/// The id, in the one form in which answers have it.
pub(crate) fn id<Id: From<Uuid>>(text: &str) -> Option<Id> {
    let id: Hyphenated = text.parse().ok()?;
    Some(Id::from(id.into_uuid()))
}
