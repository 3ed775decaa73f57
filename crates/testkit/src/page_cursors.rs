//! Cursors that take no key.

use chrono::DateTime;
use portcullis_application::ports::{ListName, PageCursors};
use portcullis_domain::Position;
use std::hash::{DefaultHasher, Hash, Hasher};
use uuid::Uuid;

const PREFIX: &str = "fake_cursor-";
/// Hexadecimal digits of the time, and of the checksum.
const DIGITS: usize = 16;
/// Hexadecimal digits of the id.
const ID_DIGITS: usize = 32;

/// Writes the position plainly, with a checksum of it and the list behind: nobody makes one by accident.
#[derive(Clone, Copy, Default)]
pub struct FakePageCursors;

impl PageCursors for FakePageCursors {
    fn issue(&self, list: ListName, position: Position) -> String {
        let mut hasher = DefaultHasher::new();
        (PREFIX, list, position.at, position.id).hash(&mut hasher);
        let (time, id) = (position.at.timestamp_micros(), position.id.simple());
        format!("{PREFIX}{time:016x}{id}{:016x}", hasher.finish())
    }

    fn read(&self, list: ListName, raw: &str) -> Option<Position> {
        let (time, rest) = raw.strip_prefix(PREFIX)?.split_at_checked(DIGITS)?;
        let (id, _) = rest.split_at_checked(ID_DIGITS)?;
        let position = Position {
            at: DateTime::from_timestamp_micros(i64::from_str_radix(time, 16).ok()?)?,
            id: Uuid::try_parse(id).ok()?,
        };
        (self.issue(list, position) == raw).then_some(position)
    }
}
