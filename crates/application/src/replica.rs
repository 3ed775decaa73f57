//! What one server keeps in memory beside the store, so that checking an access token needs no read.

mod revocation_cursor;
mod revocation_list;
mod session_activity;

use portcullis_domain::{SessionId, SigningKey};
pub(crate) use revocation_cursor::RevocationCursor;
use std::sync::Mutex;

#[cfg(test)]
pub(crate) use revocation_list::TRUSTED_FOR;
pub use revocation_list::{RevocationList, RevocationSnapshot};
pub use session_activity::SessionActivity;

/// The memory of one server. Its services share it.
#[derive(Debug, Default)]
pub struct Replica {
    /// The access tokens that are worthless before they expire.
    pub revocations: RevocationList,
    /// When sessions were last used.
    pub activity: SessionActivity,
    /// The signing keys that were last made ready.
    pub(crate) keys: Mutex<Vec<SigningKey>>,
    /// How far the revocations were read.
    pub(crate) cursor: Mutex<RevocationCursor>,
    /// How far the sessions were swept; `None` where the next round begins anew.
    pub(crate) swept: Mutex<Option<SessionId>>,
}
