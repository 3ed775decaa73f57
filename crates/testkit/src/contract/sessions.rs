//! What holds for sessions.

use super::{add, at_once, find_session, revoke, write};
use crate::build::{browser_session, registration_id, session, session_with, user};
use crate::clock::FakeClock;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::{Store, StoreResult};
use portcullis_domain::{
    AuthenticationMethods, Consent, Device, Generation, PageRequest, PageSize, Rotation, Seed, Session, SessionId,
    SessionKind, TokenPolicy, User, UserAgent,
};
use std::slice::from_ref;
use std::sync::Arc;

/// Also the largest numbers, addresses of both kinds, and what is not there.
pub async fn every_field_of_a_session_survives(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let device = |address: &str, agent: &str| Device {
        address: Some(address.parse().unwrap()),
        user_agent: UserAgent::from_text(agent),
    };
    let devices = [
        Device::default(),
        device("203.0.113.7", "curl/8.9 (\"quoted\"; 'x') \\ %_"),
        device("2001:db8::1", &"\u{1f600}".repeat(256)),
        device("::ffff:192.0.2.1", "홈페이지 앱"),
        Device {
            user_agent: None,
            ..device("::1", "")
        },
        Device {
            address: None,
            ..device("::1", "only an agent")
        },
    ];
    let sessions: Vec<_> = (1..)
        .zip(devices)
        .map(|(number, device)| {
            let offset = TimeDelta::microseconds(i64::from(number));
            let plain = session(&ada, number);
            let begun = plain.rotation.created_at;
            Session {
                kind: SessionKind::ALL[usize::from(number) % 2],
                authenticated_at: begun + offset * 5,
                last_used_at: begun + offset * 2,
                revoked_at: (number % 2 == 0).then_some(begun + offset * 4),
                device,
                rotation: Rotation {
                    seed: Seed::new(std::array::from_fn(
                        |index| if index % 2 == 0 { 0 } else { u8::MAX - number },
                    )),
                    generation: Generation::new(i64::MAX.unsigned_abs() >> (number - 1)),
                    created_at: begun,
                    rotated_at: begun + offset,
                    expires_at: begun + offset * 3,
                    outdated: [
                        None,
                        Some(Generation::FIRST),
                        Some(Generation::new(i64::MAX.unsigned_abs())),
                    ][usize::from(number) % 3],
                    access_until: begun + offset * 6,
                },
                ..plain
            }
        })
        .collect();
    add(store, &ada, &sessions).await;
    for session in sessions {
        assert_eq!(find_session(store, session.id).await, Some(session));
    }
}

/// With their own, of several; an id that is none gives nothing.
pub async fn a_session_is_found_with_its_user(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    for user in [&ada, &ben] {
        add(store, user, &[session(user, 1), session(user, 2)]).await;
    }
    let id = session(&ben, 2).id;
    assert_eq!(find_with_user(store, id).await, Some((session(&ben, 2), ben.clone())));
    let unknown = session(&ben, 3).id;
    assert_eq!(find_with_user(store, unknown).await, None);
    assert_eq!(find_session(store, unknown).await, None);
}

/// That of the user and the client; a session without one is found as well.
pub async fn a_session_is_found_with_a_consent(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    for user in [&ada, &ben] {
        add(store, user, &[session(user, 1)]).await;
    }
    let (one, other) = (registration_id(1), registration_id(2));
    let consent = Consent::given(ada.id, one, "openid".parse().unwrap(), now());
    let put = consent.clone();
    let put = write(store, move |repositories| repositories.consents().put(&put));
    put.await.unwrap();
    for (user, client, expected) in [(&ada, one, Some(consent)), (&ada, other, None), (&ben, one, None)] {
        let id = session(user, 1).id;
        let found: StoreResult<_> = store
            .look_up(move |repositories| repositories.sessions().find_with_consent(id, client))
            .await;
        assert_eq!(found.unwrap(), Some((session(user, 1), user.clone(), expected)));
    }
    let unknown = session(&ben, 3).id;
    let found: StoreResult<_> = store
        .look_up(move |repositories| repositories.sessions().find_with_consent(unknown, one))
        .await;
    assert_eq!(found.unwrap(), None);
}

/// Of both, or of none.
pub async fn a_session_is_held_with_its_user(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    for user in [&ada, &ben] {
        add(store, user, &[session(user, 1)]).await;
    }
    let (own, others) = (session(&ada, 1), session(&ben, 1).id);
    let (id, user, nobody) = (own.id, ada.id, self::user("nobody@x.test").id);
    let held = write(store, move |repositories| {
        let mut hold = |id, user| repositories.sessions().lock_with_user(id, user);
        Ok([hold(id, user)?, hold(others, user)?, hold(id, nobody)?])
    });
    assert_eq!(held.await.unwrap(), [Some((own, ada)), None, None]);
}

