//! Races of what makes access tokens worthless with the refreshes that give them out.

use super::{add, at_once, by_family, find_session, read, revocations, rounds, write};
use crate::build::{ending, session, user};
use crate::clock::FakeClock;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::{Repositories, RevocationNumber, Store, StoreError, StoreResult};
use portcullis_domain::{Generation, Revocation, Session, SessionId, TokenPolicy, User};
use std::collections::BTreeSet;
use std::slice::from_ref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::sync::watch;

const REFRESHERS: usize = 2;

/// A session that is refreshed again and again while something happens to it.
#[derive(Default)]
struct Course {
    /// The highest generation whose refresh was answered.
    answered: watch::Sender<u64>,
    /// What the refreshes race with was answered.
    is_over: AtomicBool,
}

/// A refresh that was granted.
struct Granted {
    generation: Generation,
    /// It began when what it raced with was answered already.
    began_after: bool,
}

type Ender = fn(&mut dyn Repositories, &Session) -> StoreResult<Vec<Revocation>>;

/// Every generation that was given out, before it or meanwhile, is covered, and none is given out any more.
pub async fn a_refresh_that_races_the_end_of_its_session_is_covered_or_refused(store: &Arc<dyn Store>) {
    let enders: [Ender; 3] = [
        |repositories, session| {
            let revoked = repositories.endings().revoke(session.id, &ending(now()));
            Ok(revoked?.into_iter().collect())
        },
        |repositories, session| {
            let endings = repositories.endings();
            endings.revoke_all(session.user_id, None, &ending(now()))
        },
        |repositories, session| {
            let endings = repositories.endings();
            endings.revoke_oldest(session.user_id, 0, &ending(now()))
        },
    ];
    for (round, ender) in (0..rounds()).zip(enders.into_iter().cycle()) {
        let (session, revocation, _, granted) = raced(store, round, ender).await;
        for refresh in granted {
            assert!(!refresh.began_after, "round {round}: refreshed after its end");
            assert!(
                revocation.covers(refresh.generation),
                "round {round}: {:?} is not covered by {revocation:?}",
                refresh.generation
            );
        }
        assert_eq!(session.revoked_at, Some(now()), "round {round}");
        assert_eq!(session.rotation.generation, revocation.generation, "round {round}");
    }
}

/// What was given out before is covered, what is given out afterwards is not, and the session goes on.
pub async fn a_refresh_that_races_an_outdating_is_covered_only_if_it_came_first(store: &Arc<dyn Store>) {
    for round in 0..rounds() {
        let ender: Ender = |repositories, session| {
            repositories.users().lock(session.user_id)?;
            let endings = repositories.endings();
            endings.outdate_all(session.user_id, &ending(now()))
        };
        let (session, revocation, answered_before, granted) = raced(store, round, ender).await;
        assert!(revocation.covers(answered_before), "round {round}");
        for refresh in granted.iter().filter(|refresh| refresh.began_after) {
            assert!(
                !revocation.covers(refresh.generation),
                "round {round}: {:?} came after {revocation:?}",
                refresh.generation
            );
        }
        assert!(granted.iter().any(|refresh| refresh.began_after));
        assert_eq!(session.revoked_at, None, "round {round}");
        assert_eq!(session.rotation.outdated, Some(revocation.generation), "round {round}");
        assert!(session.rotation.is_up_to_date(session.rotation.generation));
    }
}

/// By number, with another look at the numbers that were passed over: units may commit out of their order.
pub async fn whoever_follows_the_numbers_misses_no_revocation(store: &Arc<dyn Store>) {
    const WRITERS: u8 = 6;
    const SESSIONS: u8 = 12;
    let users: Vec<_> = (0..WRITERS)
        .map(|number| user(&format!("user{number}@x.test")))
        .collect();
    for user in &users {
        let sessions: Vec<_> = (0..SESSIONS).map(|number| session(user, number)).collect();
        add(store, user, &sessions).await;
    }
    let writing = Arc::new(AtomicU64::new(WRITERS.into()));
    let results = at_once(usize::from(WRITERS) + 1, |racer| {
        let (store, writing, user) = (Arc::clone(store), Arc::clone(&writing), users.get(racer).cloned());
        async move {
            let Some(user) = user else {
                return followed(&store, &writing).await;
            };
            for number in 0..SESSIONS {
                let id = session(&user, number).id;
                let written: StoreResult<()> = write(&store, move |repositories| {
                    let revoked = repositories.endings().revoke(id, &ending(now()))?;
                    assert!(revoked.is_some());
                    if number % 4 == 0 { Err(StoreError::Busy) } else { Ok(()) }
                })
                .await;
                assert_eq!(written.is_err(), number % 4 == 0);
            }
            writing.fetch_sub(1, Ordering::SeqCst);
            Vec::new()
        }
    });
    let seen = by_family(results.await.concat());
    assert_eq!(seen.len(), usize::from(WRITERS * (SESSIONS - SESSIONS / 4)));
    assert_eq!(seen, revocations(store).await);
}

