//! What holds for what may be shown once.

use super::{at_once, read, write};
use crate::clock::FakeClock;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::Store;
use portcullis_domain::Digest32;
use std::sync::Arc;

/// Also after its time, until it is removed.
pub async fn what_was_shown_is_not_shown_again(store: &Arc<dyn Store>) {
    assert!(!is_spent(store, 1).await);
    assert!(spend(store, 1, now()).await);
    assert!(is_spent(store, 1).await && !is_spent(store, 2).await);
    assert!(!spend(store, 1, now() + TimeDelta::days(1)).await);
    assert!(spend(store, 2, now()).await);
}

/// One of those who wait for one another.
pub async fn of_many_who_show_it_at_once_one_is_the_first(store: &Arc<dyn Store>) {
    let shown = at_once(20, |_| {
        let store = Arc::clone(store);
        async move { spend(&store, 7, now()).await }
    });
    assert_eq!(shown.await.into_iter().filter(|is_first| *is_first).count(), 1);
}

/// To the microsecond, the oldest first.
pub async fn what_was_shown_goes_by_time_alone(store: &Arc<dyn Store>) {
    let step = TimeDelta::microseconds(1);
    for (number, steps) in [(1, 2), (2, 0), (3, 1)] {
        assert!(spend(store, number, now() + step * steps).await);
    }
    assert_eq!(delete_expired(store, now() - step, 10).await, 0);
    assert_eq!(delete_expired(store, now() + step, 1).await, 1);
    assert!(spend(store, 2, now()).await, "the oldest is gone");
    assert_eq!(delete_expired(store, now() + step, 10).await, 2);
    assert!(!spend(store, 1, now()).await, "its time is not over");
}

async fn spend(store: &Arc<dyn Store>, number: u8, until: DateTime<Utc>) -> bool {
    let digest = Digest32::new([number; 32]);
    let spent = write(store, move |repositories| repositories.spent().spend(&digest, until));
    spent.await.unwrap()
}

async fn delete_expired(store: &Arc<dyn Store>, now: DateTime<Utc>, limit: usize) -> usize {
    let deleted = write(store, move |repositories| {
        repositories.spent().delete_expired(now, limit)
    });
    deleted.await.unwrap()
}

fn now() -> DateTime<Utc> {
    FakeClock::start()
}

async fn is_spent(store: &Arc<dyn Store>, number: u8) -> bool {
    read(store, move |repositories| {
        repositories.spent().is_spent(&Digest32::new([number; 32]))
    })
    .await
}
