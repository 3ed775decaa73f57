//! What clients call users and sessions.

use portcullis_domain::{Session, User};
use portcullis_oauth2::ClientId;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// What every client calls a user (OpenID Connect Core, section 8: `public`).
pub(super) fn subject_of(user: &User) -> String {
    user.id.to_string()
}

/// What a client calls a browser's session (`sid`). Two clients call it differently, so that they can't tell that it is one. It is
/// computed from the session's seed, which nobody else has.
pub(super) fn session_name(session: &Session, client: &ClientId) -> String {
    let mut hash = Sha256::new();
    hash.update("portcullis sid\0");
    hash.update(session.rotation.seed.expose());
    hash.update(session.id.as_uuid().as_bytes());
    hash.update(client.as_str());
    let mut name = String::new();
    for byte in hash.finalize().iter().take(16) {
        // Writing to a text can't fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}
