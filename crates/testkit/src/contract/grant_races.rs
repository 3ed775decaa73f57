//! Races for one grant.

use super::grants::{advance, find, insert, redeem, refreshed};
use super::{add, at_once, revocations, rounds, write};
use crate::build::{ending, grant, redeemed, session, user};
use crate::clock::FakeClock;
use portcullis_application::ports::{GrantsToEnd, Store};
use portcullis_domain::{AuditReason, Grant, GrantLife, Session};
use std::sync::Arc;

async fn scene(store: &Arc<dyn Store>) -> Session {
    let ada = user("ada@x.test");
    let session = session(&ada, 1);
    add(store, &ada, std::slice::from_ref(&session)).await;
    session
}

/// Twenty at once.
pub async fn of_many_redemptions_of_one_code_one_wins(store: &Arc<dyn Store>) {
    let session = scene(store).await;
    for number in 0..rounds() {
        let pending = grant(&session, GrantLife::Session, number);
        insert(store, &pending).await;
        let after = redeemed(&pending);
        let results = at_once(20, |_| {
            let (store, after) = (Arc::clone(store), after.clone());
            async move { redeem(&store, &after).await }
        });
        assert_eq!(results.await.into_iter().filter(|won| *won).count(), 1);
    }
}

/// Twenty at once.
pub async fn of_many_advances_of_one_grant_one_wins(store: &Arc<dyn Store>) {
    let session = scene(store).await;
    for number in 0..rounds() {
        let live = redeemed(&grant(&session, GrantLife::Session, number));
        insert(store, &live).await;
        let next = refreshed(&live);
        let results = at_once(20, |_| {
            let (store, next) = (Arc::clone(store), next.clone());
            async move { advance(&store, 0, &next).await }
        });
        assert_eq!(results.await.into_iter().filter(|won| *won).count(), 1);
    }
}

/// Whoever comes first: it has ended in the end, and its revocation is there.
pub async fn a_redemption_and_an_ending_leave_no_grant_that_lives(store: &Arc<dyn Store>) {
    let session = scene(store).await;
    for number in 0..rounds() {
        let pending = grant(&session, GrantLife::Session, number);
        insert(store, &pending).await;
        let after = redeemed(&pending);
        let before = revocations(store).await.len();
        race_with_an_ending(store, &session, move |store| {
            let after = after.clone();
            Box::pin(async move { redeem(&store, &after).await })
        })
        .await;
        assert!(find(store, pending.id).await.unwrap().ended.is_some());
        assert_eq!(revocations(store).await.len(), before + 1);
    }
}

/// Whoever comes first. The revocation names the generation that the row has.
pub async fn a_refresh_and_an_ending_leave_no_grant_that_lives(store: &Arc<dyn Store>) {
    let session = scene(store).await;
    for number in 0..rounds() {
        let live = redeemed(&grant(&session, GrantLife::Session, number));
        insert(store, &live).await;
        let next = refreshed(&live);
        race_with_an_ending(store, &session, move |store| {
            let next = next.clone();
            Box::pin(async move { advance(&store, 0, &next).await })
        })
        .await;
        let left = find(store, live.id).await.unwrap();
        assert!(left.ended.is_some());
        let told = revocations(store)
            .await
            .into_iter()
            .find(|told| told.family == live.family());
        assert_eq!(told.unwrap().generation, left.rotation.generation);
    }
}

type Racer = std::pin::Pin<Box<dyn Future<Output = bool> + Send>>;

/// Runs what `other` makes beside the end of the session's grants.
async fn race_with_an_ending(
    store: &Arc<dyn Store>,
    session: &Session,
    other: impl Fn(Arc<dyn Store>) -> Racer + Send,
) {
    let which = GrantsToEnd::OfSession(session.id);
    at_once(2, |racer| -> Racer {
        let store = Arc::clone(store);
        if racer == 0 {
            other(store)
        } else {
            Box::pin(async move { end(&store, which).await > 0 })
        }
    })
    .await;
}

/// Endings of one session and of one client name the same rows by different ways.
pub async fn endings_that_meet_do_not_wait_for_one_another_forever(store: &Arc<dyn Store>) {
    let session = scene(store).await;
    // Five numbers for each round.
    for round in 0..rounds().min(50) {
        let grants: Vec<Grant> = (0..5)
            .map(|number| redeemed(&grant(&session, GrantLife::Session, round * 5 + number)))
            .collect();
        for grant in &grants {
            insert(store, grant).await;
        }
        let (user, client) = (session.user_id, grants[0].granted.client);
        let ended = at_once(2, |racer| {
            let store = Arc::clone(store);
            let which = if racer == 0 {
                GrantsToEnd::OfSession(session.id)
            } else {
                GrantsToEnd::OfClient { user, client }
            };
            async move { end(&store, which).await }
        });
        assert_eq!(ended.await.into_iter().sum::<usize>(), 5);
    }
}

async fn end(store: &Arc<dyn Store>, which: GrantsToEnd) -> usize {
    let ended = write(store, move |repositories| {
        let ending = ending(FakeClock::start());
        repositories
            .grant_endings()
            .end(which, AuditReason::SessionEnded, &ending)
    });
    ended.await.unwrap().len()
}
