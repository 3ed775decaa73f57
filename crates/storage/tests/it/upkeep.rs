//! What is done in the background beside those who hold rows.

use crate::databases::{Postgres, fresh_postgres, fresh_sqlite};
use chrono::TimeDelta;
use portcullis_application::ports::{Repositories, Store, StoreResult, Swept};
use portcullis_domain::{Session, SessionId, TokenPolicy, User};
use portcullis_storage::DatabaseOptions;
use portcullis_testkit::build;
use portcullis_testkit::clock::FakeClock;
use std::sync::Arc;
use std::sync::mpsc::channel;

async fn write<T: Send + 'static>(
    store: &Arc<dyn Store>,
    work: impl FnOnce(&mut dyn Repositories) -> StoreResult<T> + Send + 'static,
) -> T {
    store.write(work).await.unwrap()
}

async fn add(store: &Arc<dyn Store>, user: &User, sessions: u8) -> Vec<Session> {
    let added: Vec<_> = (0..sessions).map(|number| build::session(user, number)).collect();
    let (user, sessions) = (user.clone(), added.clone());
    write(store, move |repositories| {
        repositories.users().insert(&user)?;
        sessions
            .iter()
            .try_for_each(|session| repositories.sessions().insert(session))
    })
    .await;
    added
}

/// The ids in a scattered order, which is no index's.
fn scattered(sessions: &[Session]) -> Vec<SessionId> {
    let mut ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    ids.sort_by_key(|id| id.as_uuid().as_u128().wrapping_mul(0x9E37_79B9_7F4A_7C15));
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_somebody_holds_is_passed_over() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let store = postgres.store();
    let sessions = add(&store, &build::user("ada@example.org"), 3).await;
    let (held, free) = (sessions[0].clone(), sessions[1].id);
    let (entered, inside) = channel();
    let (go_on, told) = channel();
    let holder = {
        let (store, next, ending) = (
            Arc::clone(&store),
            held.clone(),
            build::ending(held.rotation.created_at),
        );
        tokio::spawn(async move {
            write(&store, move |repositories| {
                repositories.endings().revoke(next.id, &ending)?;
                entered.send(()).unwrap();
                told.recv().unwrap();
                Ok(())
            })
            .await;
        })
    };
    tokio::task::spawn_blocking(move || inside.recv().unwrap())
        .await
        .unwrap();

    let later = held.rotation.created_at + TimeDelta::hours(1);
    let used = [(held.id, later), (free, later)];
    let noted = write(&store, move |repositories| {
        repositories
            .sessions()
            .note_use(&used, TokenPolicy::default().refresh_token_life)
    });
    assert_eq!(noted.await, 1);
    let past_all = held.rotation.expires_at + TimeDelta::days(1);
    let swept = write(&store, move |repositories| {
        repositories.sessions().sweep(None, past_all, 10)
    });
    assert_eq!(swept.await, Swept { changed: 2, last: None });

    go_on.send(()).unwrap();
    holder.await.unwrap();
    let swept = write(&store, move |repositories| {
        repositories.sessions().sweep(None, past_all, 10)
    });
    assert_eq!(swept.await, Swept { changed: 1, last: None });
}

/// Uses are noted, sessions are swept and users lose all of theirs at once, each in another order of the rows.
async fn storm(store: &Arc<dyn Store>) {
    const USERS: u8 = 8;
    const ROUNDS: u8 = 30;
    for round in 0..ROUNDS {
        let mut all = Vec::new();
        let mut users = Vec::new();
        for number in 0..USERS {
            let user = build::user(&format!("user-{round}-{number}@example.org"));
            all.extend(add(store, &user, 12).await);
            users.push(user);
        }
        let later = FakeClock::start() + TimeDelta::hours(1);
        let mut at_once = Vec::new();
        for part in 0..4 {
            let mut ids = scattered(&all);
            ids.rotate_left(part * 20);
            let used: Vec<_> = ids.into_iter().map(|id| (id, later)).collect();
            let store = Arc::clone(store);
            at_once.push(tokio::spawn(async move {
                write(&store, move |repositories| {
                    repositories
                        .sessions()
                        .note_use(&used, TokenPolicy::default().refresh_token_life)
                })
                .await;
            }));
        }
        let (sweeping, before) = (Arc::clone(store), later);
        at_once.push(tokio::spawn(async move {
            let sweep = move |repositories: &mut dyn Repositories| repositories.sessions().sweep(None, before, 1_000);
            write(&sweeping, sweep).await;
        }));
        for user in users {
            let store = Arc::clone(store);
            at_once.push(tokio::spawn(async move {
                let ending = build::ending(user.created_at);
                let revoked = write(&store, move |repositories| {
                    repositories.users().lock(user.id)?;
                    repositories.endings().revoke_all(user.id, None, &ending)
                });
                assert_eq!(revoked.await.len(), 12);
            }));
        }
        for task in at_once {
            task.await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_fails_in_a_storm_of_uses_sweeps_and_revocations_on_postgres() {
    if let Some((store, _guard)) = fresh_postgres().await {
        storm(&store).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_fails_in_a_storm_of_uses_sweeps_and_revocations_on_sqlite() {
    if let Some((store, _guard)) = fresh_sqlite().await {
        storm(&store).await;
    }
}
