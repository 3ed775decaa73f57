//! What holds for the end of grants, and of the access tokens that they gave out.

use super::grants::{find, insert, refreshed};
use super::{add, by_family, read, revocations, write};
use crate::build::{ending, grant, redeemed, registration_id, session, user};
use crate::clock::FakeClock;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::{GrantsToEnd, Store};
use portcullis_domain::{AuditReason, Generation, Grant, GrantEnd, GrantLife, Revocation, Session, User};
use std::sync::Arc;

/// Two sessions of one user, each with a grant that ends with it and one that does not, and a session and grant of another
/// user.
struct Scene {
    ada: User,
    sessions: [Session; 2],
    bound: [Grant; 2],
    offline: [Grant; 2],
    bens: Grant,
}

async fn scene(store: &Arc<dyn Store>) -> Scene {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    let sessions = [session(&ada, 1), session(&ada, 2)];
    let bens_session = session(&ben, 1);
    add(store, &ada, &sessions).await;
    add(store, &ben, std::slice::from_ref(&bens_session)).await;
    let [one, two] = &sessions;
    let scene = Scene {
        bound: [(one, 1), (two, 2)].map(|(of, number)| redeemed(&grant(of, GrantLife::Session, number))),
        offline: [(one, 3), (two, 4)].map(|(of, number)| redeemed(&grant(of, GrantLife::Offline, number))),
        bens: redeemed(&grant(&bens_session, GrantLife::Session, 5)),
        ada,
        sessions,
    };
    for grant in [&scene.bound[..], &scene.offline, std::slice::from_ref(&scene.bens)].concat() {
        insert(store, &grant).await;
    }
    scene
}

/// Its time and reason stay; the revocation names the generation, and lasts as long as the access tokens do.
pub async fn a_grant_is_ended_once(store: &Arc<dyn Store>) {
    let scene = scene(store).await;
    let mut long = refreshed(&redeemed(&grant(&scene.sessions[0], GrantLife::Session, 9)));
    long.rotation.access_until = now() + TimeDelta::days(1);
    insert(store, &long).await;
    let expected = Revocation {
        family: long.family(),
        generation: Generation::new(1),
        until: long.rotation.access_until,
    };
    let one = GrantsToEnd::One(long.id);
    assert_eq!(end(store, one, AuditReason::CodeReused, now()).await, [expected]);
    assert_eq!(end(store, one, AuditReason::UserRequest, later()).await, []);
    let end = GrantEnd {
        at: now(),
        reason: AuditReason::CodeReused,
    };
    assert_eq!(find(store, long.id).await.unwrap().ended, Some(end));
    assert_eq!(revocations(store).await, [expected]);
    assert_lives(store, &[&scene.bound[..], &scene.offline].concat()).await;
}

/// Also one whose code nobody has redeemed yet.
pub async fn grants_of_a_session_end_with_it_and_offline_ones_live_on(store: &Arc<dyn Store>) {
    let scene = scene(store).await;
    let pending = grant(&scene.sessions[0], GrantLife::Session, 9);
    insert(store, &pending).await;
    let which = GrantsToEnd::OfSession(scene.sessions[0].id);
    let expected = revocations_of(&[scene.bound[0].clone(), pending]);
    assert_eq!(end(store, which, AuditReason::SessionEnded, now()).await, expected);
    assert_lives(store, &[&scene.bound[1..], &scene.offline, &[scene.bens]].concat()).await;
    assert_eq!(revocations(store).await, expected);
}

/// Offline ones live on whosever session it is.
pub async fn grants_of_all_sessions_but_one_end(store: &Arc<dyn Store>) {
    let scene = scene(store).await;
    let user = scene.ada.id;
    let kept = Some(scene.sessions[1].id);
    let ended = end(
        store,
        GrantsToEnd::OfSessions { user, kept },
        AuditReason::SessionEnded,
        now(),
    )
    .await;
    assert_eq!(ended, revocations_of(&scene.bound[..1]));
    let ended = end(
        store,
        GrantsToEnd::OfSessions { user, kept: None },
        AuditReason::SessionEnded,
        now(),
    )
    .await;
    assert_eq!(ended, revocations_of(&scene.bound[1..]));
    assert_lives(store, &[&scene.offline[..], &[scene.bens]].concat()).await;
}

/// Offline ones of that session end all the same.
pub async fn all_grants_of_a_user_end_but_those_of_the_session_that_is_kept(store: &Arc<dyn Store>) {
    let scene = scene(store).await;
    let user = scene.ada.id;
    let kept = Some(scene.sessions[1].id);
    let ended = end(
        store,
        GrantsToEnd::OfUser { user, kept },
        AuditReason::PasswordChanged,
        now(),
    )
    .await;
    assert_eq!(ended, revocations_of(&[&scene.bound[..1], &scene.offline].concat()));
    assert_lives(store, &[&scene.bound[1..], std::slice::from_ref(&scene.bens)].concat()).await;
    let ended = end(
        store,
        GrantsToEnd::OfUser { user, kept: None },
        AuditReason::AccountDisabled,
        now(),
    )
    .await;
    assert_eq!(ended, revocations_of(&scene.bound[1..]));
    assert_lives(store, &[scene.bens]).await;
}

