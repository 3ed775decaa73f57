//! Rows that a newer version wrote, which shares the store while it takes the place of this one.

use crate::databases::{Postgres, Sqlite};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use portcullis_application::ports::{Store, StoreError, StoreResult};
use portcullis_storage::DatabaseOptions;
use portcullis_testkit::build;
use std::sync::Arc;

/// Another way to sign in, and keys for something else.
const NEWER: &str = "
    UPDATE sessions SET methods = 'hwk pwd';
    UPDATE signing_keys SET purpose = 'newer' WHERE id = 'newer';";

async fn fill(store: &Arc<dyn Store>) {
    let written: StoreResult<()> = store
        .write(|repositories| {
            let user = build::user("ada@x.test");
            repositories.users().insert(&user)?;
            repositories.sessions().insert(&build::session(&user, 1))?;
            repositories.signing_keys().insert(&build::signing_key("known"))?;
            repositories.signing_keys().insert(&build::signing_key("newer"))
        })
        .await;
    written.unwrap();
}

async fn assert_that_it_disturbs_nothing(store: &Arc<dyn Store>) {
    let read = store.write(|repositories| {
        let session = repositories
            .sessions()
            .find(build::session(&build::user("ada@x.test"), 1).id)?;
        let keys = [
            repositories.signing_keys().list()?,
            repositories.signing_keys().lock_all()?,
        ];
        Ok::<_, StoreError>((session, keys))
    });
    let (session, keys) = read.await.unwrap();
    assert_eq!(session.unwrap().methods.to_string(), "pwd hwk");
    for keys in keys {
        let names: Vec<_> = keys.iter().map(|key| key.id.as_str()).collect();
        assert_eq!(names, ["known"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_newer_version_wrote_disturbs_nothing_on_sqlite() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    let store = sqlite.store();
    fill(&store).await;
    let file = sqlite.folder.path().join("test.db");
    let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    connection.batch_execute(NEWER).unwrap();
    assert_that_it_disturbs_nothing(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_newer_version_wrote_disturbs_nothing_on_postgres() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let store = postgres.store();
    fill(&store).await;
    postgres.server.execute_on(&postgres.name, NEWER).await;
    assert_that_it_disturbs_nothing(&store).await;
}
