//! The schema: made once, alike on both databases, and known by its version.

use crate::databases::{Postgres, Sqlite};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use portcullis_storage::{Database, DatabaseOptions, DatabaseUrl, OpenError};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use tempfile::TempDir;

const LATER: &str = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')";

fn folder_of(database: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../migrations")
        .join(database)
}

fn names_of(database: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder_of(database)).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// The statements that undo all migrations, the last first.
fn undoing(database: &str) -> String {
    let undo = |name: &String| fs::read_to_string(folder_of(database).join(name).join("down.sql")).unwrap();
    let mut sql: String = names_of(database).iter().rev().map(undo).collect();
    sql.push_str("DELETE FROM __diesel_schema_migrations;");
    sql
}

fn sqlite_connection(sqlite: &Sqlite) -> SqliteConnection {
    SqliteConnection::establish(sqlite.folder.path().join("test.db").to_str().unwrap()).unwrap()
}

/// What is promised of a database that was never migrated.
fn assert_migrated_once(database: &Database) {
    let all = names_of("sqlite").len();
    assert!(matches!(database.check_schema(), Err(OpenError::NotMade)));
    assert!(database.salt().is_err());
    assert_eq!(database.migrate().unwrap(), all);
    assert_eq!(database.migrate().unwrap(), 0);
    database.check_schema().unwrap();
    let salt = database.salt().unwrap();
    assert_ne!(salt, [0; 32]);
    assert_eq!(database.salt().unwrap(), salt);
}

/// What is promised of a database that a later version has migrated.
fn assert_refused_as_newer(database: &Database) {
    let is_newer = |refusal: &Result<(), OpenError>| matches!(refusal, Err(OpenError::NewerSchema(_)));
    assert!(is_newer(&database.check_schema()));
    assert!(is_newer(&database.migrate().map(|_| ())));
}

/// Four programs start on one empty database at once. Gives how many migrations each applied.
fn migrate_four_times_at_once(url: &DatabaseUrl) -> Vec<usize> {
    let options = DatabaseOptions {
        readers: 1,
        connections: 1,
        ..DatabaseOptions::default()
    };
    let start = || {
        let database = Database::open(url, &options).unwrap();
        let applied = database.migrate().unwrap();
        database.check_schema().unwrap();
        database.close();
        applied
    };
    let mut applied: Vec<_> = thread::scope(|scope| {
        let starts: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    applied.sort_unstable();
    applied
}

#[test]
fn both_databases_have_migrations_of_the_same_names() {
    assert_eq!(names_of("sqlite"), names_of("postgres"));
}

#[test]
fn a_new_sqlite_file_is_migrated_once() {
    assert_migrated_once(&Sqlite::empty(&DatabaseOptions::default()).database);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_postgres_database_is_migrated_once() {
    let Some(postgres) = Postgres::empty(&DatabaseOptions::default()).await else {
        return;
    };
    let database = postgres.database.clone();
    tokio::task::spawn_blocking(move || assert_migrated_once(&database))
        .await
        .unwrap();
}

#[test]
fn each_installation_has_its_own_salt() {
    let salt = || Sqlite::migrated(&DatabaseOptions::default()).database.salt().unwrap();
    assert_ne!(salt(), salt());
}

#[test]
fn of_four_first_starts_on_one_file_one_migrates() {
    for _ in 0..8 {
        let folder = TempDir::new().unwrap();
        let url = DatabaseUrl::sqlite_file(folder.path().join("test.db"));
        assert_eq!(migrate_four_times_at_once(&url), [0, 0, 0, names_of("sqlite").len()]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_four_first_starts_on_one_server_one_migrates() {
    let Some(postgres) = Postgres::empty(&DatabaseOptions::default()).await else {
        return;
    };
    let url = DatabaseUrl::parse(&postgres.server.url_of(&postgres.name)).unwrap();
    let applied = tokio::task::spawn_blocking(move || migrate_four_times_at_once(&url));
    assert_eq!(applied.await.unwrap(), [0, 0, 0, names_of("postgres").len()]);
}

/// The table that notes the migrations comes before the others: between the two nothing is missing.
#[tokio::test(flavor = "multi_thread")]
async fn a_look_while_another_start_begins_to_migrate_finds_nothing_missing() {
    let Some(postgres) = Postgres::empty(&DatabaseOptions::default()).await else {
        return;
    };
    for _ in 0..60 {
        let (database, is_begun) = (postgres.database.clone(), Arc::new(AtomicBool::new(false)));
        let ends = Arc::clone(&is_begun);
        let looks = tokio::task::spawn_blocking(move || {
            while !ends.load(Ordering::Relaxed) {
                let look = database.check_schema();
                assert!(matches!(look, Err(OpenError::NotMade)), "{look:?}");
            }
        });
        let begin = "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, \
                     run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)";
        postgres.server.execute_on(&postgres.name, begin).await;
        is_begun.store(true, Ordering::Relaxed);
        looks.await.unwrap();
        let undo = "DROP TABLE __diesel_schema_migrations";
        postgres.server.execute_on(&postgres.name, undo).await;
    }
}

#[test]
fn a_file_of_a_later_version_is_refused() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    sqlite_connection(&sqlite).batch_execute(LATER).unwrap();
    assert_refused_as_newer(&sqlite.database);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_database_of_a_later_version_is_refused() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    postgres.server.execute_on(&postgres.name, LATER).await;
    let database = postgres.database.clone();
    tokio::task::spawn_blocking(move || assert_refused_as_newer(&database))
        .await
        .unwrap();
}

#[test]
fn migrations_of_sqlite_can_be_undone_and_done_again() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    sqlite_connection(&sqlite).batch_execute(&undoing("sqlite")).unwrap();
    assert_migrated_once(&sqlite.database);
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_of_postgres_can_be_undone_and_done_again() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    postgres.server.execute_on(&postgres.name, &undoing("postgres")).await;
    let database = postgres.database.clone();
    tokio::task::spawn_blocking(move || assert_migrated_once(&database))
        .await
        .unwrap();
}
