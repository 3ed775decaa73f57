//! What holds for the end of sessions, and of the access tokens that they gave out.

use super::{add, by_family, find_session, revocations, revoke, write};
use crate::build::{ending, session, session_with, user};
use crate::clock::FakeClock;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::Store;
use portcullis_domain::{Device, Generation, Revocation, Session, SessionId, TokenPolicy, User};
use std::slice::from_ref;
use std::sync::Arc;

/// The time of the first revocation stays; other sessions are not touched.
pub async fn a_session_is_revoked_once(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let (first, other) = (session(&ada, 1), session(&ada, 2));
    add(store, &ada, &[first.clone(), other.clone()]).await;
    let revocation = revocation(&first, now());
    assert_eq!(revoke(store, first.id, now()).await, Some(revocation));
    assert_eq!(revoke(store, first.id, now() + TimeDelta::seconds(1)).await, None);
    let revoked = Session {
        revoked_at: Some(now()),
        ..first
    };
    assert_eq!(find_session(store, revoked.id).await, Some(revoked));
    assert_eq!(find_session(store, other.id).await, Some(other));
    assert_eq!(revoke(store, session(&ada, 3).id, now()).await, None);
    assert_eq!(revocations(store).await, [revocation]);
}

/// However many there were, and also one that has expired: its access tokens may live still.
pub async fn a_revocation_names_the_generation_that_the_session_has(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let generations = [0, 1, 7, i64::MAX.unsigned_abs()];
    let sessions: Vec<_> = (1..)
        .zip(generations)
        .map(|(number, generation)| {
            session_with(&ada, number, |rotation| {
                rotation.generation = Generation::new(generation);
                rotation.expires_at = now() + TimeDelta::seconds(1) - TimeDelta::seconds(number.into());
            })
        })
        .collect();
    add(store, &ada, &sessions).await;
    let expected: Vec<_> = sessions.iter().map(|session| revocation(session, now())).collect();
    assert_eq!(outdate_all(store, &ada, now()).await, expected);
    assert_eq!(
        revoke(store, sessions[0].id, now()).await.as_ref(),
        expected.first(),
        "also when it was outdated before"
    );
    assert_eq!(revoke_all(store, &ada, None, now()).await, expected[1..]);
}

/// Those that were ended before keep their time and are not among them; other users' go on.
pub async fn revoking_all_ends_every_session_of_one_user(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    for user in [&ada, &ben] {
        add(store, user, &[session(user, 1), session(user, 2), session(user, 3)]).await;
    }
    let first = revoke(store, session(&ada, 1).id, now()).await.unwrap();
    let later = now() + TimeDelta::seconds(1);
    let ended = [2, 3].map(|number| revocation(&session(&ada, number), later));
    assert_eq!(revoke_all(store, &ada, None, later).await, ended);
    assert_eq!(revoke_all(store, &ada, None, later).await, []);
    assert_eq!(ends(store, &ada, 3).await, [Some(now()), Some(later), Some(later)]);
    assert_eq!(ends(store, &ben, 3).await, [None; 3]);
    assert_eq!(revocations(store).await, [&[first][..], &ended].concat());
}

/// An exception that is somebody else's spares nobody.
pub async fn revoking_all_spares_the_exception(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    for user in [&ada, &ben] {
        add(store, user, &[session(user, 1), session(user, 2), session(user, 3)]).await;
    }
    let spared = session(&ada, 2);
    let ended = [1, 3].map(|number| revocation(&session(&ada, number), now()));
    assert_eq!(revoke_all(store, &ada, Some(spared.id), now()).await, ended);
    assert_eq!(ends(store, &ada, 3).await, [Some(now()), None, Some(now())]);
    let somebody_elses = Some(session(&ben, 1).id);
    let ended = [revocation(&spared, now())];
    assert_eq!(revoke_all(store, &ada, somebody_elses, now()).await, ended);
    assert_eq!(ends(store, &ben, 3).await, [None; 3]);
}

