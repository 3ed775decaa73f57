//! A store for one test: SQLite in a folder of its own.

use async_trait::async_trait;
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use portcullis_application::ports::{Access, Judge, Store, StoreResult, Work};
use portcullis_domain::SessionId;
use portcullis_storage::{Database, DatabaseOptions, DatabaseUrl, DieselStore};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use tempfile::TempDir;

/// A file system in memory, where there is one: a commit waits for no disk there.
const MEMORY: &str = "/dev/shm";

/// The file of a database that was migrated and holds nothing else. Each process makes it once.
static TEMPLATE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = folder();
    let file = file_in(&folder);
    let database = open(&file);
    database.migrate().unwrap();
    database.close();
    fs::read(file).unwrap()
});

/// An empty store. Clones are the same one, so a test can keep a handle. Its file is removed with the last of them.
#[derive(Clone)]
pub struct TemporaryStore {
    kept: Arc<Kept>,
}

/// The store is closed before its folder is removed.
struct Kept {
    store: DieselStore,
    folder: TempDir,
}

impl TemporaryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        let folder = folder();
        let file = file_in(&folder);
        fs::write(&file, &*TEMPLATE).unwrap();
        let store = DieselStore::new(open(&file));
        Self {
            kept: Arc::new(Kept { store, folder }),
        }
    }

    /// Runs SQL as somebody who writes to the tables themselves and lets no check of theirs stand in the way.
    pub fn execute(&self, sql: &str) {
        let file = file_in(&self.kept.folder);
        let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
        let setup = "PRAGMA busy_timeout = 5000; PRAGMA ignore_check_constraints = ON";
        connection.batch_execute(setup).unwrap();
        connection.batch_execute(sql).unwrap();
    }
}

impl Default for TemporaryStore {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Store for TemporaryStore {
    async fn run(&self, access: Access, work: Work) -> StoreResult<()> {
        self.kept.store.run(access, work).await
    }

    async fn run_rotation(&self, id: SessionId, judge: Judge) -> StoreResult<bool> {
        self.kept.store.run_rotation(id, judge).await
    }

    async fn check(&self) -> StoreResult<()> {
        self.kept.store.check().await
    }

    async fn version(&self) -> StoreResult<Option<u64>> {
        self.kept.store.version().await
    }

    async fn probe(&self) -> StoreResult<()> {
        self.kept.store.probe().await
    }
}

fn folder() -> TempDir {
    TempDir::new_in(MEMORY).or_else(|_| TempDir::new()).unwrap()
}

fn file_in(folder: &TempDir) -> PathBuf {
    folder.path().join("test.db")
}

fn open(file: &Path) -> Database {
    let url = DatabaseUrl::sqlite_file(file.to_owned());
    Database::open(&url, &DatabaseOptions::default()).unwrap()
}