/// With its user, and as they are when nobody else can write the session any more.
pub async fn a_session_is_held_by_its_row(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let own = session(&ada, 1);
    add(store, &ada, from_ref(&own)).await;
    let (id, nobody) = (own.id, session(&user("nobody@x.test"), 2).id);
    let held = write(store, move |repositories| {
        let mut hold = |id| repositories.sessions().hold_with_user(id);
        Ok([hold(id)?, hold(nobody)?])
    });
    assert_eq!(held.await.unwrap(), [Some((own, ada)), None]);

    let counted = at_once(16, |_| {
        let store = Arc::clone(store);
        async move {
            let counted = write(&store, move |repositories| {
                let (held, _) = repositories.sessions().hold_with_user(id)?.unwrap();
                repositories.sessions().advance(&held, &next(&held))
            });
            counted.await.unwrap()
        }
    });
    assert_eq!(counted.await, [true; 16]);
    let found = find_session(store, id).await.unwrap();
    assert_eq!(found.rotation.generation, Generation::new(16));
}

/// A session always has a user.
pub async fn a_session_of_nobody_is_refused(store: &Arc<dyn Store>) {
    let orphan = session(&user("nobody@x.test"), 1);
    let id = orphan.id;
    let added = write(store, move |repositories| repositories.sessions().insert(&orphan));
    assert!(added.await.is_err());
    assert_eq!(find_session(store, id).await, None);
}

/// The session that has it stays as it is.
pub async fn an_id_in_use_is_not_given_again(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let first = session(&ada, 1);
    add(store, &ada, from_ref(&first)).await;
    let double = Session {
        id: first.id,
        ..session(&ada, 2)
    };
    let added = write(store, move |repositories| repositories.sessions().insert(&double));
    assert!(added.await.is_err());
    assert_eq!(find_session(store, first.id).await, Some(first));
}

/// All that a refresh changes, of one session.
pub async fn an_advance_writes_the_next_generation_and_no_other_session(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let (mut present, other) = (session(&ada, 1), session(&ada, 2));
    add(store, &ada, &[present.clone(), other.clone()]).await;
    let devices = ["203.0.113.1", "2001:db8::2"].map(|address| Device {
        address: Some(address.parse().unwrap()),
        user_agent: UserAgent::from_text(&format!("agent at {address}")),
    });
    // Also a device that says nothing takes the place of one that did.
    for (days, device) in (1..).zip(devices.into_iter().chain([Device::default()])) {
        let next = present.rotated(
            device,
            present.rotation.created_at + TimeDelta::days(days),
            &TokenPolicy::default(),
        );
        assert!(advance(store, &present, &next).await);
        assert_eq!(find_session(store, next.id).await.as_ref(), Some(&next));
        present = next;
    }
    assert_eq!(find_session(store, other.id).await, Some(other));
}

/// For a browser that brought an older token back: only what it says of use and of access tokens is written.
pub async fn an_advance_to_the_same_generation_spends_nothing(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let present = next(&session(&ada, 1));
    add(store, &ada, from_ref(&present)).await;
    let later = now() + TimeDelta::hours(1);
    let again = present.repeated(Device::default(), later, &TokenPolicy::default());
    assert!(again.rotation.access_until > present.rotation.access_until);
    assert!(advance(store, &present, &again).await);
    assert_eq!(find_session(store, again.id).await, Some(again.clone()));
    assert!(advance(store, &present, &next(&again)).await);
    assert!(!advance(store, &present, &again).await);
}

/// Neither from one that is spent nor from one to come, nor where there is no session.
pub async fn an_advance_from_another_generation_writes_nothing(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let present = next(&next(&session(&ada, 1)));
    add(store, &ada, from_ref(&present)).await;
    for wrong in [0, 1, 3] {
        let mut other = present.clone();
        other.rotation.generation = Generation::new(wrong);
        assert!(!advance(store, &other, &next(&present)).await, "from {wrong}");
    }
    assert_eq!(find_session(store, present.id).await, Some(present));
    let unknown = session(&ada, 2);
    assert!(!advance(store, &unknown, &next(&unknown)).await);
    assert_eq!(find_session(store, unknown.id).await, None);
}

/// Whatever the caller read before.
pub async fn a_revoked_session_is_not_advanced(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let session = session(&ada, 1);
    add(store, &ada, from_ref(&session)).await;
    assert!(revoke(store, session.id, now()).await.is_some());
    assert!(!advance(store, &session, &next(&session)).await);
    let revoked = Session {
        revoked_at: Some(now()),
        ..session
    };
    assert_eq!(find_session(store, revoked.id).await, Some(revoked));
}

