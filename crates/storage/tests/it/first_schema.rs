//! What becomes of the rows of the first schema.

use crate::databases::{Postgres, Sqlite};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use portcullis_application::ports::{Store, StoreResult, UserFilter, UserQuery};
use portcullis_domain::{PageRequest, User, UserId};
use portcullis_storage::{Database, DatabaseOptions};
use std::path::PathBuf;
use std::sync::Arc;
use uuid::Uuid;

/// As the first version left it: its tables, and a note that they were made.
fn first_schema(database: &str) -> String {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../migrations")
        .join(database)
        .join("2026-11-22-000001_create_users_and_refresh_tokens/up.sql");
    let tables = std::fs::read_to_string(file).unwrap();
    format!(
        "{tables}
        CREATE TABLE __diesel_schema_migrations
            (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
        INSERT INTO __diesel_schema_migrations (version) VALUES ('20261122000001');"
    )
}

/// More than are written at once. The name is in a script that neither database folds by itself.
const SQLITE_ROWS: &str = "
    WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 2500)
    INSERT INTO users
    SELECT unhex(printf('%032x', n)), 'user-' || n || '@example.org', 0, 'ЁЛКА ' || n, 'USER', 1, n FROM counted;
    INSERT INTO sessions
    SELECT id, id, 1, 'pwd', zeroblob(32), 3, 1, 2, 3, 4, NULL, NULL, NULL FROM users;";

const POSTGRES_ROWS: &str = "
    INSERT INTO users
    SELECT lpad(to_hex(n), 32, '0')::uuid, 'user-' || n || '@example.org', false, 'ЁЛКА ' || n, 'USER', true,
        to_timestamp(n)
    FROM generate_series(1, 2500) AS n;
    INSERT INTO sessions
    SELECT id, id, now(), 'pwd', decode(repeat('00', 32), 'hex'), 3, now(), now(), now(), now(), NULL, NULL, NULL FROM users;";

const OLD_USER: &str = "(id, email, email_verified, full_name, role, is_active, created_at)";

async fn migrate(database: &Database) -> usize {
    let database = database.clone();
    tokio::task::spawn_blocking(move || database.migrate().unwrap())
        .await
        .unwrap()
}

async fn find(store: &Arc<dyn Store>, query: &str) -> Vec<User> {
    let filter = UserFilter {
        query: Some(UserQuery::parse(query).unwrap()),
        ..UserFilter::default()
    };
    let page: StoreResult<_> = store
        .read(move |repositories| repositories.users().list(&filter, &PageRequest::default()))
        .await;
    page.unwrap().items
}

async fn assert_rows_are_kept_and_searched(store: &Arc<dyn Store>) {
    for query in ["ёлка 1234", "USER-1234@"] {
        let found = find(store, query).await;
        let [user] = found.as_slice() else {
            panic!("{query}: {found:?}")
        };
        assert_eq!(user.email.as_str(), "user-1234@example.org");
        assert_eq!(user.full_name.as_str(), "ЁЛКА 1234");
    }
    let session: StoreResult<_> = store
        .read(|repositories| repositories.sessions().find(Uuid::from_u128(77).into()))
        .await;
    let session = session.unwrap().unwrap();
    assert_eq!(session.user_id, UserId::from(Uuid::from_u128(77)));
    assert_eq!(
        (session.rotation.generation.number(), session.rotation.outdated),
        (3, None)
    );
}

fn sqlite_connection(sqlite: &Sqlite) -> SqliteConnection {
    SqliteConnection::establish(sqlite.folder.path().join("test.db").to_str().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn users_of_the_first_schema_can_be_searched_on_sqlite() {
    let sqlite = Sqlite::empty(&DatabaseOptions::default());
    let mut connection = sqlite_connection(&sqlite);
    connection.batch_execute(&first_schema("sqlite")).unwrap();
    connection.batch_execute(SQLITE_ROWS).unwrap();
    assert_eq!(migrate(&sqlite.database).await, 1);
    assert_rows_are_kept_and_searched(&sqlite.store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_of_the_first_schema_can_be_searched_on_postgres() {
    let Some(postgres) = Postgres::empty(&DatabaseOptions::default()).await else {
        return;
    };
    let rows = first_schema("postgres") + POSTGRES_ROWS;
    postgres.server.execute_on(&postgres.name, &rows).await;
    assert_eq!(migrate(&postgres.database).await, 1);
    assert_rows_are_kept_and_searched(&postgres.store()).await;
}

/// A server of the version before runs on while the first of this version has migrated.
#[tokio::test(flavor = "multi_thread")]
async fn a_user_that_the_version_before_adds_can_be_searched_after_the_next_start() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    let user =
        format!("INSERT INTO users {OLD_USER} VALUES (randomblob(16), 'late@example.org', 0, 'Ölaf', 'USER', 1, 1)");
    sqlite_connection(&sqlite).batch_execute(&user).unwrap();
    assert_eq!(find(&sqlite.store(), "ÖLAF").await, []);
    assert_eq!(migrate(&sqlite.database).await, 0);
    assert_eq!(find(&sqlite.store(), "ÖLAF").await.len(), 1);

    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let user = format!(
        "INSERT INTO users {OLD_USER} VALUES (gen_random_uuid(), 'late@example.org', false, 'Ölaf', 'USER', true, now())"
    );
    postgres.server.execute_on(&postgres.name, &user).await;
    assert_eq!(find(&postgres.store(), "ÖLAF").await, []);
    assert_eq!(migrate(&postgres.database).await, 0);
    assert_eq!(find(&postgres.store(), "ÖLAF").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_for_the_search_stays_where_a_later_user_stops_it() {
    let sqlite = Sqlite::empty(&DatabaseOptions::default());
    let mut connection = sqlite_connection(&sqlite);
    connection.batch_execute(&first_schema("sqlite")).unwrap();
    connection.batch_execute(SQLITE_ROWS).unwrap();
    let name_of_the_last = |name: &str| format!("UPDATE users SET full_name = '{name}' WHERE email LIKE 'user-2500@%'");
    connection.batch_execute(&name_of_the_last("")).unwrap();
    assert!(sqlite.database.migrate().is_err());
    let [found] = find(&sqlite.store(), "user-1234@").await.try_into().unwrap();
    assert_eq!(found.full_name.as_str(), "ЁЛКА 1234");

    connection.batch_execute(&name_of_the_last("ЁЛКА")).unwrap();
    assert_eq!(migrate(&sqlite.database).await, 0);
    assert_eq!(find(&sqlite.store(), "user-2500@").await.len(), 1);
}
