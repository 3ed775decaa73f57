//! What servers do in turns, and what is said of the store as a whole.

use crate::schema::{installation, upkeep_turns};
use crate::types::DbInstant;
use crate::unit::Unit;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use portcullis_application::ports::{StoreResult, UpkeepRepository, UpkeepTask};

/// How much later than one that is taken now a turn may end. What ends later was taken by a clock that is ahead.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::seconds(5);

impl UpkeepRepository for Unit<'_> {
    fn take_turn(&mut self, task: UpkeepTask, now: DateTime<Utc>, until: DateTime<Utc>) -> StoreResult<bool> {
        self.write(|connection| {
            let is_free = upkeep_turns::taken_until
                .le(DbInstant(now))
                .or(upkeep_turns::taken_until.gt(DbInstant(until + CLOCK_TOLERANCE)));
            let taken = diesel::update(upkeep_turns::table.find(task.as_str()).filter(is_free))
                .set(upkeep_turns::taken_until.eq(DbInstant(until)))
                .execute(connection)?;
            Ok(taken == 1)
        })
    }

    fn is_backup(&mut self) -> StoreResult<bool> {
        self.read(|connection| {
            let is_backup: bool = installation::table
                .find(1)
                .select(installation::is_backup)
                .get_result(connection)?;
            Ok(is_backup)
        })
    }

    fn take_backup_mark(&mut self) -> StoreResult<bool> {
        self.write(|connection| {
            let marked = installation::table.filter(installation::is_backup);
            let taken = diesel::update(marked)
                .set(installation::is_backup.eq(false))
                .execute(connection)?;
            Ok(taken == 1)
        })
    }

    fn not_before(&mut self) -> StoreResult<Option<DateTime<Utc>>> {
        self.read(|connection| {
            let at: Option<DbInstant> = installation::table
                .find(1)
                .select(installation::not_before)
                .get_result(connection)?;
            Ok(at.map(|at| at.0))
        })
    }

    fn raise_not_before(&mut self, at: DateTime<Utc>) -> StoreResult<()> {
        self.write(|connection| {
            let is_earlier = installation::not_before
                .is_null()
                .or(installation::not_before.lt(DbInstant(at)));
            diesel::update(installation::table.filter(is_earlier))
                .set(installation::not_before.eq(DbInstant(at)))
                .execute(connection)?;
            Ok(())
        })
    }
}