/// None of them fails, whatever order each takes the sessions in.
pub async fn uses_that_are_noted_while_sessions_end_hinder_nobody(store: &Arc<dyn Store>) {
    const SESSIONS: u8 = 24;
    let ada = user("ada@x.test");
    let sessions: Vec<_> = (0..SESSIONS).map(|number| session(&ada, number)).collect();
    add(store, &ada, &sessions).await;
    let results = at_once(9, |racer| {
        let (store, ada) = (Arc::clone(store), ada.id);
        let mut ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
        ids.rotate_left(racer * 3 % usize::from(SESSIONS));
        if racer % 2 == 1 {
            ids.reverse();
        }
        async move {
            for turn in 0..10 {
                let at = now() + TimeDelta::seconds(turn);
                let used: Vec<_> = ids.iter().map(|id| (*id, at)).collect();
                write(&store, move |repositories| match racer {
                    0 => {
                        repositories.users().lock(ada)?;
                        let endings = repositories.endings();
                        endings.outdate_all(ada, &ending(at)).map(drop)
                    }
                    1 => {
                        repositories.users().lock(ada)?;
                        let endings = repositories.endings();
                        endings.revoke_oldest(ada, 20, &ending(at)).map(drop)
                    }
                    _ => repositories
                        .sessions()
                        .note_use(&used, TokenPolicy::default().refresh_token_life)
                        .map(drop),
                })
                .await?;
            }
            StoreResult::Ok(())
        }
    });
    for result in results.await {
        result.unwrap();
    }
    for (number, before) in sessions.into_iter().enumerate() {
        let found = find_session(store, before.id).await.unwrap();
        assert_eq!(found.revoked_at.is_some(), number < 4, "{number}");
        assert!(found.last_used_at >= before.last_used_at);
    }
}

/// What somebody sees who follows the revocations until nobody writes any more.
async fn followed(store: &Arc<dyn Store>, writing: &AtomicU64) -> Vec<Revocation> {
    let (mut seen, mut highest, mut passed_over) = (Vec::new(), RevocationNumber(0), BTreeSet::new());
    loop {
        let is_last = writing.load(Ordering::SeqCst) == 0;
        let awaited: Vec<_> = passed_over.iter().map(|number| *number..=*number).collect();
        let (late, next) = read(store, move |repositories| {
            let late = repositories.revocations().list_within(&awaited, now(), 5)?;
            Ok((late, repositories.revocations().list_after(highest, now(), 5)?))
        })
        .await;
        let is_idle = late.is_empty() && next.is_empty();
        assert!(next.iter().all(|(number, _)| highest < *number), "it does not go on");
        for (number, revocation) in late.into_iter().chain(next) {
            passed_over.extend((highest.0 + 1..number.0).map(RevocationNumber));
            passed_over.remove(&number);
            highest = highest.max(number);
            seen.push(revocation);
        }
        if is_last && is_idle {
            return seen;
        }
        tokio::task::yield_now().await;
    }
}

/// One round: the session afterwards, what covers its tokens, the highest generation that was answered before that
/// began, and all refreshes that were granted.
async fn raced(store: &Arc<dyn Store>, round: u8, ender: Ender) -> (Session, Revocation, Generation, Vec<Granted>) {
    let ada = user(&format!("ada{round}@x.test"));
    let begun = session(&ada, round);
    add(store, &ada, from_ref(&begun)).await;
    let known = revocations(store).await.len();
    let course = Arc::new(Course::default());
    let results = at_once(REFRESHERS + 1, |racer| {
        let (store, course, begun) = (Arc::clone(store), Arc::clone(&course), begun.clone());
        async move {
            if racer < REFRESHERS {
                return (refreshed(&store, &course, begun.id).await, None);
            }
            // In the middle of the refreshes, not always after as many of them.
            let mut answered = course.answered.subscribe();
            let reached = answered.wait_for(|answered| *answered >= u64::from(round % 5));
            let before = Generation::new(*reached.await.unwrap());
            let written = write(&store, move |repositories| ender(repositories, &begun)).await;
            course.is_over.store(true, Ordering::SeqCst);
            (Vec::new(), Some((before, written.unwrap())))
        }
    });
    let (granted, ends): (Vec<_>, Vec<_>) = results.await.into_iter().unzip();
    let [(before, written)] = &ends.into_iter().flatten().collect::<Vec<_>>()[..] else {
        panic!("round {round}: not one end")
    };
    let [revocation] = written[..] else {
        panic!("round {round}: not one revocation: {written:?}")
    };
    let listed = revocations(store).await;
    assert_eq!(listed.len(), known + 1, "round {round}");
    assert!(listed.contains(&revocation), "round {round}");
    let session = find_session(store, begun.id).await.unwrap();
    (session, revocation, *before, granted.into_iter().flatten().collect())
}

/// Refreshes a session until it was ended, or some times more once that was answered.
async fn refreshed(store: &Arc<dyn Store>, course: &Course, id: SessionId) -> Vec<Granted> {
    let (mut granted, mut attempts_after, mut is_alone) = (Vec::new(), 0, false);
    while attempts_after < 6 {
        is_alone = !is_alone;
        let began_after = course.is_over.load(Ordering::SeqCst);
        attempts_after += usize::from(began_after);
        let rotated = |found: Option<(Session, User)>| {
            let (present, _) = found.unwrap();
            let (device, at) = (present.device.clone(), present.rotation.rotated_at);
            let next = present.rotated(device, at, &TokenPolicy::default());
            (present, next)
        };
        let advanced = if is_alone {
            let advanced = write(store, move |repositories| {
                let (present, next) = rotated(repositories.sessions().find_with_user(id)?);
                let is_first = repositories.sessions().advance(&present, &next)?;
                Ok(is_first.then_some(next.rotation.generation))
            });
            advanced.await.unwrap()
        } else {
            let judge = move |found| {
                let (_, next) = rotated(found);
                (next.rotation.generation, Some(next))
            };
            let (generation, is_written) = store.rotate(id, judge).await.unwrap();
            is_written.then_some(generation)
        };
        if let Some(generation) = advanced {
            course.answered.send_if_modified(|answered| {
                let is_later = *answered < generation.number();
                *answered = generation.number().max(*answered);
                is_later
            });
            granted.push(Granted {
                generation,
                began_after,
            });
        }
    }
    granted
}

fn now() -> DateTime<Utc> {
    FakeClock::start() + TimeDelta::minutes(5)
}
