//! What makes access tokens worthless before they expire.

use crate::generation::Generation;
use crate::ids::FamilyId;
use chrono::{DateTime, Utc};

/// Access tokens of one family, up to one generation, that are worthless from now on.
///
/// It names a family and a generation, never a user and a time: what ends all of a user's sessions makes one for each,
/// and a sign-in in the same moment is not hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// The family.
    pub family: FamilyId,
    /// The highest generation whose access tokens are worthless.
    pub generation: Generation,
    /// When the last of those tokens has expired, so that nobody has to remember this any longer.
    pub until: DateTime<Utc>,
}

impl Revocation {
    /// Whether it makes an access token of that generation of its family worthless.
    #[must_use]
    pub fn covers(&self, generation: Generation) -> bool {
        generation <= self.generation
    }
}

/// When something ends, and until when that has to be remembered at the least. A session whose access tokens live longer
/// is remembered for as long as they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// When it ends.
    pub at: DateTime<Utc>,
    /// When the last access token has expired that was issued before by the same settings.
    pub remembered_until: DateTime<Utc>,
}
