//! Whether a store says that it takes writes, while it does and while it does not.

use crate::databases::{Postgres, Sqlite, open};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use portcullis_application::ports::{Store, StoreError, StoreResult};
use portcullis_domain::{User, UserId};
use portcullis_storage::{DatabaseOptions, DieselStore};
use portcullis_testkit::build;
use std::fs;
use std::path::Path;
use std::sync::Arc;

async fn insert(store: &Arc<dyn Store>, name: &str) -> StoreResult<User> {
    let user = build::user(&format!("{name}@example.com"));
    let inserted = user.clone();
    let written = store.write(move |repositories| repositories.users().insert(&inserted));
    written.await.map(|()| user)
}

async fn find(store: &Arc<dyn Store>, id: UserId) -> StoreResult<Option<User>> {
    store.read(move |repositories| repositories.users().find(id)).await
}

#[track_caller]
fn assert_unavailable<T: std::fmt::Debug>(outcome: &StoreResult<T>) {
    assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
}

fn connection_to(sqlite: &Sqlite) -> SqliteConnection {
    SqliteConnection::establish(sqlite.folder.path().join("test.db").to_str().unwrap()).unwrap()
}

/// `execute` runs SQL on the tables themselves. `full` and `wide` are bodies of triggers: of a disk that is full, and of an
/// error that says nothing.
async fn assert_told<F: Future<Output = ()>>(
    store: Arc<dyn Store>,
    execute: impl Fn(&'static str) -> F,
    [refuse, refuse_the_probe, let_both]: [&'static str; 3],
) {
    let before = insert(&store, "before").await.unwrap();
    execute(refuse).await;
    execute(refuse_the_probe).await;
    assert_unavailable(&insert(&store, "first").await);
    // However often somebody asks; and a write that fits says nothing of the next.
    for _ in 0..3 {
        assert_unavailable(&store.check().await);
    }
    assert!(find(&store, before.id).await.unwrap().is_some());
    assert!(store.probe().await.is_err());
    execute(let_both).await;
    assert_unavailable(&store.check().await);
    insert(&store, "second").await.unwrap();
    assert_unavailable(&store.check().await);
    store.probe().await.unwrap();
    store.check().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failed_write_sqlite_is_not_ready_until_a_probe_has_worked() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    let execute = async |sql: &str| connection_to(&sqlite).batch_execute(sql).unwrap();
    let triggers = [
        "CREATE TRIGGER full BEFORE INSERT ON users BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
        "CREATE TRIGGER probe BEFORE UPDATE ON write_probe BEGIN SELECT RAISE(ABORT, 'no'); END",
        "DROP TRIGGER full; DROP TRIGGER probe",
    ];
    assert_told(sqlite.store(), execute, triggers).await;
    let written = diesel::dsl::sql::<BigInt>("SELECT length(filler) FROM write_probe");
    let written: i64 = written.get_result(&mut connection_to(&sqlite)).unwrap();
    assert_eq!(written, 65536, "the probe is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failed_write_postgres_is_not_ready_until_a_probe_has_worked() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let execute = async |sql: &str| postgres.server.execute_on(&postgres.name, sql).await;
    let triggers = [
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         RAISE EXCEPTION 'Auf dem Gerät ist kein Speicherplatz mehr verfügbar' USING ERRCODE = '53100'; END $$; \
         CREATE TRIGGER full_disk BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION full_disk()",
        "CREATE TRIGGER full_disk BEFORE UPDATE ON write_probe FOR EACH ROW EXECUTE FUNCTION full_disk()",
        "DROP TRIGGER full_disk ON users; DROP TRIGGER full_disk ON write_probe",
    ];
    assert_told(postgres.store(), execute, triggers).await;
    let query = "SELECT length(filler)::text FROM write_probe";
    assert_eq!(postgres.server.texts_of(&postgres.name, query).await, ["65536"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_has_lost_a_right_is_not_ready_as_soon_as_a_call_has_met_it() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let (name, role) = (&postgres.name, format!("{}_worker", postgres.name));
    let on_database = async |sql: String| postgres.server.execute_on(name, &sql).await;
    on_database(format!(
        "CREATE ROLE {role} LOGIN PASSWORD 'worker'; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"
    ))
    .await;
    let url = postgres.server.url_of(name);
    let (_, rest) = url.split_once('@').unwrap();
    let database = open(&format!("postgres://{role}:worker@{rest}"), &DatabaseOptions::default()).await;
    let database = database.unwrap();
    let store: Arc<dyn Store> = Arc::new(DieselStore::new(database.clone()));
    insert(&store, "before").await.unwrap();
    on_database(format!("REVOKE INSERT ON users FROM {role}")).await;
    assert!(insert(&store, "after").await.is_err());
    let told = format!("{:#}", anyhow::Error::from(store.probe().await.unwrap_err()));
    assert!(
        told.contains(&role) && told.contains("INSERT on the table users"),
        "{told}"
    );
    assert_unavailable(&store.check().await);
    on_database(format!("GRANT INSERT ON users TO {role}")).await;
    store.probe().await.unwrap();
    store.check().await.unwrap();
    insert(&store, "again").await.unwrap();
    tokio::task::spawn_blocking(move || database.close()).await.unwrap();
    on_database(format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}

/// What is done to a file under the server, and whether it can be undone.
async fn assert_displaced(ending: &str, displace: fn(&Path, &Path), put_back: Option<fn(&Path, &Path)>) {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    let store = sqlite.store();
    let before = insert(&store, "before").await.unwrap();
    let [file, elsewhere] = ["test.db", "elsewhere"].map(|name| sqlite.folder.path().join(format!("{name}{ending}")));
    displace(&file, &elsewhere);
    // Before any job could have looked.
    assert_unavailable(&insert(&store, "lost").await);
    assert_unavailable(&store.check().await);
    assert_unavailable(&store.probe().await);
    assert!(find(&store, before.id).await.unwrap().is_some(), "{ending}");
    assert!(
        sqlite.database.migrate().is_err(),
        "{ending}: nothing is made in its place"
    );
    let Some(put_back) = put_back else { return };
    put_back(&file, &elsewhere);
    store.probe().await.unwrap();
    store.check().await.unwrap();
    let after = insert(&store, "after").await.unwrap();
    assert!(find(&store, after.id).await.unwrap().is_some(), "{ending}");
}

fn move_away(file: &Path, elsewhere: &Path) {
    fs::rename(file, elsewhere).unwrap();
}

fn move_back(file: &Path, elsewhere: &Path) {
    fs::rename(elsewhere, file).unwrap();
}

fn delete(file: &Path, _: &Path) {
    fs::remove_file(file).unwrap();
}

fn replace(file: &Path, elsewhere: &Path) {
    fs::copy(file, elsewhere).unwrap();
    fs::rename(elsewhere, file).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sqlite_file_that_is_moved_takes_no_write_until_it_is_back() {
    for ending in ["", "-wal", "-shm"] {
        assert_displaced(ending, move_away, Some(move_back)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sqlite_file_that_is_deleted_or_replaced_takes_no_write() {
    for ending in ["", "-wal", "-shm"] {
        assert_displaced(ending, delete, None).await;
        assert_displaced(ending, replace, None).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_goes_while_a_unit_runs_is_noticed_before_its_caller_is_told() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    let store = sqlite.store();
    let user = build::user("ada@example.com");
    let file = sqlite.folder.path().join("test.db");
    let written: StoreResult<()> = store
        .write(move |repositories| {
            repositories.users().insert(&user)?;
            fs::remove_file(&file).unwrap();
            Ok(())
        })
        .await;
    assert_unavailable(&written);
}
