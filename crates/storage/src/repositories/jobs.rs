//! What the servers of one store do one at a time.

use crate::connection::AnyConnection;
use crate::error::{RefusedRow, StatementError};
use crate::schema::jobs;
use crate::types::DbInstant;
use crate::unit::Unit;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use portcullis_application::ports::{JobRecord, JobRepository, JobRun, SharedJob, StoreResult};

/// How much later a turn may end than one that is taken now. A turn that ends later still was taken by a clock that is
/// ahead.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::seconds(5);

impl JobRepository for Unit<'_> {
    fn take_turn(&mut self, job: SharedJob, now: DateTime<Utc>, until: DateTime<Utc>) -> StoreResult<bool> {
        self.write(|connection| {
            let is_free = jobs::next_at
                .le(DbInstant(now))
                .or(jobs::next_at.gt(DbInstant(until + CLOCK_TOLERANCE)));
            let taken = diesel::update(jobs::table.find(job.as_str()).filter(is_free))
                .set(jobs::next_at.eq(DbInstant(until)))
                .execute(connection)?;
            if taken == 0 {
                // Somebody has it, unless there is nothing to have.
                record(connection, job)?;
            }
            Ok(taken == 1)
        })
    }

    fn note_run(&mut self, job: SharedJob, run: &JobRun) -> StoreResult<()> {
        self.write(|connection| {
            let noted = diesel::update(jobs::table.find(job.as_str()))
                .set((
                    jobs::ended_at.eq(Some(DbInstant(run.ended_at))),
                    jobs::failure.eq(run.failure.as_deref()),
                ))
                .execute(connection)?;
            if noted == 0 { Err(missing(job)) } else { Ok(()) }
        })
    }

    fn get(&mut self, job: SharedJob) -> StoreResult<JobRecord> {
        self.read(|connection| record(connection, job))
    }
}

fn record(connection: &mut AnyConnection, job: SharedJob) -> Result<JobRecord, StatementError> {
    let row: Option<(DbInstant, Option<DbInstant>, Option<String>)> = jobs::table
        .find(job.as_str())
        .select((jobs::next_at, jobs::ended_at, jobs::failure))
        .get_result(connection)
        .optional()?;
    let (next_at, ended_at, failure) = row.ok_or_else(|| missing(job))?;
    Ok(JobRecord {
        next_at: next_at.0,
        last_run: ended_at.map(|ended_at| JobRun {
            ended_at: ended_at.0,
            failure,
        }),
    })
}

fn missing(job: SharedJob) -> StatementError {
    RefusedRow::new("jobs.name", format!("no row {}", job.as_str())).into()
}
