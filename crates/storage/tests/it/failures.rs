//! What goes wrong around a unit of work, and what must not follow from it.

use crate::databases::{Postgres, Sqlite};
use crate::held::{Held, narrow, one_connection, queue_up};
use portcullis_application::ports::{Repositories, Store, StoreError, StoreResult};
use portcullis_domain::{User, UserId};
use portcullis_storage::DatabaseOptions;
use portcullis_testkit::{FakeMeter, build};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

async fn find(store: &Arc<dyn Store>, id: UserId) -> StoreResult<Option<User>> {
    store.read(move |repositories| repositories.users().find(id)).await
}

async fn insert(store: &Arc<dyn Store>, user: &User) -> StoreResult<()> {
    let user = user.clone();
    store
        .write(move |repositories| repositories.users().insert(&user))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_to_the_writer_is_busy_and_what_is_queued_is_kept() {
    let sqlite = Sqlite::migrated(&narrow());
    let store = sqlite.store();
    let users = ["running@example.com", "queued@example.com", "late@example.com"].map(build::user);
    let held = Held::writing(&store, users[0].clone()).entered().await;
    let queued = {
        let (store, user) = (Arc::clone(&store), users[1].clone());
        queue_up(vec![async move { insert(&store, &user).await }]).await
    };
    assert!(matches!(insert(&store, &users[2]).await, Err(StoreError::Busy)));
    held.let_go().await.unwrap();
    for unit in queued {
        unit.await.unwrap().unwrap();
    }
    assert!(find(&store, users[0].id).await.unwrap().is_some());
    assert!(find(&store, users[1].id).await.unwrap().is_some());
    assert!(find(&store, users[2].id).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_free_connection_postgres_is_busy() {
    let Some(postgres) = Postgres::migrated(&narrow()).await else {
        return;
    };
    let store = postgres.store();
    let users = ["running@example.com", "late@example.com"].map(build::user);
    let held = Held::writing(&store, users[0].clone()).entered().await;
    assert!(matches!(insert(&store, &users[1]).await, Err(StoreError::Busy)));
    held.let_go().await.unwrap();
    insert(&store, &users[1]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_batch_only_the_units_that_failed_are_undone() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    let store = sqlite.store();
    let users =
        ["first", "panics", "refuses", "conflicts", "last"].map(|name| build::user(&format!("{name}@example.com")));
    let taken = User {
        email: build::email("first@example.com"),
        ..users[3].clone()
    };
    let held = Held::writing(&store, users[0].clone()).entered().await;
    let unit = |user: User, end: fn() -> StoreResult<()>| {
        let store = Arc::clone(&store);
        async move {
            store
                .write(move |repositories| {
                    repositories.users().insert(&user)?;
                    end()
                })
                .await
        }
    };
    let results = queue_up(vec![
        unit(users[1].clone(), || panic!("on purpose")),
        unit(users[2].clone(), || Err(StoreError::Busy)),
        unit(taken, || Ok(())),
        unit(users[4].clone(), || Ok(())),
    ])
    .await;
    held.let_go().await.unwrap();
    let mut ended = Vec::new();
    for result in results {
        ended.push(result.await.unwrap());
    }
    assert!(
        matches!(
            ended.as_slice(),
            [
                Err(StoreError::Unexpected(_)),
                Err(StoreError::Busy),
                Err(StoreError::Conflict),
                Ok(())
            ]
        ),
        "{ended:?}"
    );
    let mut kept = Vec::new();
    for user in &users {
        kept.push(find(&store, user.id).await.unwrap().is_some());
    }
    assert_eq!(kept, [true, false, false, false, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_keeps_what_is_queued_and_refuses_what_comes_later() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    let store = sqlite.store();
    let users = ["running@example.com", "queued@example.com", "late@example.com"].map(build::user);
    let held = Held::writing(&store, users[0].clone()).entered().await;
    let queued = {
        let (store, user) = (Arc::clone(&store), users[1].clone());
        queue_up(vec![async move { insert(&store, &user).await }]).await
    };
    held.go_on.send(()).unwrap();
    let database = sqlite.database.clone();
    tokio::task::spawn_blocking(move || database.close()).await.unwrap();
    held.ended.await.unwrap().unwrap();
    for unit in queued {
        unit.await.unwrap().unwrap();
    }
    assert!(matches!(
        insert(&store, &users[2]).await,
        Err(StoreError::Unavailable(_))
    ));
    assert!(matches!(
        find(&store, users[0].id).await,
        Err(StoreError::Unavailable(_))
    ));
    assert!(matches!(store.check().await, Err(StoreError::Unavailable(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_without_its_schema_fails_its_check() {
    let sqlite = Sqlite::empty(&DatabaseOptions::default());
    assert!(sqlite.store().check().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_the_server_ended_are_replaced_unnoticed() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let store = postgres.store();
    let user = build::user("ada@example.com");
    postgres.server.end_connections_to(&postgres.name).await;
    insert(&store, &user).await.unwrap();
    postgres.server.end_connections_to(&postgres.name).await;
    assert!(find(&store, user.id).await.unwrap().is_some());
    postgres.server.end_connections_to(&postgres.name).await;
    store.check().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_whose_connection_ends_is_asked_again_elsewhere() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let store = postgres.store();
    let user = build::user("ada@example.com");
    insert(&store, &user).await.unwrap();
    let (entered, inside) = channel();
    let (go_on, told) = channel();
    let id = user.id;
    let reading = tokio::spawn(async move {
        store
            .read(move |repositories: &mut dyn Repositories| {
                repositories.users().find(id)?;
                entered.send(()).unwrap();
                told.recv().unwrap();
                repositories.users().find(id)
            })
            .await
    });
    tokio::task::spawn_blocking(move || inside.recv().unwrap())
        .await
        .unwrap();
    postgres.server.end_connections_to(&postgres.name).await;
    go_on.send(()).unwrap();
    let found: StoreResult<Option<User>> = reading.await.unwrap();
    assert_eq!(found.unwrap(), Some(user));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_connection_ends_is_undone_and_harms_no_other() {
    let Some(postgres) = Postgres::migrated(&one_connection()).await else {
        return;
    };
    let store = postgres.store();
    let user = build::user("ada@example.com");
    let held = Held::writing(&store, user.clone()).entered().await;
    postgres.server.end_connections_to(&postgres.name).await;
    assert!(matches!(held.let_go().await, Err(StoreError::Unavailable(_))));
    assert!(find(&store, user.id).await.unwrap().is_none());
    insert(&store, &user).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_is_held_too_long_is_busy() {
    let options = DatabaseOptions {
        statement_timeout: Duration::from_millis(300),
        ..DatabaseOptions::default()
    };
    let Some(postgres) = Postgres::migrated(&options).await else {
        return;
    };
    let store = postgres.store();
    let user = build::user("ada@example.com");
    let held = Held::writing(&store, user.clone()).entered().await;
    // Another row with the same address has to wait for the first one's end.
    let rival = User {
        email: user.email.clone(),
        ..build::user("rival@example.com")
    };
    assert_ne!(rival.id, user.id);
    assert!(matches!(insert(&store, &rival).await, Err(StoreError::Busy)));
    drop(held.let_go().await);
}

/// Waits for somebody else's step; there is no event to wait for.
async fn until(mut holds: impl FnMut() -> bool) {
    while !holds() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_load_tells_who_writes_to_sqlite_and_who_waits_and_the_meter_of_each_commit() {
    let meter = FakeMeter::default();
    let sqlite = Sqlite::migrated(&DatabaseOptions {
        meter: Arc::new(meter.clone()),
        ..DatabaseOptions::default()
    });
    let (store, database) = (sqlite.store(), &sqlite.database);
    let held = Held::writing(&store, build::user("ada@example.com")).entered().await;
    let _before = meter.take();
    let waiting = tokio::spawn({
        let store = Arc::clone(&store);
        async move { insert(&store, &build::user("bob@example.com")).await }
    });
    until(|| database.load().writes.is_some_and(|writes| writes.waiting == 1)).await;
    assert_eq!(meter.take(), [""; 0]);
    held.let_go().await.unwrap();
    waiting.await.unwrap().unwrap();
    assert_eq!(meter.take(), ["commit of 1", "commit of 1"]);
    let load = database.load();
    assert_eq!((load.connections, load.waiting), (8, 0));
    assert_eq!(load.writes.unwrap().capacity, 1024);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_load_tells_who_works_on_postgres_and_who_waits() {
    let meter = FakeMeter::default();
    let Some(postgres) = Postgres::migrated(&DatabaseOptions {
        meter: Arc::new(meter.clone()),
        ..one_connection()
    })
    .await
    else {
        return;
    };
    let (store, database) = (postgres.store(), &postgres.database);
    let held = Held::writing(&store, build::user("ada@example.com")).entered().await;
    let waiting = tokio::spawn({
        let store = Arc::clone(&store);
        async move { find(&store, build::user("bob@example.com").id).await }
    });
    until(|| database.load().waiting == 1).await;
    let load = database.load();
    assert_eq!((load.in_use, load.connections, load.writes), (1, 1, None));
    held.let_go().await.unwrap();
    waiting.await.unwrap().unwrap();
    assert_eq!(meter.take(), ["commit of 1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_told_at_once() {
    let url = "postgres://somebody:hunter2@127.0.0.1:1/nowhere";
    let refusal = crate::databases::open(url, &DatabaseOptions::default())
        .await
        .unwrap_err();
    let text = format!("{refusal} {refusal:?}");
    assert!(
        text.contains("127.0.0.1:1/nowhere") && text.contains("refused"),
        "{text}"
    );
    assert!(!text.contains("hunter2"), "{text}");
}
