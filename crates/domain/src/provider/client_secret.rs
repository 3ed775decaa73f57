//! Secrets that clients show.

use crate::{ClientSecretId, Digest32, Label};
use chrono::{DateTime, Utc};

/// A secret of a client: 256 random bits, of which the digest is kept. Two live at once, so that one can take the place of
/// the other while both work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSecret {
    /// Names the secret.
    pub id: ClientSecretId,
    /// SHA-256 of its text.
    pub digest: Digest32,
    /// What people call it.
    pub label: Option<Label>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it does not count, if ever.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last shown, to about an hour.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl ClientSecret {
    /// How many of a client live at once.
    pub const MOST: usize = 2;

    /// Whether it counts.
    #[must_use]
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}
