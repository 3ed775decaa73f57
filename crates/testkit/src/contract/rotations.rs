//! Rotations of sessions, alone and many at once.

use super::{add, at_once, find_session, revoke, rotated, rounds, write};
use crate::build::{ending, session, session_with, user};
use crate::clock::FakeClock;
use portcullis_application::ports::{Store, StoreError};
use portcullis_domain::{Device, Generation, Role, Rotation, Session, SessionId, TokenPolicy, User, UserAgent};
use std::panic::resume_unwind;
use std::slice::from_ref;
use std::sync::Arc;

/// The judge is given what is there, and that alone is written that it says.
pub async fn a_rotation_writes_what_the_judge_says(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let (first, other) = (session(&ada, 1), session(&ada, 2));
    add(store, &ada, &[first.clone(), other.clone()]).await;

    let next = rotated(&first);
    let written = next.clone();
    let rotated = store.rotate(first.id, move |found| (found, Some(written))).await;
    assert_eq!(rotated.unwrap(), (Some((first.clone(), ada.clone())), true));
    assert_eq!(find_session(store, first.id).await.as_ref(), Some(&next));

    let left = store.rotate(first.id, |found| (found, None)).await;
    assert_eq!(left.unwrap(), (Some((next.clone(), ada)), false));
    assert_eq!(find_session(store, first.id).await, Some(next));
    assert_eq!(find_session(store, other.id).await, Some(other));
}

/// Whatever the judge makes of it.
pub async fn a_session_that_is_not_there_is_not_written(store: &Arc<dyn Store>) {
    let nobody = session(&user("nobody@x.test"), 1);
    let id = nobody.id;
    let rotated = store.rotate(id, move |found| (found, Some(nobody))).await;
    assert_eq!(rotated.unwrap(), (None, false));
    assert_eq!(find_session(store, id).await, None);
}

/// The store itself sees to it.
pub async fn a_session_that_was_revoked_is_not_rotated(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let first = session(&ada, 1);
    add(store, &ada, from_ref(&first)).await;
    revoke(store, first.id, FakeClock::start()).await.unwrap();
    assert_eq!(rotate(store, first.id).await, None);
}

/// Also where they are carried out together.
pub async fn many_rotations_at_once_write_each_its_own_session(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let sessions: Vec<Session> = (0..200).map(|number| session(&ada, number)).collect();
    add(store, &ada, &sessions).await;
    for turn in 1..=3 {
        let rotated = at_once(sessions.len(), |racer| {
            let (store, id) = (Arc::clone(store), sessions[racer].id);
            async move { rotate(&store, id).await }
        });
        for (number, generation) in rotated.await.into_iter().enumerate() {
            assert_eq!(generation, Some(Generation::new(turn)), "{number}");
        }
    }
    for before in sessions {
        let found = find_session(store, before.id).await.unwrap();
        assert_eq!(found.rotation.generation, Generation::new(3));
        assert_eq!(
            found,
            Session {
                rotation: found.rotation.clone(),
                last_used_at: found.last_used_at,
                ..before
            }
        );
    }
}

/// The row is the winner's, and each of the others learns that it wrote nothing.
pub async fn of_many_rotations_of_one_generation_one_wins(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let sessions: Vec<Session> = (0..rounds()).map(|number| session(&ada, number)).collect();
    add(store, &ada, &sessions).await;
    for present in sessions {
        let next = |racer: usize| {
            let device = Device {
                address: None,
                user_agent: UserAgent::from_text(&format!("racer {racer}")),
            };
            present.rotated(device, present.rotation.created_at, &TokenPolicy::default())
        };
        let results = at_once(16, |racer| {
            let (store, id, next) = (Arc::clone(store), present.id, next(racer));
            async move {
                let judge = move |found: Option<(Session, User)>| {
                    let (found, _) = found.unwrap();
                    (
                        (),
                        Some(next).filter(|_| found.rotation.generation == Generation::FIRST),
                    )
                };
                store.rotate(id, judge).await.unwrap().1
            }
        });
        let results = results.await.into_iter().enumerate();
        let winners: Vec<usize> = results.filter_map(|(racer, won)| won.then_some(racer)).collect();
        let [winner] = winners[..] else {
            panic!("not one winner: {winners:?}")
        };
        assert_eq!(find_session(store, present.id).await, Some(next(winner)));
    }
}

