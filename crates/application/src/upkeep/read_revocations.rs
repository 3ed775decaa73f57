//! Reading the revocations that others wrote.

use super::UpkeepService;
use crate::ports::{Moment, StoreError};
use crate::replica::RevocationCursor;
use chrono::TimeDelta;
use std::sync::{MutexGuard, PoisonError};

/// How many revocations are read at once.
const REVOCATIONS_AT_ONCE: usize = 1_000;

/// How long ago a revocation must have ended so that all lower numbers are settled. They were given out before it was
/// written, at least an access token's life before its end, so the units of work that got them are over. This adds room
/// for clocks that differ.
const SETTLED_AFTER_END: TimeDelta = TimeDelta::minutes(5);

impl UpkeepService {
    /// Those that were written before the store was asked.
    pub(super) async fn read_revocations(&self, asked: Moment) -> Result<(), StoreError> {
        let asked_at = asked.wall;
        if self.units.replica.revocations.was_confirmed_after(asked_at) {
            // The clock was set back: what counted as expired by the wrong time counts again.
            *self.cursor() = RevocationCursor::default();
        }
        let not_before = loop {
            let (is_new, after, missing) = {
                let cursor = self.cursor();
                (cursor.is_new(), cursor.highest(), cursor.missing())
            };
            let (settled, late, read, not_before) = self
                .units
                .read(move |repositories| {
                    let revocations = repositories.revocations();
                    let settled = if is_new {
                        Some(
                            revocations
                                .find_last_expired(asked_at - SETTLED_AFTER_END)?
                                .unwrap_or_default(),
                        )
                    } else {
                        None
                    };
                    let late = revocations.list_within(&missing, asked_at, REVOCATIONS_AT_ONCE)?;
                    let read = revocations.list_after(after, asked_at, REVOCATIONS_AT_ONCE)?;
                    Ok::<_, StoreError>((settled, late, read, repositories.installation().not_before()?))
                })
                .await?;
            let is_all = late.len() < REVOCATIONS_AT_ONCE && read.len() < REVOCATIONS_AT_ONCE;
            // They go into the list before they count as read: the next reading may fail, and these are not read again.
            let (numbers, revocations): (Vec<_>, Vec<_>) = late.into_iter().chain(read).unzip();
            self.units.replica.revocations.note(&revocations);
            let mut cursor = self.cursor();
            if let Some(settled) = settled {
                cursor.begin(settled);
            }
            for number in numbers {
                cursor.saw(number, asked_at);
            }
            if is_all {
                cursor.saw_all(asked_at);
                break not_before;
            }
        };
        self.units.replica.revocations.confirm(not_before, asked);
        self.meter.revocations_read();
        Ok(())
    }

    fn cursor(&self) -> MutexGuard<'_, RevocationCursor> {
        self.units.replica.cursor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
