//! Turns in memory.

use super::Unit;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::{StoreResult, UpkeepRepository, UpkeepTask};

/// How much later than one that is taken now a turn may end and be believed.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::seconds(5);

impl UpkeepRepository for Unit {
    fn take_turn(&mut self, task: UpkeepTask, now: DateTime<Utc>, until: DateTime<Utc>) -> StoreResult<bool> {
        let turns = &mut self.writable()?.turns;
        let taken = turns.get(&task);
        if taken.is_some_and(|end| now < *end && *end <= until + CLOCK_TOLERANCE) {
            return Ok(false);
        }
        turns.insert(task, until);
        Ok(true)
    }

    fn is_backup(&mut self) -> StoreResult<bool> {
        Ok(self.readable()?.is_backup)
    }

    fn take_backup_mark(&mut self) -> StoreResult<bool> {
        Ok(std::mem::take(&mut self.writable()?.is_backup))
    }

    fn not_before(&mut self) -> StoreResult<Option<DateTime<Utc>>> {
        Ok(self.readable()?.not_before)
    }

    fn raise_not_before(&mut self, at: DateTime<Utc>) -> StoreResult<()> {
        let tables = self.writable()?;
        tables.not_before = tables.not_before.max(Some(at));
        Ok(())
    }
}
