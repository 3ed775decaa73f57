//! What holds for what is said of a store as a whole.

use super::{at_once, read, write};
use crate::clock::FakeClock;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::Store;
use std::sync::Arc;

/// However often it is asked.
pub async fn a_fresh_store_is_no_backup(store: &Arc<dyn Store>) {
    for _ in 0..2 {
        let taken = write(store, |repositories| repositories.installation().take_backup_mark());
        assert!(!taken.await.unwrap());
        let is_backup = store.read(|repositories| repositories.installation().is_backup());
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

async fn not_before(store: &Arc<dyn Store>) -> Option<DateTime<Utc>> {
    read(store, |repositories| repositories.installation().not_before()).await
}

async fn raise(store: &Arc<dyn Store>, at: DateTime<Utc>) {
    let raised = write(store, move |repositories| {
        repositories.installation().raise_not_before(at)
    });
    raised.await.unwrap();
}