/// By sign-in, however they were used since. Ended and expired ones neither count nor change.
pub async fn revoking_the_oldest_keeps_the_newest_live_ones(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    let later = now() + TimeDelta::hours(1);
    let before = later - TimeDelta::minutes(1);
    let sessions = [
        // The first sign-in, and used last.
        Session {
            last_used_at: before,
            ..session_with(&ada, 1, |rotation| rotation.rotated_at = before)
        },
        session(&ada, 2),
        session(&ada, 3),
        session(&ada, 4),
        Session {
            revoked_at: Some(now()),
            ..session(&ada, 5)
        },
        // Expired at that very moment.
        session_with(&ada, 6, |rotation| rotation.expires_at = later),
    ];
    let [first, second, third, fourth, fifth, sixth] = sessions;
    // Not in the order of their sign-ins.
    add(store, &ada, &[third, sixth, first, fifth, fourth, second]).await;
    add(store, &ben, &[session(&ben, 0)]).await;

    let expected = |numbers: [u8; 2]| numbers.map(|number| revocation(&session(&ada, number), later));
    assert_eq!(revoke_oldest(store, &ada, 2, later).await, expected([1, 2]));
    let ended = Some(later);
    assert_eq!(
        ends(store, &ada, 6).await,
        [ended, ended, None, None, Some(now()), None]
    );
    assert_eq!(find_session(store, session(&ben, 0).id).await, Some(session(&ben, 0)));

    assert_eq!(revoke_oldest(store, &ada, 0, later).await, expected([3, 4]));
    assert_eq!(
        ends(store, &ada, 6).await,
        [ended, ended, ended, ended, Some(now()), None]
    );
    assert_eq!(revocations(store).await.len(), 4);
}

/// Nor where there are no sessions.
pub async fn revoking_the_oldest_ends_nothing_where_there_is_room(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    add(store, &ada, &[session(&ada, 1), session(&ada, 2)]).await;
    add(store, &ben, &[]).await;
    for keep in [2, 3, 100] {
        assert_eq!(revoke_oldest(store, &ada, keep, now()).await, [], "{keep}");
    }
    assert_eq!(revoke_oldest(store, &ben, 0, now()).await, []);
    assert_eq!(ends(store, &ada, 2).await, [None; 2]);
    assert_eq!(revocations(store).await, []);
}

/// Those that were ended before keep their time. None is named: they are too many.
pub async fn revoking_batch_by_batch_ends_every_session_that_there_is(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    for user in [&ada, &ben] {
        add(store, user, &[session(user, 1), session(user, 2)]).await;
    }
    let named = revoke(store, session(&ada, 1).id, now()).await.unwrap();
    let later = now() + TimeDelta::seconds(1);
    for expected in [3, 0] {
        let (mut ended, mut after) = (0, None);
        for _ in 0..5 {
            let next = write(store, move |repositories| {
                repositories.endings().revoke_next(after, &ending(later), 2)
            });
            let next = next.await.unwrap();
            assert!(next.changed <= 2);
            ended += next.changed;
            after = next.last;
            if after.is_none() {
                break;
            }
        }
        assert_eq!((ended, after), (expected, None));
    }
    assert_eq!(ends(store, &ada, 2).await, [Some(now()), Some(later)]);
    assert_eq!(ends(store, &ben, 2).await, [Some(later); 2]);
    assert_eq!(revocations(store).await, [named]);
}

/// Their refresh tokens go on. Ended ones and other people's stay as they are.
pub async fn outdating_marks_the_generations_and_leaves_the_sessions(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    let ended = Session {
        revoked_at: Some(now()),
        ..session(&ada, 1)
    };
    let fresh = session(&ada, 2);
    let used = session_with(&ada, 3, |rotation| rotation.generation = Generation::new(5));
    add(store, &ada, &[ended.clone(), fresh.clone(), used.clone()]).await;
    add(store, &ben, &[session(&ben, 1)]).await;

    let named = [&fresh, &used].map(|session| revocation(session, now()));
    assert_eq!(outdate_all(store, &ada, now()).await, named);
    for mut session in [fresh, used] {
        session.rotation.outdated = Some(session.rotation.generation);
        assert_eq!(find_session(store, session.id).await, Some(session));
    }
    assert_eq!(find_session(store, ended.id).await, Some(ended));
    assert_eq!(find_session(store, session(&ben, 1).id).await, Some(session(&ben, 1)));
    assert_eq!(revocations(store).await, named);
    let nobody = user("nobody@x.test");
    assert_eq!(outdate_all(store, &nobody, now()).await, []);
}

