//! The text of the cursors between the pages of a list, authenticated so that nobody makes one up.
//!
//! A cursor is the base64url of a position, which is time (8 bytes of microseconds, big endian) and id (16), and of a
//! proof: the first 16 bytes (RFC 2104, section 5) of HMAC-SHA-256 of the list's number (1), whose list it is (16, zeros
//! for nobody's) and the position. All widths are fixed, so no two inputs run together.

use crate::hmac_keys::HmacKeys;
use crate::keys::Keys;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use portcullis_application::ports::{ListName, PageCursors};
use portcullis_domain::Position;
use shaku::Component;
use uuid::Uuid;

const TIME_BYTES: usize = 8;
const POSITION_BYTES: usize = TIME_BYTES + 16;
const PROOF_BYTES: usize = 16;
const CURSOR_BYTES: usize = POSITION_BYTES + PROOF_BYTES;
/// HKDF's `info`: what the derived key is for. Another form of the text needs another one.
const KEY_PURPOSE: &[u8] = b"portcullis page cursor v1";

/// The keys of cursors, derived once. Prints nothing.
#[derive(Debug, Clone)]
pub struct PageCursorKeys(HmacKeys);

impl PageCursorKeys {
    /// Derives them by HKDF-SHA-256 (RFC 5869) from `SECRET_KEY` and the store's `salt`, so that the servers of one store
    /// read each other's cursors and no others.
    #[must_use]
    pub fn derive(keys: &Keys, salt: &[u8; 32]) -> Self {
        Self(HmacKeys::derive(keys, salt, KEY_PURPOSE))
    }
}

/// [`PageCursors`] by HMAC-SHA-256.
#[derive(Component)]
#[shaku(interface = PageCursors)]
pub struct HmacPageCursors {
    /// Makes and recognizes the cursors.
    keys: PageCursorKeys,
}

impl PageCursors for HmacPageCursors {
    fn issue(&self, list: ListName, position: Position) -> String {
        let mut cursor = Vec::with_capacity(CURSOR_BYTES);
        cursor.extend_from_slice(&position.at.timestamp_micros().to_be_bytes());
        cursor.extend_from_slice(position.id.as_bytes());
        let code = code(self.keys.0.current(), list, &cursor);
        cursor.extend(code.as_ref().iter().take(PROOF_BYTES));
        URL_SAFE_NO_PAD.encode(cursor)
    }

    fn read(&self, list: ListName, raw: &str) -> Option<Position> {
        let cursor = URL_SAFE_NO_PAD.decode(raw).ok()?;
        let (position, proof) = cursor.split_first_chunk::<POSITION_BYTES>()?;
        if !self.keys.0.any(|key| proves(proof, &code(key, list, position))) {
            return None;
        }
        let (time, id) = position.split_first_chunk::<TIME_BYTES>()?;
        Some(Position {
            at: DateTime::from_timestamp_micros(i64::from_be_bytes(*time))?,
            id: Uuid::from_slice(id).ok()?,
        })
    }
}

/// The code of which a cursor holds the beginning.
fn code(key: &hmac::Key, list: ListName, position: &[u8]) -> hmac::Tag {
    // The numbers stay as they are: cursors outlive a restart with a newer program.
    let (number, owner) = match list {
        ListName::Users => (1, Uuid::nil()),
        ListName::OwnSessions(user) => (2, user.as_uuid()),
        ListName::UserSessions(user) => (3, user.as_uuid()),
        ListName::AuditEvents => (4, Uuid::nil()),
        ListName::OwnAuditEvents(user) => (5, user.as_uuid()),
        ListName::Invitations => (6, Uuid::nil()),
        ListName::Mails => (7, Uuid::nil()),
        ListName::Clients => (8, Uuid::nil()),
        ListName::ClientMembers(client) => (9, client.as_uuid()),
        ListName::Resources => (10, Uuid::nil()),
    };
    let mut context = hmac::Context::with_key(key);
    context.update(&[number]);
    context.update(owner.as_bytes());
    context.update(position);
    context.sign()
}

fn proves(proof: &[u8], code: &hmac::Tag) -> bool {
    let expected = code.as_ref().get(..PROOF_BYTES);
    expected.is_some_and(|expected| verify_slices_are_equal(expected, proof).is_ok())
}
