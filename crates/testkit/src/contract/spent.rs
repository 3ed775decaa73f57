//! What holds for what is good for one use.

use super::{at_once, write};
use crate::clock::FakeClock;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::Store;
use portcullis_domain::Digest32;
use std::sync::Arc;

/// Whatever the second use says of its time.
pub async fn what_is_good_for_one_use_is_used_once(store: &Arc<dyn Store>) {
    assert!(spend(store, 1, later(1)).await);
    assert!(!spend(store, 1, later(1)).await);
    assert!(!spend(store, 1, later(100)).await);
    assert!(spend(store, 2, later(1)).await);
}

/// The others learn that they were not.
pub async fn of_many_uses_at_once_one_is_the_first(store: &Arc<dyn Store>) {
    let uses = at_once(20, |_| {
        let store = Arc::clone(store);
        async move { spend(&store, 1, later(1)).await }
    });
    assert_eq!(uses.await.into_iter().filter(|first| *first).count(), 1);
}

/// No sooner, and as many as are asked for.
pub async fn what_is_over_by_its_time_is_forgotten(store: &Arc<dyn Store>) {
    for number in 1..=4 {
        assert!(spend(store, number, later(number.into())).await);
    }
    for (limit, removed) in [(2, 2), (2, 1), (2, 0)] {
        let deleted = write(store, move |repositories| {
            repositories.spent().delete_expired(later(3), limit)
        });
        assert_eq!(deleted.await.unwrap(), removed);
    }
    assert!(spend(store, 3, later(9)).await);
    assert!(!spend(store, 4, later(9)).await);
}

async fn spend(store: &Arc<dyn Store>, number: u8, until: DateTime<Utc>) -> bool {
    let digest = Digest32::new([number; 32]);
    let spent = write(store, move |repositories| repositories.spent().spend(&digest, until));
    spent.await.unwrap()
}

fn later(seconds: i64) -> DateTime<Utc> {
    FakeClock::start() + TimeDelta::seconds(seconds)
}
