//! Another program, such as the command line, on the file of a running server.

use crate::databases::Sqlite;
use portcullis_application::ports::{Store, StoreResult};
use portcullis_storage::{Database, DatabaseOptions, DatabaseUrl, DieselStore};
use portcullis_testkit::build;
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn another_program_writes_to_a_file_that_is_served_from() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    let _claim = sqlite.database.claim().unwrap();
    let url = DatabaseUrl::sqlite_file(sqlite.folder.path().join("test.db"));
    let beside = Database::open(&url, &DatabaseOptions::default()).unwrap();
    assert_eq!(beside.migrate().unwrap(), 0);
    let stores: [Arc<dyn Store>; 2] = [sqlite.store(), Arc::new(DieselStore::new(beside.clone()))];

    let adding = (0..40).map(|number| {
        let store = Arc::clone(&stores[number % 2]);
        let user = build::user(&format!("user-{number}@example.org"));
        tokio::spawn(async move {
            let id = user.id;
            let added: StoreResult<()> = store
                .write(move |repositories| repositories.users().insert(&user))
                .await;
            added.unwrap();
            id
        })
    });
    for added in adding.collect::<Vec<_>>() {
        let id = added.await.unwrap();
        for store in &stores {
            let found: StoreResult<_> = store.look_up(move |repositories| repositories.users().find(id)).await;
            assert!(found.unwrap().is_some());
        }
    }
    tokio::task::spawn_blocking(move || beside.close()).await.unwrap();
    sqlite.store().check().await.unwrap();
}