/// All that a new proof changes, once, and of no other session.
pub async fn a_session_is_renewed_once_from_the_generation_that_it_has(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let (present, other) = (browser_session(&ada, 1), browser_session(&ada, 2));
    add(store, &ada, &[present.clone(), other.clone()]).await;
    let device = Device {
        address: Some("2001:db8::2".parse().unwrap()),
        user_agent: UserAgent::from_text("another agent"),
    };
    let methods: AuthenticationMethods = "pwd otp".parse().unwrap();
    let next = present.proved_again(
        methods,
        now() - TimeDelta::seconds(1),
        device,
        now(),
        &TokenPolicy::default(),
    );
    let generation = present.rotation.generation;
    let mut shorter = next.clone();
    shorter.rotation.access_until = present.rotation.access_until - TimeDelta::seconds(1);
    assert!(!renew(store, generation, &shorter).await, "a token lives longer");
    assert!(renew(store, generation, &next).await);
    assert_eq!(find_session(store, next.id).await.as_ref(), Some(&next));
    assert!(!renew(store, generation, &next).await, "that generation is gone");
    assert_eq!(find_session(store, other.id).await.as_ref(), Some(&other));
    assert!(revoke(store, other.id, now()).await.is_some());
    assert!(!renew(store, other.rotation.generation, &other).await, "it was ended");
}

/// The ended, the expired and other people's are left out.
pub async fn the_live_sessions_of_a_user_are_counted(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    let ended = Session {
        revoked_at: Some(now()),
        ..session(&ada, 3)
    };
    let expired = session_with(&ada, 4, |rotation| rotation.expires_at = now());
    add(
        store,
        &ada,
        &[session(&ada, 1), browser_session(&ada, 2), ended, expired],
    )
    .await;
    add(store, &ben, &[session(&ben, 1)]).await;
    for (user, expected) in [(&ada, 2), (&ben, 1), (&self::user("nobody@x.test"), 0)] {
        let user = user.id;
        let counted: StoreResult<_> = store
            .look_up(move |repositories| repositories.sessions().count_live(user, now()))
            .await;
        assert_eq!(counted.unwrap(), expected);
    }
}

/// Newest first, without gap or repetition also where several began at once; the ended, the expired and other
/// people's are left out.
pub async fn the_live_sessions_of_a_user_are_listed_by_the_page(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    let now = session(&ada, 1).rotation.created_at + TimeDelta::hours(1);
    let begun = |number: u8, minutes: i64| {
        session_with(&ada, number, |rotation| {
            rotation.created_at = now + TimeDelta::minutes(minutes);
        })
    };
    let live = [begun(1, 1), begun(2, 2), begun(3, 2), begun(4, 2), begun(5, 3)];
    let ended = Session {
        revoked_at: Some(now),
        ..begun(6, 4)
    };
    let mut expired = begun(7, 5);
    expired.rotation.expires_at = now;
    add(store, &ben, &[session(&ben, 8)]).await;
    add(store, &ada, &[&live[..], &[ended, expired]].concat()).await;
    let mut newest_first = live.to_vec();
    newest_first.sort_by_key(|session| std::cmp::Reverse((session.rotation.created_at, session.id)));
    for size in 1..=6 {
        let mut request = PageRequest {
            size: PageSize::new(size).unwrap(),
            after: None,
        };
        let mut listed = Vec::new();
        loop {
            let (asked, ada) = (request, ada.id);
            let read = store.read(move |repositories| repositories.sessions().list_live(ada, now, &asked));
            let page = request.page(StoreResult::unwrap(read.await), Session::position);
            listed.extend(page.items);
            request.after = page.next;
            if page.next.is_none() {
                break;
            }
        }
        assert_eq!(listed, newest_first, "by {size}");
    }
}

fn now() -> DateTime<Utc> {
    FakeClock::start() + TimeDelta::minutes(1)
}

fn next(session: &Session) -> Session {
    session.rotated(session.device.clone(), now(), &TokenPolicy::default())
}

async fn find_with_user(store: &Arc<dyn Store>, id: SessionId) -> Option<(Session, User)> {
    let found: StoreResult<_> = store
        .look_up(move |repositories| repositories.sessions().find_with_user(id))
        .await;
    found.unwrap()
}

async fn renew(store: &Arc<dyn Store>, spent: Generation, next: &Session) -> bool {
    let next = next.clone();
    let renewed = write(store, move |repositories| repositories.sessions().renew(spent, &next));
    renewed.await.unwrap()
}

async fn advance(store: &Arc<dyn Store>, before: &Session, next: &Session) -> bool {
    let (before, next) = (before.clone(), next.clone());
    let advanced = write(store, move |repositories| {
        repositories.sessions().advance(&before, &next)
    });
    advanced.await.unwrap()
}
