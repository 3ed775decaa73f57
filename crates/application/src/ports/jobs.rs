//! What the servers of one store do by themselves, one at a time.

use super::store_error::StoreResult;
use chrono::{DateTime, Utc};

/// A job that one of the servers does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SharedJob {
    /// Removing what nobody needs any more.
    CleanUp,
    /// Removing old events of the audit trail.
    PruneAuditTrail,
    /// Making and retiring signing keys.
    RotateSigningKeys,
}

impl SharedJob {
    /// All of them. The store has a row for each.
    pub const ALL: [Self; 3] = [Self::CleanUp, Self::PruneAuditTrail, Self::RotateSigningKeys];

    /// The job's name in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CleanUp => "clean_up",
            Self::PruneAuditTrail => "prune_audit_trail",
            Self::RotateSigningKeys => "rotate_signing_keys",
        }
    }
}

/// What the store knows of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRecord {
    /// Nobody does it before.
    pub next_at: DateTime<Utc>,
    /// How it went last; `None` where nobody has done it yet.
    pub last_run: Option<JobRun>,
}

/// How a job went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRun {
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// Why it failed, in a few words without a secret; `None` where it went well.
    pub failure: Option<String>,
}

impl JobRun {
    /// The most characters of a failure that a store keeps.
    pub const MAX_FAILURE: usize = 200;
}

/// The jobs, inside a unit of work. A job without a row is an error of every call.
pub trait JobRepository {
    /// Takes the turn for a job until `until`, unless somebody has it at `now`; whether it was taken. A server that
    /// dies keeps its turn until then. One that ends more than five seconds later than `until` was taken by a clock that
    /// is ahead, or by nobody, and does not count.
    fn take_turn(&mut self, job: SharedJob, now: DateTime<Utc>, until: DateTime<Utc>) -> StoreResult<bool>;

    /// Notes how a job went. It does not change when the job may be done next.
    fn note_run(&mut self, job: SharedJob, run: &JobRun) -> StoreResult<()>;

    /// What is known of a job.
    fn get(&mut self, job: SharedJob) -> StoreResult<JobRecord>;
}