/// Whoever is given tokens by what the user was before is covered by what the change made worthless. The sessions are outdated
/// already, so that nothing in their rows shows the change to who read them before it.
pub async fn a_rotation_that_races_a_change_of_the_user_reads_it_or_comes_before(store: &Arc<dyn Store>) {
    for round in 0..rounds() {
        let ada = user(&format!("ada{round}@x.test"));
        let is_outdated = |rotation: &mut Rotation| rotation.outdated = Some(rotation.generation);
        let sessions = (0..4).map(|number| session_with(&ada, number, is_outdated));
        let sessions: Vec<Session> = sessions.collect();
        add(store, &ada, &sessions).await;
        let results = at_once(sessions.len() + 1, |racer| {
            let (store, ada, session) = (Arc::clone(store), ada.clone(), sessions.get(racer).cloned());
            async move {
                let Some(Session { id, .. }) = session else {
                    let changed = write(&store, move |repositories| {
                        repositories.users().lock(ada.id)?;
                        repositories.users().update(&User {
                            role: Role::Admin,
                            ..ada.clone()
                        })?;
                        let endings = repositories.endings();
                        endings.outdate_all(ada.id, &ending(FakeClock::start()))
                    });
                    changed.await.unwrap();
                    return Vec::new();
                };
                let mut given = Vec::new();
                for _ in 0..3 {
                    let judge = move |found: Option<(Session, User)>| {
                        let (found, user) = found.unwrap();
                        let next = rotated(&found);
                        ((id, user.role, next.rotation.generation), Some(next))
                    };
                    let (judged, is_written) = store.rotate(id, judge).await.unwrap();
                    given.extend(is_written.then_some(judged));
                }
                given
            }
        });
        for (id, role, generation) in results.await.concat() {
            let session = find_session(store, id).await.unwrap();
            assert_eq!(
                role == Role::Admin,
                session.rotation.is_up_to_date(generation),
                "round {round}: {generation:?} of {session:?}"
            );
        }
    }
}

/// Nothing is written by it, and those who are carried out together with it are.
pub async fn a_judge_that_panics_harms_nobody_else(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let sessions: Vec<Session> = (0..60).map(|number| session(&ada, number)).collect();
    add(store, &ada, &sessions).await;
    let results = at_once(sessions.len(), |racer| {
        let (store, id) = (Arc::clone(store), sessions[racer].id);
        async move {
            if racer % 10 > 0 {
                return rotate(&store, id).await;
            }
            let judge = |_: Option<(Session, User)>| -> ((), Option<Session>) { resume_unwind(Box::new("a judge")) };
            let panicked = store.rotate(id, judge).await;
            assert!(matches!(panicked, Err(StoreError::Unexpected(_))), "{panicked:?}");
            None
        }
    });
    for (number, generation) in results.await.into_iter().enumerate() {
        assert_eq!(generation.is_some(), number % 10 > 0, "{number}");
        let found = find_session(store, sessions[number].id).await.unwrap();
        assert_eq!(
            found.rotation.generation,
            generation.unwrap_or(Generation::FIRST),
            "{number}"
        );
    }
}

/// It takes the next generation from whatever is there; `None` where it was not written.
async fn rotate(store: &Arc<dyn Store>, id: SessionId) -> Option<Generation> {
    let judge = |found: Option<(Session, User)>| {
        let next = rotated(&found.unwrap().0);
        (next.rotation.generation, Some(next))
    };
    let (generation, is_written) = store.rotate(id, judge).await.unwrap();
    is_written.then_some(generation)
}