/// Whatever they hang on.
pub async fn grants_of_one_client_end(store: &Arc<dyn Store>) {
    let scene = scene(store).await;
    let mut elsewhere = redeemed(&grant(&scene.sessions[0], GrantLife::Offline, 9));
    elsewhere.granted.client = registration_id(2);
    insert(store, &elsewhere).await;
    let which = GrantsToEnd::OfClient {
        user: scene.ada.id,
        client: registration_id(1),
    };
    let expected = revocations_of(&[&scene.bound[..], &scene.offline].concat());
    assert_eq!(end(store, which, AuditReason::ConsentWithdrawn, now()).await, expected);
    assert_lives(store, &[elsewhere, scene.bens]).await;
}

/// By the time of their codes, and before them the codes that nobody redeemed. Those that ended or expired do not count.
pub async fn the_oldest_grants_of_a_client_end(store: &Arc<dyn Store>) {
    let scene = scene(store).await;
    let mut expired = redeemed(&grant(&scene.sessions[0], GrantLife::Session, 9));
    expired.rotation.expires_at = now();
    insert(store, &expired).await;
    let [pending, late] = [(8, 1), (7, 0)].map(|(number, seconds)| {
        let mut grant = grant(&scene.sessions[0], GrantLife::Session, number);
        grant.code.as_mut().unwrap().until = now() + TimeDelta::seconds(seconds);
        grant
    });
    for code in [&pending, &late] {
        insert(store, code).await;
    }
    let which = |keep| GrantsToEnd::Oldest {
        user: scene.ada.id,
        client: registration_id(1),
        keep,
    };
    assert_eq!(end(store, which(5), AuditReason::TooManyGrants, now()).await, []);
    end(store, which(4), AuditReason::TooManyGrants, now()).await;
    let is_ended = |grant: Grant| async move { find(store, grant.id).await.unwrap().ended.is_some() };
    assert!(is_ended(pending).await && !is_ended(late.clone()).await);
    let ended = end(store, which(2), AuditReason::TooManyGrants, now()).await;
    assert_eq!(ended, revocations_of(&scene.bound));
    assert_eq!(end(store, which(2), AuditReason::TooManyGrants, now()).await, []);
    assert_lives(store, &[&scene.offline[..], &[late, scene.bens]].concat()).await;
}

/// Without naming them.
pub async fn ending_batch_by_batch_ends_every_grant_that_there_is(store: &Arc<dyn Store>) {
    let scene = scene(store).await;
    end(store, GrantsToEnd::One(scene.bens.id), AuditReason::UserRequest, now()).await;
    let (mut after, mut changed) = (None, 0);
    loop {
        let next = write(store, move |repositories| {
            let reason = AuditReason::SessionEnded;
            repositories
                .grant_endings()
                .end_next(after, reason, &ending(later()), 2)
        });
        let next = next.await.unwrap();
        changed += next.changed;
        after = next.last;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(changed, 4);
    assert_eq!(find(store, scene.bens.id).await.unwrap().ended.unwrap().at, now());
    for grant in [&scene.bound[..], &scene.offline].concat() {
        assert_eq!(find(store, grant.id).await.unwrap().ended.unwrap().at, later());
    }
    assert_eq!(revocations(store).await.len(), 1);
}

/// Never back to a lower generation, and nothing of one that has ended.
pub async fn outdating_a_grant_names_its_tokens_and_leaves_it(store: &Arc<dyn Store>) {
    let scene = scene(store).await;
    let id = scene.bound[0].id;
    let outdate = |through: u64| async move {
        let outdated = write(store, move |repositories| {
            let through = Generation::new(through);
            repositories.grant_endings().outdate(id, through, &ending(now()))
        });
        outdated.await.unwrap()
    };
    for (through, highest) in [(3, 3), (2, 3), (4, 4)] {
        let expected = Revocation {
            generation: Generation::new(through),
            ..revocations_of(&scene.bound[..1])[0]
        };
        assert_eq!(outdate(through).await, Some(expected));
        let left = find(store, id).await.unwrap();
        assert_eq!(left.rotation.outdated, Some(Generation::new(highest)));
        assert_eq!(left.ended, None);
    }
    end(store, GrantsToEnd::One(id), AuditReason::UserRequest, now()).await;
    assert_eq!(outdate(5).await, None);
    assert_eq!(revocations(store).await.len(), 4);
}

async fn end(store: &Arc<dyn Store>, which: GrantsToEnd, reason: AuditReason, at: DateTime<Utc>) -> Vec<Revocation> {
    let ended = write(store, move |repositories| {
        repositories.grant_endings().end(which, reason, &ending(at))
    });
    by_family(ended.await.unwrap())
}

/// What names those grants, ended at the start of the clock by the default policy.
fn revocations_of(grants: &[Grant]) -> Vec<Revocation> {
    let revocations = grants.iter().map(|grant| Revocation {
        family: grant.family(),
        generation: grant.rotation.generation,
        until: grant.rotation.access_until.max(ending(now()).remembered_until),
    });
    by_family(revocations.collect())
}

async fn assert_lives(store: &Arc<dyn Store>, grants: &[Grant]) {
    for grant in grants {
        let id = grant.id;
        let found = read(store, move |repositories| repositories.grants().find(id)).await;
        assert_eq!(found.as_ref(), Some(grant));
    }
}

fn now() -> DateTime<Utc> {
    FakeClock::start()
}

fn later() -> DateTime<Utc> {
    now() + TimeDelta::seconds(1)
}
