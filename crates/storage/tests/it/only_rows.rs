//! Rows that only a migration makes: where one is gone, that is an error and never silence.

use crate::databases::{Postgres, Sqlite};
use chrono::DateTime;
use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use portcullis_application::ports::{JobRun, Repositories, SharedJob, Store, StoreError, StoreResult};
use portcullis_storage::{Database, DatabaseOptions};
use std::sync::Arc;

type Call = fn(&mut dyn Repositories) -> StoreResult<()>;

const CLEAN_UP: SharedJob = SharedJob::CleanUp;

const CALLS: [(&str, Call); 9] = [
    ("take a turn", |repositories| {
        let now = DateTime::UNIX_EPOCH;
        repositories.jobs().take_turn(CLEAN_UP, now, now).map(drop)
    }),
    ("note a run", |repositories| {
        let run = JobRun {
            ended_at: DateTime::UNIX_EPOCH,
            failure: None,
        };
        repositories.jobs().note_run(CLEAN_UP, &run)
    }),
    ("get a job", |repositories| repositories.jobs().get(CLEAN_UP).map(drop)),
    ("see whether it is a backup", |repositories| {
        repositories.installation().is_backup().map(drop)
    }),
    ("take the mark of a backup", |repositories| {
        repositories.installation().take_backup_mark().map(drop)
    }),
    ("read what is too old", |repositories| {
        repositories.installation().not_before().map(drop)
    }),
    ("say what is too old", |repositories| {
        repositories.installation().raise_not_before(DateTime::UNIX_EPOCH)
    }),
    ("hold the signing keys", |repositories| {
        repositories.signing_keys().lock_all().map(drop)
    }),
    ("hold the administrators", |repositories| {
        repositories.users().lock_administrators().map(drop)
    }),
];

const REMOVE: &str = "DELETE FROM jobs; DELETE FROM installation; DELETE FROM locks";

async fn each_call_fails(store: &Arc<dyn Store>, database: &Database) {
    for (what, call) in CALLS {
        let result: Result<(), StoreError> = store.write(call).await;
        assert!(result.is_err(), "{what}");
    }
    let database = database.clone();
    let blocking = tokio::task::spawn_blocking(move || {
        assert!(database.salt().is_err());
        assert!(database.audit_key().is_err());
    });
    blocking.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_gone_is_an_error_on_sqlite() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    let file = sqlite.folder.path().join("test.db");
    let mut connection = diesel::SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    connection.batch_execute(REMOVE).unwrap();
    each_call_fails(&sqlite.store(), &sqlite.database).await;
    let (database, copy) = (sqlite.database.clone(), sqlite.folder.path().join("copy.db"));
    let backup = tokio::task::spawn_blocking(move || database.backup(&copy).is_err());
    assert!(backup.await.unwrap(), "a copy that can't be marked is none");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_gone_is_an_error_on_postgres() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    postgres.server.execute_on(&postgres.name, REMOVE).await;
    each_call_fails(&postgres.store(), &postgres.database).await;
}