/// A refresh that has read the user before a change of them is judged anew. What is outdated stays so.
pub async fn an_advance_over_what_was_outdated_meanwhile_writes_nothing(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let mut present = session(&ada, 1);
    add(store, &ada, from_ref(&present)).await;
    for _ in 0..2 {
        let read_before = present.clone();
        outdate_all(store, &ada, now()).await;
        let next = read_before.rotated(Device::default(), now(), &TokenPolicy::default());
        assert!(!advance(store, &read_before, &next).await);
        let read_after = find_session(store, present.id).await.unwrap();
        assert_eq!(read_after.rotation.generation, read_before.rotation.generation);
        assert_eq!(read_after.rotation.outdated, Some(read_before.rotation.generation));
        present = read_after.rotated(Device::default(), now(), &TokenPolicy::default());
        assert!(advance(store, &read_after, &present).await);
        assert_eq!(find_session(store, present.id).await.as_ref(), Some(&present));
        assert!(present.rotation.is_up_to_date(present.rotation.generation));
    }
    // The next time, the generation that is present then.
    assert_eq!(outdate_all(store, &ada, now()).await, [revocation(&present, now())]);
}

/// A refresh that has read the session before its user proved once more who they are is judged anew.
pub async fn an_advance_over_a_new_proof_writes_nothing(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let present = session(&ada, 1);
    add(store, &ada, from_ref(&present)).await;
    let raised = Session {
        authenticated_at: present.authenticated_at + TimeDelta::seconds(1),
        ..present.clone()
    };
    let (generation, written) = (present.rotation.generation, raised.clone());
    let renewed = write(store, move |repositories| {
        repositories.sessions().renew(generation, &written)
    });
    assert!(renewed.await.unwrap());
    let next = |before: &Session| before.rotated(Device::default(), now(), &TokenPolicy::default());
    assert!(!advance(store, &present, &next(&present)).await);
    assert_eq!(find_session(store, present.id).await.as_ref(), Some(&raised));
    assert!(advance(store, &raised, &next(&raised)).await);
}

async fn advance(store: &Arc<dyn Store>, before: &Session, next: &Session) -> bool {
    let (before, next) = (before.clone(), next.clone());
    let advanced = write(store, move |repositories| {
        repositories.sessions().advance(&before, &next)
    });
    advanced.await.unwrap()
}

fn now() -> DateTime<Utc> {
    FakeClock::start() + TimeDelta::minutes(1)
}

/// What makes the tokens worthless that the session has given out.
fn revocation(session: &Session, at: DateTime<Utc>) -> Revocation {
    Revocation {
        family: session.id.into(),
        generation: session.rotation.generation,
        until: ending(at).remembered_until,
    }
}

/// When the user's sessions 1 to `count` were ended.
async fn ends(store: &Arc<dyn Store>, user: &User, count: u8) -> Vec<Option<DateTime<Utc>>> {
    let mut times = Vec::new();
    for number in 1..=count {
        let found = find_session(store, session(user, number).id).await;
        times.push(found.unwrap().revoked_at);
    }
    times
}

async fn outdate_all(store: &Arc<dyn Store>, user: &User, at: DateTime<Utc>) -> Vec<Revocation> {
    let id = user.id;
    let outdated = write(store, move |repositories| {
        repositories.endings().outdate_all(id, &ending(at))
    });
    by_family(outdated.await.unwrap())
}

async fn revoke_all(
    store: &Arc<dyn Store>,
    user: &User,
    except: Option<SessionId>,
    at: DateTime<Utc>,
) -> Vec<Revocation> {
    let id = user.id;
    let ended = write(store, move |repositories| {
        repositories.endings().revoke_all(id, except, &ending(at))
    });
    by_family(ended.await.unwrap())
}

async fn revoke_oldest(store: &Arc<dyn Store>, user: &User, keep: usize, at: DateTime<Utc>) -> Vec<Revocation> {
    let id = user.id;
    let ended = write(store, move |repositories| {
        repositories.endings().revoke_oldest(id, keep, &ending(at))
    });
    by_family(ended.await.unwrap())
}
