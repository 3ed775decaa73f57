//! What holds for the upkeep of sessions: the notes of their last use, and the removal of what ended.

use super::{add, find_session, revoke, write};
use crate::build::{browser_session, session, session_with, user};
use crate::clock::FakeClock;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::{Store, Swept};
use portcullis_domain::{Generation, Rotation, Session, SessionId, TokenPolicy, User};
use std::sync::Arc;

/// Never back in time, to the microsecond. Sessions that are not there are not made.
pub async fn a_use_is_noted_where_it_is_later(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    let step = TimeDelta::microseconds(1);
    let sessions: Vec<_> = (0..4).map(|number| session(&ada, number)).collect();
    add(store, &ada, &sessions).await;
    add(store, &ben, &[session(&ben, 1)]).await;
    let [earlier, same, later, _] = &sessions[..] else {
        panic!()
    };
    let unknown = session(&ben, 2).id;
    let used = vec![
        (unknown, now()),
        (later.id, later.last_used_at + step),
        (same.id, same.last_used_at),
        (earlier.id, earlier.last_used_at - step),
    ];
    assert_eq!(note_use(store, used).await, 1);
    let expected = Session {
        last_used_at: later.last_used_at + step,
        ..later.clone()
    };
    assert_eq!(find_session(store, later.id).await, Some(expected));
    for untouched in [earlier, same, &sessions[3], &session(&ben, 1)] {
        assert_eq!(find_session(store, untouched.id).await.as_ref(), Some(untouched));
    }
    assert_eq!(find_session(store, unknown).await, None);
    assert_eq!(note_use(store, vec![]).await, 0);
}

/// A use of tokens does not, and neither does one that came after the end.
pub async fn a_use_prolongs_what_a_browser_was_signed_in_by(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let (used, expired, tokens) = (browser_session(&ada, 1), browser_session(&ada, 2), session(&ada, 3));
    let expired = Session {
        rotation: Rotation {
            expires_at: now(),
            ..expired.rotation.clone()
        },
        ..expired
    };
    add(store, &ada, &[used.clone(), expired.clone(), tokens.clone()]).await;
    let at = now() + TimeDelta::days(1);
    let noted = note_use(store, [used.id, expired.id, tokens.id].map(|id| (id, at)).to_vec());
    assert_eq!(noted.await, 3);
    let prolonged = find_session(store, used.id).await.unwrap();
    assert_eq!(prolonged, used.used(at, &TokenPolicy::default()));
    for session in [expired, tokens] {
        let found = find_session(store, session.id).await.unwrap();
        assert_eq!(found.rotation.expires_at, session.rotation.expires_at);
    }
}

/// As many as a server notes between two writes.
pub async fn many_uses_are_noted_at_once(store: &Arc<dyn Store>) {
    let users: Vec<_> = (0..20).map(|number| user(&format!("user{number}@x.test"))).collect();
    let mut used = Vec::new();
    for user in &users {
        let sessions: Vec<_> = (0..50).map(|number| session(user, number)).collect();
        add(store, user, &sessions).await;
        used.extend(
            (0..)
                .zip(&sessions)
                .map(|(step, session)| (session.id, now() + TimeDelta::microseconds(step))),
        );
    }
    assert_eq!(note_use(store, used.clone()).await, used.len());
    assert_eq!(note_use(store, used.clone()).await, 0);
    for (id, at) in used {
        assert_eq!(find_session(store, id).await.unwrap().last_used_at, at);
    }
}

/// An ended session stays ended, an expired one expired.
pub async fn a_use_that_is_noted_late_revives_nothing(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let expired = session_with(&ada, 1, |rotation| {
        rotation.generation = Generation::new(3);
        rotation.outdated = Some(Generation::new(2));
        rotation.expires_at = now();
    });
    let revoked = session(&ada, 2);
    add(store, &ada, &[expired.clone(), revoked.clone()]).await;
    revoke(store, revoked.id, now()).await.unwrap();
    let late = now() + TimeDelta::days(1);
    note_use(store, vec![(expired.id, late), (revoked.id, late)]).await;
    let ended = Session {
        revoked_at: Some(now()),
        ..revoked
    };
    for before in [expired, ended] {
        let found = find_session(store, before.id).await.unwrap();
        let expected = Session {
            last_used_at: found.last_used_at,
            ..before
        };
        assert_eq!(found, expected);
    }
}

