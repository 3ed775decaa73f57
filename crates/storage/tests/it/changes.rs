//! News of what another program has written.

use crate::databases::{Postgres, Sqlite};
use portcullis_application::ports::{Store, StoreChanges, StoreError, StoreResult};
use portcullis_domain::{Session, User};
use portcullis_storage::{DatabaseOptions, DieselStoreChanges};
use portcullis_testkit::build;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longer than any test waits for news that come.
const PATIENCE: Duration = Duration::from_mins(1);

/// Far less, and far more than news take.
const SOON: Duration = Duration::from_secs(20);

async fn add_user_with_session(store: &Arc<dyn Store>, address: &str) -> (User, Session) {
    let user = build::user(address);
    let session = build::session(&user, 0);
    let added = (user.clone(), session.clone());
    let result: StoreResult<()> = store
        .write(move |repositories| {
            repositories.users().insert(&user)?;
            repositories.sessions().insert(&session)
        })
        .await;
    result.unwrap();
    added
}

async fn revoke_all(store: &Arc<dyn Store>, user: &User) {
    let (id, ending) = (user.id, build::ending(user.created_at));
    let revoked: StoreResult<_> = store
        .write(move |repositories| repositories.endings().revoke_all(id, None, &ending))
        .await;
    assert_eq!(revoked.unwrap().len(), 1);
}

/// News that listens already: the first call returns as soon as it does.
async fn listening(postgres: &Postgres) -> DieselStoreChanges {
    let changes = DieselStoreChanges::new(postgres.database.clone());
    changes.wait(PATIENCE).await;
    changes
}

async fn assert_heard(changes: &DieselStoreChanges, of: &str) {
    let asked = Instant::now();
    changes.wait(PATIENCE).await;
    assert!(asked.elapsed() < SOON, "{of}: after {:?}", asked.elapsed());
}

async fn assert_silent(changes: &DieselStoreChanges, of: &str) {
    let asked = Instant::now();
    let patience = Duration::from_millis(300);
    changes.wait(patience).await;
    assert!(asked.elapsed() >= patience, "{of}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_hears_of_each_revocation() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let store = postgres.store();
    let changes = listening(&postgres).await;
    for number in 0..21 {
        let (user, _) = add_user_with_session(&store, &format!("user-{number}@example.org")).await;
        let of = format!("revocation {number}");
        tokio::join!(assert_heard(&changes, &of), revoke_all(&store, &user));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_between_two_calls_is_told_by_the_second() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let store = postgres.store();
    let (user, _) = add_user_with_session(&store, "ada@example.org").await;
    let changes = listening(&postgres).await;
    assert_silent(&changes, "a sign-in revokes nothing").await;
    revoke_all(&store, &user).await;
    assert_heard(&changes, "a revocation").await;
    assert_silent(&changes, "it was told").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_the_age_of_tokens_are_told_of_and_nothing_that_was_rolled_back() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let store = postgres.store();
    let (user, _) = add_user_with_session(&store, "ada@example.org").await;
    let changes = listening(&postgres).await;

    let (id, ending) = (user.id, build::ending(user.created_at));
    let rolled_back: StoreResult<()> = store
        .write(move |repositories| {
            repositories.endings().revoke_all(id, None, &ending)?;
            Err(StoreError::Conflict)
        })
        .await;
    assert!(rolled_back.is_err());
    assert_silent(&changes, "a rollback").await;

    let key = build::signing_key("k1");
    let inserted: StoreResult<()> = store
        .write(move |repositories| repositories.signing_keys().insert(&key))
        .await;
    inserted.unwrap();
    assert_heard(&changes, "a key").await;

    let at = user.created_at;
    let raised: StoreResult<()> = store
        .write(move |repositories| repositories.installation().raise_not_before(at))
        .await;
    raised.unwrap();
    assert_heard(&changes, "the age of tokens").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_made_again_and_counts_as_news() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let changes = listening(&postgres).await;
    postgres.server.end_connections_to(&postgres.name).await;
    let asked = Instant::now();
    changes.wait(PATIENCE).await;
    assert!(asked.elapsed() < PATIENCE / 2, "{:?}", asked.elapsed());
    let store = postgres.store();
    let (user, _) = add_user_with_session(&store, "ada@example.org").await;
    revoke_all(&store, &user).await;
    assert_heard(&changes, "a revocation").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_way_to_be_told_it_waits() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    assert_silent(&DieselStoreChanges::new(sqlite.database.clone()), "SQLite").await;
}
