//! What holds for what the servers of one store do in turns.

use super::{at_once, read, write};
use crate::clock::FakeClock;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::{Store, StoreError, UpkeepTask};
use std::sync::Arc;

const TASKS: [UpkeepTask; 3] = [
    UpkeepTask::CleanUp,
    UpkeepTask::PruneAuditTrail,
    UpkeepTask::RotateSigningKeys,
];

/// To the microsecond, each task for itself.
pub async fn a_turn_is_taken_until_its_end(store: &Arc<dyn Store>) {
    let minute = TimeDelta::minutes(1);
    let step = TimeDelta::microseconds(1);
    for (number, task) in (0..).zip(TASKS) {
        let now = now() + minute * number;
        assert!(take(store, task, now, now + minute).await, "{task:?}");
        for during in [now, now + step, now + minute - step] {
            assert!(
                !take(store, task, during, during + minute).await,
                "{task:?} at {during}"
            );
        }
        let next = now + minute;
        assert!(take(store, task, next, next + minute).await, "{task:?}");
        assert!(!take(store, task, next, next + minute).await, "{task:?}");
    }
}

/// What ends later than one that is taken now was taken by a clock that is ahead: more than a little is not believed.
pub async fn a_turn_from_far_ahead_does_not_count(store: &Arc<dyn Store>) {
    let (minute, tolerance) = (TimeDelta::minutes(1), TimeDelta::seconds(5));
    let step = TimeDelta::microseconds(1);
    let until = now() + minute;
    for (end, is_free) in [(until + tolerance, false), (until + tolerance + step, true)] {
        assert!(take(store, UpkeepTask::CleanUp, end - step, end).await);
        assert_eq!(take(store, UpkeepTask::CleanUp, now(), until).await, is_free, "{end}");
    }
}

/// The first time, when nobody ever had it, as any other time.
pub async fn of_many_who_want_a_turn_one_takes_it(store: &Arc<dyn Store>) {
    for round in 0..10 {
        let now = now() + TimeDelta::hours(round);
        let results = at_once(16, |_| {
            let store = Arc::clone(store);
            async move { take(&store, UpkeepTask::PruneAuditTrail, now, now + TimeDelta::hours(1)).await }
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
            assert!(repositories.upkeep().take_turn(UpkeepTask::CleanUp, now(), until)?);
            repositories.upkeep().raise_not_before(until)?;
            Err::<(), _>(StoreError::Busy)
        });
        assert!(refused.await.is_err());
    }
    assert_eq!(not_before(store).await, None);
    assert!(take(store, UpkeepTask::CleanUp, now(), now() + TimeDelta::minutes(1)).await);
}

/// However often it is asked.
pub async fn a_fresh_store_is_no_backup(store: &Arc<dyn Store>) {
    for _ in 0..2 {
        let taken = write(store, |repositories| repositories.upkeep().take_backup_mark());
        assert!(!taken.await.unwrap());
        let is_backup = store.read(|repositories| repositories.upkeep().is_backup());
        assert!(!is_backup.await.unwrap());
    }
}

/// To the microsecond; what was never said is told from what was said.
pub async fn the_age_of_accepted_tokens_only_rises(store: &Arc<dyn Store>) {
    assert_eq!(not_before(store).await, None);
    let step = TimeDelta::microseconds(1);
    for (said, expected) in [
        (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH),
        (now(), now()),
        (now() - step, now()),
        (now(), now()),
        (now() + step, now() + step),
        (DateTime::UNIX_EPOCH, now() + step),
    ] {
        raise(store, said).await;
        assert_eq!(not_before(store).await, Some(expected), "after {said}");
    }
}

/// The latest stays, whoever is last.
pub async fn of_many_ages_the_latest_stays(store: &Arc<dyn Store>) {
    for round in 0..5 {
        let at = move |racer: usize| {
            now() + TimeDelta::hours(round) + TimeDelta::microseconds(i64::try_from(racer).unwrap())
        };
        let results = at_once(16, |racer| {
            let store = Arc::clone(store);
            async move { raise(&store, at(racer)).await }
        });
        results.await;
        assert_eq!(not_before(store).await, Some(at(15)), "round {round}");
    }
}

fn now() -> DateTime<Utc> {
    FakeClock::start()
}

async fn take(store: &Arc<dyn Store>, task: UpkeepTask, now: DateTime<Utc>, until: DateTime<Utc>) -> bool {
    let taken = write(store, move |repositories| {
        repositories.upkeep().take_turn(task, now, until)
    });
    taken.await.unwrap()
}

async fn not_before(store: &Arc<dyn Store>) -> Option<DateTime<Utc>> {
    read(store, |repositories| repositories.upkeep().not_before()).await
}

async fn raise(store: &Arc<dyn Store>, at: DateTime<Utc>) {
    let raised = write(store, move |repositories| repositories.upkeep().raise_not_before(at));
    raised.await.unwrap();
}