/// By expiry or revocation, whichever was first, to the microsecond. Nobody's live session is touched.
pub async fn a_sweep_removes_what_ended_before_and_keeps_the_rest(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    let (just_before, week) = (now() - TimeDelta::microseconds(1), TimeDelta::days(7));
    let ended = |number, revoked_at, expires_at| Session {
        revoked_at,
        ..session_with(&ada, number, |rotation| rotation.expires_at = expires_at)
    };
    let gone = [
        ended(1, None, just_before),
        ended(2, Some(just_before), now() + week),
        ended(3, Some(now() + week), just_before),
        ended(4, Some(just_before), just_before),
    ];
    let kept = [
        ended(5, None, now()),
        ended(6, Some(now()), now() + week),
        ended(7, None, now() + week),
        ended(8, Some(now()), now()),
    ];
    add(store, &ada, &[&gone[..], &kept].concat()).await;
    add(store, &ben, &[session(&ben, 1)]).await;
    assert_eq!(swept_through(store, 100).await, 4);
    assert_eq!(swept_through(store, 100).await, 0);
    for session in gone {
        assert_eq!(find_session(store, session.id).await, None);
    }
    for session in kept.into_iter().chain([session(&ben, 1)]) {
        assert_eq!(find_session(store, session.id).await, Some(session));
    }
    assert!(super::find_user(store, ada.id).await.is_some());
}

/// A batch at a time, which counts what stays, too.
pub async fn sweeps_pass_over_all_sessions_in_the_end(store: &Arc<dyn Store>) {
    for (round, batch) in [1, 2, 3, 5, 12, 13, 100].into_iter().enumerate() {
        let ada = user(&format!("ada{round}@x.test"));
        let expired = |number: u8| {
            session_with(&ada, number, |rotation| {
                rotation.expires_at = now() - TimeDelta::days(i64::from(number % 3) - 1);
            })
        };
        let sessions: Vec<_> = (1..=12).map(expired).collect();
        add(store, &ada, &sessions).await;
        let before = sessions.iter().filter(|session| session.rotation.expires_at < now());
        assert_eq!(swept_through(store, batch).await, before.count(), "by {batch}");
        for session in &sessions {
            let is_kept = find_session(store, session.id).await.is_some();
            assert_eq!(is_kept, now() <= session.rotation.expires_at, "by {batch}");
        }
        empty(store, &ada).await;
    }
    let nothing = Swept { changed: 0, last: None };
    assert_eq!(sweep(store, None, 10).await, nothing);
}

fn now() -> DateTime<Utc> {
    FakeClock::start() + TimeDelta::days(1)
}

async fn note_use(store: &Arc<dyn Store>, used: Vec<(SessionId, DateTime<Utc>)>) -> usize {
    let noted = write(store, move |repositories| {
        repositories
            .sessions()
            .note_use(&used, TokenPolicy::default().refresh_token_life)
    });
    noted.await.unwrap()
}

async fn sweep(store: &Arc<dyn Store>, after: Option<SessionId>, batch: usize) -> Swept {
    let swept = write(store, move |repositories| {
        repositories.sessions().sweep(after, now(), batch)
    });
    swept.await.unwrap()
}

/// Sweeps from the first session to the last; how many were removed.
async fn swept_through(store: &Arc<dyn Store>, batch: usize) -> usize {
    let (mut after, mut removed) = (None, 0);
    loop {
        let swept = sweep(store, after, batch).await;
        assert!(swept.changed <= batch);
        removed += swept.changed;
        let Some(last) = swept.last else { return removed };
        assert!(after < Some(last), "it does not go on");
        after = Some(last);
    }
}

async fn empty(store: &Arc<dyn Store>, user: &User) {
    let id = user.id;
    let deleted = write(store, move |repositories| repositories.users().delete(id));
    assert!(deleted.await.unwrap());
}
