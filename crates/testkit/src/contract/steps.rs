//! Steps that the promises have in common.

use crate::build::{ending, entry, event};
use crate::clock::FakeClock;
use chrono::{DateTime, Utc};
use portcullis_application::ports::{Repositories, RevocationNumber, SignedSeal, Store, StoreResult};
use portcullis_domain::{AuditEvent, AuditSeal, Digest32, Revocation, Session, SessionId, TokenPolicy, User, UserId};
use std::sync::Arc;
use tokio::sync::Barrier;

/// The rounds of a race: 20, or what `PORTCULLIS_TEST_ROUNDS` says, up to 250.
pub(super) fn rounds() -> u8 {
    std::env::var("PORTCULLIS_TEST_ROUNDS").map_or(20, |rounds| rounds.parse().unwrap())
}

/// Adds a user and sessions of theirs.
pub(super) async fn add(store: &Arc<dyn Store>, user: &User, sessions: &[Session]) {
    let (user, sessions) = (user.clone(), sessions.to_vec());
    write(store, move |repositories| {
        repositories.users().insert(&user)?;
        sessions
            .iter()
            .try_for_each(|session| repositories.sessions().insert(session))
    })
    .await
    .unwrap();
}

/// A write that only the store can refuse.
pub(super) async fn write<T, F>(store: &Arc<dyn Store>, work: F) -> StoreResult<T>
where
    T: Send + 'static,
    F: FnOnce(&mut dyn Repositories) -> StoreResult<T> + Send + 'static,
{
    store.write(work).await
}

/// A read that can't be refused.
pub(super) async fn read<T, F>(store: &Arc<dyn Store>, work: F) -> T
where
    T: Send + 'static,
    F: FnOnce(&mut dyn Repositories) -> StoreResult<T> + Send + 'static,
{
    store.read(work).await.unwrap()
}

pub(super) async fn find_user(store: &Arc<dyn Store>, id: UserId) -> Option<User> {
    let found = store.look_up(move |repositories| repositories.users().find(id));
    found.await.unwrap()
}

pub(super) async fn find_session(store: &Arc<dyn Store>, id: SessionId) -> Option<Session> {
    let found = store.look_up(move |repositories| repositories.sessions().find(id));
    found.await.unwrap()
}

pub(super) async fn revoke(store: &Arc<dyn Store>, id: SessionId, at: DateTime<Utc>) -> Option<Revocation> {
    let revoked = write(store, move |repositories| {
        repositories.endings().revoke(id, &ending(at))
    });
    revoked.await.unwrap()
}

/// The session as its refresh leaves it.
pub(super) fn rotated(session: &Session) -> Session {
    session.rotated(
        session.device.clone(),
        session.rotation.created_at,
        &TokenPolicy::default(),
    )
}

/// All revocations of the store, by family.
pub(super) async fn revocations(store: &Arc<dyn Store>) -> Vec<Revocation> {
    let listed = read(store, |repositories| {
        let (after, limit) = (RevocationNumber::default(), 10_000);
        repositories
            .revocations()
            .list_after(after, DateTime::UNIX_EPOCH, limit)
    });
    by_family(listed.await.into_iter().map(|(_, revocation)| revocation).collect())
}

/// Those of one unit come in any order.
pub(super) fn by_family(mut revocations: Vec<Revocation>) -> Vec<Revocation> {
    revocations.sort_by_key(|revocation| (revocation.family, revocation.generation, revocation.until));
    revocations
}

/// Appends events, in one unit.
pub(super) async fn append(store: &Arc<dyn Store>, events: &[AuditEvent]) {
    let entries: Vec<_> = events.iter().map(entry).collect();
    let appended = write(store, move |repositories| {
        entries.iter().try_for_each(|entry| repositories.audit().append(entry))
    });
    appended.await.unwrap();
}

/// Makes so many seals of so many events each, of those that are there, and appends what is missing. The numbers of the
/// seals.
pub(super) async fn sealed(store: &Arc<dyn Store>, seals: u32, events: u32) -> Vec<u64> {
    let unsealed = read(store, |repositories| repositories.audit().list_unsealed(1)).await;
    if unsealed.is_empty() {
        append(store, &(0..seals * events).map(event).collect::<Vec<_>>()).await;
    }
    let mut numbers = Vec::new();
    for _ in 0..seals {
        let sealed = write(store, move |repositories| {
            let head = repositories.audit().lock_head()?;
            let unsealed = repositories.audit().list_unsealed(usize::try_from(events).unwrap())?;
            let seal = AuditSeal::behind(&head, &unsealed, FakeClock::start());
            let number = seal.number;
            repositories.audit().seal(&SignedSeal {
                seal,
                mac: Digest32::ZERO,
            })?;
            Ok(number)
        });
        numbers.push(sealed.await.unwrap());
    }
    numbers
}

/// Runs what `task` makes of each number below `count` at the same time, on threads that are as many as there are,
/// and gives what each returned.
pub(super) async fn at_once<T, F>(count: usize, task: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let line = Arc::new(Barrier::new(count));
    let tasks: Vec<_> = (0..count)
        .map(|number| {
            let (task, line) = (task(number), Arc::clone(&line));
            tokio::spawn(async move {
                line.wait().await;
                task.await
            })
        })
        .collect();
    let mut results = Vec::with_capacity(count);
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}
