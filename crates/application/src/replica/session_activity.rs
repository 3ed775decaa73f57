//! When sessions were last used, noted without a write to the store for each request.

use chrono::{DateTime, Utc};
use portcullis_domain::SessionId;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// As many parts with a lock each, so that workers seldom wait for one another.
const PARTS: usize = 16;

/// The most sessions of one part that are noted between two writes; the uses of further ones are not noted.
const MOST_IN_A_PART: usize = 64 * 1024;

/// The sessions that were used since the store was last told.
#[derive(Debug, Default)]
pub struct SessionActivity {
    parts: [Mutex<HashMap<SessionId, DateTime<Utc>>>; PARTS],
}

impl SessionActivity {
    /// Notes that a session is used.
    pub fn note(&self, session: SessionId, now: DateTime<Utc>) {
        let mut part = self.part(session);
        let has_room = part.len() < MOST_IN_A_PART;
        match part.get_mut(&session) {
            Some(noted) => *noted = now.max(*noted),
            None if has_room => {
                part.insert(session, now);
            }
            None => {}
        }
    }

    /// When a session was last used, if the store was not told yet.
    #[must_use]
    pub fn last_use(&self, session: SessionId) -> Option<DateTime<Utc>> {
        self.part(session).get(&session).copied()
    }

    /// Takes all that was noted, for the store.
    #[must_use]
    pub fn take(&self) -> Vec<(SessionId, DateTime<Utc>)> {
        let parts = self.parts.iter();
        parts.flat_map(|part| std::mem::take(&mut *lock(part))).collect()
    }

    fn part(&self, session: SessionId) -> MutexGuard<'_, HashMap<SessionId, DateTime<Utc>>> {
        let [.., last] = *session.as_uuid().as_bytes();
        #[expect(clippy::indexing_slicing, reason = "a remainder of PARTS is below PARTS")]
        lock(&self.parts[usize::from(last) % PARTS])
    }
}

/// Each entry is written as a whole, so a panic elsewhere leaves the map usable.
fn lock<T>(part: &Mutex<T>) -> MutexGuard<'_, T> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn session(byte: u8) -> SessionId {
        SessionId::new(DateTime::UNIX_EPOCH, [byte; 10])
    }

    #[test]
    fn the_latest_use_of_each_session_is_taken_once() {
        let activity = SessionActivity::default();
        let (early, late) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + TimeDelta::seconds(1));
        for byte in 0..40 {
            activity.note(session(byte), late);
            activity.note(session(byte), early);
        }
        assert_eq!(activity.last_use(session(7)), Some(late));
        let mut taken = activity.take();
        taken.sort();
        let mut expected: Vec<_> = (0..40).map(|byte| (session(byte), late)).collect();
        expected.sort();
        assert_eq!(taken, expected);
        assert_eq!(activity.take(), []);
        assert_eq!(activity.last_use(session(7)), None);
    }

    #[test]
    fn what_is_noted_is_bounded() {
        let activity = SessionActivity::default();
        // All in one part: their last byte is the same.
        for milliseconds in 0..=i64::try_from(MOST_IN_A_PART).unwrap() {
            let at = DateTime::UNIX_EPOCH + TimeDelta::milliseconds(milliseconds);
            activity.note(SessionId::new(at, [0; 10]), at);
        }
        assert_eq!(activity.take().len(), MOST_IN_A_PART);
    }
}
