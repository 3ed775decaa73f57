//! What holds for the jobs that one server of a store at a time does.

use super::{at_once, read, write};
use crate::clock::FakeClock;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::{JobRecord, JobRun, SharedJob, Store, StoreError};
use std::sync::Arc;

/// To the microsecond, each job for itself.
pub async fn a_turn_is_taken_until_its_end(store: &Arc<dyn Store>) {
    let minute = TimeDelta::minutes(1);
    let step = TimeDelta::microseconds(1);
    for (number, job) in (0..).zip(SharedJob::ALL) {
        let now = now() + minute * number;
        assert!(take(store, job, now, now + minute).await, "{job:?}");
        for during in [now, now + step, now + minute - step] {
            assert!(!take(store, job, during, during + minute).await, "{job:?} at {during}");
        }
        let next = now + minute;
        assert!(take(store, job, next, next + minute).await, "{job:?}");
        assert!(!take(store, job, next, next + minute).await, "{job:?}");
    }
}

/// A turn that ends later than one that is taken now was taken by a clock that is ahead. Only a small difference is
/// believed.
pub async fn a_turn_from_far_ahead_does_not_count(store: &Arc<dyn Store>) {
    let (minute, tolerance) = (TimeDelta::minutes(1), TimeDelta::seconds(5));
    let step = TimeDelta::microseconds(1);
    let until = now() + minute;
    for (end, is_free) in [(until + tolerance, false), (until + tolerance + step, true)] {
        assert!(take(store, SharedJob::CleanUp, end - step, end).await);
        assert_eq!(take(store, SharedJob::CleanUp, now(), until).await, is_free, "{end}");
    }
}

/// The first time, when nobody ever had it, as any other time.
pub async fn of_many_who_want_a_turn_one_takes_it(store: &Arc<dyn Store>) {
    for round in 0..10 {
        let now = now() + TimeDelta::hours(round);
        let results = at_once(16, |_| {
            let store = Arc::clone(store);
            async move { take(&store, SharedJob::PruneAuditTrail, now, now + TimeDelta::hours(1)).await }
        });
        let taken = results.await.into_iter().filter(|taken| *taken).count();
        assert_eq!(taken, 1, "round {round}");
    }
}

/// As if nobody had asked.
pub async fn a_turn_that_was_rolled_back_is_free(store: &Arc<dyn Store>) {
    for _ in 0..2 {
        let refused = write(store, |repositories| {
            let until = now() + TimeDelta::minutes(1);
            assert!(repositories.jobs().take_turn(SharedJob::CleanUp, now(), until)?);
            repositories.jobs().note_run(SharedJob::CleanUp, &run(Some("lost")))?;
            Err::<(), _>(StoreError::Busy)
        });
        assert!(refused.await.is_err());
    }
    assert_eq!(get(store, SharedJob::CleanUp).await, untouched());
    assert!(take(store, SharedJob::CleanUp, now(), now() + TimeDelta::minutes(1)).await);
}

/// A store that was just made knows every job.
pub async fn every_job_is_known_and_not_done_yet(store: &Arc<dyn Store>) {
    for job in SharedJob::ALL {
        assert_eq!(get(store, job).await, untouched(), "{job:?}");
    }
}

/// The last run counts. A note changes neither whose turn it is nor other jobs.
pub async fn how_a_job_went_last_is_kept(store: &Arc<dyn Store>) {
    let job = SharedJob::PruneAuditTrail;
    let until = now() + TimeDelta::minutes(1);
    assert!(take(store, job, now(), until).await);
    let longest = "\u{e9}".repeat(JobRun::MAX_FAILURE);
    for failure in [Some("the store is busy"), None, Some(&longest), Some("")] {
        let run = run(failure);
        let noted = run.clone();
        let written = write(store, move |repositories| repositories.jobs().note_run(job, &noted));
        written.await.unwrap();
        let expected = JobRecord {
            next_at: until,
            last_run: Some(run),
        };
        assert_eq!(get(store, job).await, expected);
        assert_eq!(get(store, SharedJob::CleanUp).await, untouched());
    }
}

fn now() -> DateTime<Utc> {
    FakeClock::start()
}

fn run(failure: Option<&str>) -> JobRun {
    JobRun {
        ended_at: now() + TimeDelta::microseconds(1),
        failure: failure.map(str::to_owned),
    }
}

fn untouched() -> JobRecord {
    JobRecord {
        next_at: DateTime::UNIX_EPOCH,
        last_run: None,
    }
}

async fn get(store: &Arc<dyn Store>, job: SharedJob) -> JobRecord {
    read(store, move |repositories| repositories.jobs().get(job)).await
}

async fn take(store: &Arc<dyn Store>, job: SharedJob, now: DateTime<Utc>, until: DateTime<Utc>) -> bool {
    let taken = write(store, move |repositories| {
        repositories.jobs().take_turn(job, now, until)
    });
    taken.await.unwrap()
}
