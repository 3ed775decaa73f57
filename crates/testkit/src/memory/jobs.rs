//! Jobs in memory.

use super::Unit;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::{JobRecord, JobRepository, JobRun, SharedJob, StoreResult};

/// How much later than one that is taken now a turn may end and be believed.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::seconds(5);

impl JobRepository for Unit {
    fn take_turn(&mut self, job: SharedJob, now: DateTime<Utc>, until: DateTime<Utc>) -> StoreResult<bool> {
        let mut record = self.get(job)?;
        if now < record.next_at && record.next_at <= until + CLOCK_TOLERANCE {
            return Ok(false);
        }
        record.next_at = until;
        self.writable()?.jobs.insert(job, record);
        Ok(true)
    }

    fn note_run(&mut self, job: SharedJob, run: &JobRun) -> StoreResult<()> {
        let record = JobRecord {
            last_run: Some(run.clone()),
            ..self.get(job)?
        };
        self.writable()?.jobs.insert(job, record);
        Ok(())
    }

    fn get(&mut self, job: SharedJob) -> StoreResult<JobRecord> {
        let record = self.readable()?.jobs.get(&job).cloned();
        Ok(record.unwrap_or(JobRecord {
            next_at: DateTime::UNIX_EPOCH,
            last_run: None,
        }))
    }
}
