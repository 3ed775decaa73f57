//! Backups of a SQLite database that a server writes to.

use crate::databases::{Postgres, Sqlite};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use portcullis_application::ports::{Store, StoreResult};
use portcullis_domain::User;
use portcullis_storage::{BackupError, Database, DatabaseOptions, DatabaseUrl, DieselStore};
use portcullis_testkit::build;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::task::JoinHandle;

/// Adds users, each with a session, one unit after the other.
struct Writing {
    goes_on: Arc<AtomicBool>,
    committed: Arc<AtomicUsize>,
    ended: JoinHandle<Vec<User>>,
}

impl Writing {
    fn to(store: Arc<dyn Store>) -> Self {
        let goes_on = Arc::new(AtomicBool::new(true));
        let committed = Arc::new(AtomicUsize::new(0));
        let (wanted, counted) = (Arc::clone(&goes_on), Arc::clone(&committed));
        let ended = tokio::spawn(async move {
            let mut users = Vec::new();
            while wanted.load(Ordering::Relaxed) {
                let user = build::user(&format!("user-{}@example.org", users.len()));
                let session = build::session(&user, 0);
                users.push(user.clone());
                let added: StoreResult<()> = store
                    .write(move |repositories| {
                        repositories.users().insert(&user)?;
                        repositories.sessions().insert(&session)
                    })
                    .await;
                added.unwrap();
                counted.fetch_add(1, Ordering::Relaxed);
            }
            users
        });
        Self {
            goes_on,
            committed,
            ended,
        }
    }

    /// Waits until so many more were committed.
    async fn go_on_for(&self, more: usize) {
        let enough = self.committed.load(Ordering::Relaxed) + more;
        while self.committed.load(Ordering::Relaxed) < enough {
            tokio::task::yield_now().await;
        }
    }

    async fn end(self) -> Vec<User> {
        self.goes_on.store(false, Ordering::Relaxed);
        self.ended.await.unwrap()
    }
}

async fn backup(database: &Database, file: &Path) -> Result<(), BackupError> {
    let (database, file) = (database.clone(), file.to_owned());
    tokio::task::spawn_blocking(move || database.backup(&file)?.publish())
        .await
        .unwrap()
}

fn open(file: &Path) -> Database {
    Database::open(&DatabaseUrl::sqlite_file(file.to_owned()), &DatabaseOptions::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_the_store_at_one_moment_while_others_write() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    let writing = Writing::to(sqlite.store());
    writing.go_on_for(50).await;
    let before = writing.committed.load(Ordering::Relaxed);
    let file = sqlite.folder.path().join("copy.db");
    backup(&sqlite.database, &file).await.unwrap();
    writing.go_on_for(1).await;
    let users = writing.end().await;

    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let copy = open(&file);
    copy.check_schema().unwrap();
    assert_eq!(copy.salt().unwrap(), sqlite.database.salt().unwrap());
    let store: Arc<dyn Store> = Arc::new(DieselStore::new(copy.clone()));
    let mut copied = Vec::new();
    for user in &users {
        let id = user.id;
        let found: StoreResult<_> = store
            .read(move |repositories| {
                Ok((
                    repositories.users().find(id)?,
                    repositories
                        .sessions()
                        .list_live(
                            id,
                            chrono::DateTime::UNIX_EPOCH,
                            &portcullis_domain::PageRequest::default(),
                        )?
                        .len(),
                ))
            })
            .await;
        let (user, sessions) = found.unwrap();
        assert_eq!(usize::from(user.is_some()), sessions);
        copied.push(user.is_some());
    }
    // All that was committed before, and nothing that came after something that is missing.
    let kept = copied.iter().take_while(|is_there| **is_there).count();
    assert!(kept >= before, "{kept} of {before}");
    assert!(copied.iter().skip(kept).all(|is_there| !is_there));
    copy.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_marked_and_the_store_is_not() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    let file = sqlite.folder.path().join("copy.db");
    backup(&sqlite.database, &file).await.unwrap();
    let copy = open(&file);
    let mark_of = async |database: &Database| -> bool {
        let store: Arc<dyn Store> = Arc::new(DieselStore::new(database.clone()));
        let mark: StoreResult<bool> = store
            .write(|repositories| repositories.installation().take_backup_mark())
            .await;
        mark.unwrap()
    };
    assert!(!mark_of(&sqlite.database).await);
    assert!(mark_of(&copy).await);
    assert!(!mark_of(&copy).await);
    copy.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_takes_the_place_of_no_file_and_leaves_none_where_it_fails() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    let folder = sqlite.folder.path().join("backups");
    fs::create_dir(&folder).unwrap();
    let file = folder.join("mine");
    fs::write(&file, "mine").unwrap();
    let refusal = backup(&sqlite.database, &file).await.unwrap_err();
    assert!(matches!(refusal, BackupError::Exists(_)), "{refusal}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");

    // Not migrated, so there is nowhere to put the mark.
    let empty = Sqlite::empty(&DatabaseOptions::default());
    let refusal = backup(&empty.database, &folder.join("copy.db")).await.unwrap_err();
    assert!(matches!(refusal, BackupError::File { .. }), "{refusal}");

    let refusal = backup(&sqlite.database, &folder.join("missing/copy.db"))
        .await
        .unwrap_err();
    assert!(refusal.to_string().contains("missing/copy.db"), "{refusal}");
    let left: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["mine"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_holds_nothing_that_was_deleted() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    let path = sqlite.folder.path().join("test.db");
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    connection
        .batch_execute("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('forget-me'); DELETE FROM notes;")
        .unwrap();
    let file = sqlite.folder.path().join("copy.db");
    backup(&sqlite.database, &file).await.unwrap();
    let holds_it = |file: &Path| fs::read(file).unwrap().windows(9).any(|window| window == b"forget-me");
    assert!(
        holds_it(&path.with_extension("db-wal")),
        "the store itself has it still"
    );
    assert!(!holds_it(&file));
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_a_backup_says_what_to_use() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let refusal = backup(&postgres.database, Path::new("/tmp/never-made"))
        .await
        .unwrap_err();
    assert!(matches!(refusal, BackupError::NotSqlite));
    assert!(refusal.to_string().contains("pg_dump"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_not_published_leaves_nothing_and_the_next_removes_what_a_killed_one_left() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    let folder = sqlite.folder.path().join("backups");
    fs::create_dir(&folder).unwrap();
    let file = folder.join("copy.db");
    // No process has so high a number; the parent of this one runs.
    let runs = format!("copy.db.{}.new", std::os::unix::process::parent_id());
    let others = ["copy.db.x.new", "other.db.4194305.new", "copy.db.4194305.old", &runs];
    for name in ["copy.db.4194305.new", "copy.db.4194305.new-journal"]
        .iter()
        .chain(&others)
    {
        fs::write(folder.join(name), "").unwrap();
    }
    let backup = tokio::task::block_in_place(|| sqlite.database.backup(&file)).unwrap();
    assert!(!file.exists());
    drop(backup);
    let mut left: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    let mut kept = others.map(str::to_owned);
    kept.sort();
    assert_eq!(left, kept);
}
