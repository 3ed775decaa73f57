//! Copies in the place of a SQLite database, and files beside it that are another's.

use crate::databases::Sqlite;
use chrono::DateTime;
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use portcullis_application::ports::{Store, StoreResult};
use portcullis_domain::{Email, User};
use portcullis_storage::{Database, DatabaseOptions, DatabaseUrl, DieselStore, OpenError, RestoreError, Restoring};
use portcullis_testkit::build;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;

fn url_of(file: &Path) -> DatabaseUrl {
    DatabaseUrl::sqlite_file(file.to_owned())
}

fn open(file: &Path) -> Result<Database, OpenError> {
    Database::open(&url_of(file), &DatabaseOptions::default())
}

fn look_at(file: &Path) -> Result<Database, OpenError> {
    Database::look_at(&url_of(file), &DatabaseOptions::default())
}

async fn add(database: &Database, email: &str) {
    let user = build::user(email);
    let store: Arc<dyn Store> = Arc::new(DieselStore::new(database.clone()));
    let added: StoreResult<()> = store
        .write(move |repositories| repositories.users().insert(&user))
        .await;
    added.unwrap();
}

async fn has(database: &Database, email: &str) -> bool {
    let email = Email::parse(email).unwrap();
    let store: Arc<dyn Store> = Arc::new(DieselStore::new(database.clone()));
    let found: StoreResult<Option<User>> = store
        .read(move |repositories| repositories.users().find_by_email(&email))
        .await;
    found.unwrap().is_some()
}

/// All files of a folder, to the last byte.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// What a server leaves behind that is killed: its last writes are in the log alone.
fn killed(sqlite: &Sqlite) -> TempDir {
    let folder = TempDir::new().unwrap();
    for name in ["test.db", "test.db-wal", "test.db-shm"] {
        fs::copy(sqlite.folder.path().join(name), folder.path().join(name)).unwrap();
    }
    folder
}

fn backup(database: &Database, file: &Path) {
    tokio::task::block_in_place(|| database.backup(file)?.publish()).unwrap();
}

fn restore(url: &DatabaseUrl, file: &Path) -> Result<Vec<PathBuf>, RestoreError> {
    Restoring::prepare(url, file)?.finish(DateTime::UNIX_EPOCH)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_takes_the_place_and_the_files_of_before_can_still_be_used() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    add(&sqlite.database, "before@example.org").await;
    let copies = TempDir::new().unwrap();
    let copy = copies.path().join("copy.db");
    backup(&sqlite.database, &copy);
    let bytes = contents(copies.path());
    add(&sqlite.database, "after@example.org").await;
    let folder = killed(&sqlite);
    let place = folder.path().join("test.db");

    let kept = restore(&url_of(&place), &copy).unwrap();

    let restored = open(&place).unwrap();
    assert!(has(&restored, "before@example.org").await);
    assert!(!has(&restored, "after@example.org").await);
    let store: Arc<dyn Store> = Arc::new(DieselStore::new(restored.clone()));
    let is_backup: StoreResult<bool> = store.read(|repositories| repositories.installation().is_backup()).await;
    assert!(is_backup.unwrap());
    restored.close();
    assert_eq!(contents(copies.path()), bytes, "the copy stays as it is");
    let before = open(&kept[0]).unwrap();
    assert!(has(&before, "after@example.org").await);
    before.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_was_made_otherwise_is_marked_too() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    add(&sqlite.database, "ada@example.org").await;
    sqlite.database.close();
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("data/test.db");
    let kept = restore(&url_of(&place), &sqlite.folder.path().join("test.db")).unwrap();
    assert!(kept.is_empty());
    let restored = open(&place).unwrap();
    let store: Arc<dyn Store> = Arc::new(DieselStore::new(restored.clone()));
    let is_backup: StoreResult<bool> = store.read(|repositories| repositories.installation().is_backup()).await;
    assert!(is_backup.unwrap() && has(&restored, "ada@example.org").await);
    restored.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_copy_is_refused_and_nothing_is_changed() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    add(&sqlite.database, "ada@example.org").await;
    let folder = killed(&sqlite);
    let place = folder.path().join("test.db");
    let before = contents(folder.path());
    let others = TempDir::new().unwrap();
    let other = |name: &str| others.path().join(name);
    fs::write(other("text.db"), "no database").unwrap();
    fs::write(other("empty.db"), "").unwrap();
    Sqlite::empty(&DatabaseOptions::default())
        .database
        .backup(&other("unused"))
        .unwrap_err();
    backup(&sqlite.database, &other("damaged.db"));
    let mut damaged = fs::read(other("damaged.db")).unwrap();
    // Of the last page, which nothing that a restore asks is kept in.
    let last = damaged.len() - 4096;
    damaged[last..last + 8].fill(0xa5);
    fs::write(other("damaged.db"), damaged).unwrap();
    for (file, reason) in [
        (other("missing.db"), "No such file"),
        (other("text.db"), "not a database"),
        (other("empty.db"), "no database of Portcullis"),
        (other("damaged.db"), "it is damaged"),
        (others.path().to_owned(), "it is no file"),
        (sqlite.folder.path().join("test.db"), "holds its newest writes"),
        (place.clone(), "holds its newest writes"),
    ] {
        let refusal = restore(&url_of(&place), &file).unwrap_err().to_string();
        assert!(refusal.contains(reason), "{refusal}");
        let mut after = contents(folder.path());
        after.remove(&folder.path().join("test.db.lock"));
        assert!(after == before, "{file:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_served_is_not_replaced() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    let copy = sqlite.folder.path().join("copy.db");
    backup(&sqlite.database, &copy);
    let _claim = sqlite.database.claim().unwrap();
    let refusal = restore(&url_of(&sqlite.folder.path().join("test.db")), &copy).unwrap_err();
    assert!(matches!(refusal, RestoreError::InUse { .. }), "{refusal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_restore_left_beside_its_copy_does_not_get_into_the_next_one() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    add(&sqlite.database, "ada@example.org").await;
    let copy = sqlite.folder.path().join("copy.db");
    backup(&sqlite.database, &copy);
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("test.db");
    for (name, content) in [
        ("", "half"),
        ("-journal", "a write"),
        ("-wal", "a log"),
        ("-shm", "its index"),
    ] {
        fs::write(folder.path().join(format!("test.db.restoring{name}")), content).unwrap();
    }
    restore(&url_of(&place), &copy).unwrap();
    let restored = open(&place).unwrap();
    assert!(has(&restored, "ada@example.org").await);
    restored.close();
    let left: Vec<_> = contents(folder.path())
        .into_keys()
        .filter(|path| path.to_string_lossy().contains("restor"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_was_killed_while_it_moved_files_is_finished_by_another() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    add(&sqlite.database, "before@example.org").await;
    let copy = sqlite.folder.path().join("copy.db");
    backup(&sqlite.database, &copy);
    add(&sqlite.database, "after@example.org").await;
    let folder = killed(&sqlite);
    let place = folder.path().join("test.db");
    let named = |name: &str| folder.path().join(name);
    // The checked copy has its name, and the first of the files of before has another one.
    fs::copy(&copy, named("test.db.restored-1")).unwrap();
    fs::rename(&place, named("test.db.before-restore-1")).unwrap();
    let before = contents(folder.path());
    for refusal in [
        open(&place).unwrap_err(),
        look_at(&place).unwrap_err(),
        Database::open_existing(&url_of(&place), &DatabaseOptions::default()).unwrap_err(),
    ] {
        assert!(matches!(refusal, OpenError::UnfinishedRestore { .. }), "{refusal}");
        assert!(refusal.to_string().contains("portcullis restore "), "{refusal}");
    }
    assert!(contents(folder.path()) == before);

    let kept = restore(&url_of(&place), &named("test.db.restored-1")).unwrap();
    assert_eq!(
        kept,
        [
            named("test.db.before-restore-1-wal"),
            named("test.db.before-restore-1-shm")
        ]
    );
    let restored = open(&place).unwrap();
    assert!(has(&restored, "before@example.org").await && !has(&restored, "after@example.org").await);
    restored.close();
    let old = open(&named("test.db.before-restore-1")).unwrap();
    assert!(has(&old, "after@example.org").await);
    old.close();
    assert!(!named("test.db.restored-1").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_beside_the_files_of_another_database_is_refused_and_left_alone() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    add(&sqlite.database, "ada@example.org").await;
    let copy = sqlite.folder.path().join("copy.db");
    backup(&sqlite.database, &copy);
    for left in [&["test.db-wal", "test.db-shm"][..], &["test.db-wal"], &["test.db-shm"]] {
        let folder = killed(&sqlite);
        let place = folder.path().join("test.db");
        fs::copy(&copy, &place).unwrap();
        for name in ["test.db-wal", "test.db-shm"] {
            if !left.contains(&name) {
                fs::remove_file(folder.path().join(name)).unwrap();
            }
        }
        let before = contents(folder.path());
        for refusal in [open(&place).unwrap_err(), look_at(&place).unwrap_err()] {
            assert!(matches!(refusal, OpenError::ForeignFiles { .. }), "{refusal}");
            assert!(left.iter().all(|name| refusal.to_string().contains(name)), "{refusal}");
        }
        assert!(contents(folder.path()) == before, "{left:?}");
        restore(&url_of(&place), &copy).unwrap();
        open(&place).unwrap().close();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_whose_database_is_gone_is_not_given_a_new_one() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    add(&sqlite.database, "ada@example.org").await;
    let folder = killed(&sqlite);
    fs::remove_file(folder.path().join("test.db")).unwrap();
    let place = folder.path().join("test.db");
    for refusal in [
        open(&place).unwrap_err(),
        look_at(&place).unwrap_err(),
        Database::open_existing(&url_of(&place), &DatabaseOptions::default()).unwrap_err(),
    ] {
        assert!(matches!(refusal, OpenError::MissingBesideItsLog { .. }), "{refusal}");
    }
    assert!(!place.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_sees_the_last_write_and_changes_no_byte() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    add(&sqlite.database, "ada@example.org").await;
    let of_a_killed_server = killed(&sqlite);
    let of_a_running_server = sqlite.folder.path();
    for folder in [of_a_running_server, of_a_killed_server.path()] {
        let mut before = contents(folder);
        let database = look_at(&folder.join("test.db")).unwrap();
        database.check_schema().unwrap();
        assert!(has(&database, "ada@example.org").await);
        database.close();
        let mut after = contents(folder);
        if folder == of_a_running_server {
            // Readers of one process share the index, where the others of this test note how far they read.
            let index = folder.join("test.db-shm");
            assert!(before.remove(&index).is_some() && after.remove(&index).is_some());
        }
        assert!(after == before, "{folder:?}");
    }
    sqlite.database.close();
    let before = contents(sqlite.folder.path());
    let database = look_at(&sqlite.folder.path().join("test.db")).unwrap();
    assert!(has(&database, "ada@example.org").await);
    let store: Arc<dyn Store> = Arc::new(DieselStore::new(database.clone()));
    let user = build::user("eve@example.org");
    let written: StoreResult<()> = store
        .write(move |repositories| repositories.users().insert(&user))
        .await;
    assert!(written.is_err());
    database.close();
    assert!(contents(sqlite.folder.path()) == before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_at_a_database_that_was_copied_without_its_index_is_left_to_the_next_start() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    add(&sqlite.database, "ada@example.org").await;
    let folder = killed(&sqlite);
    fs::remove_file(folder.path().join("test.db-shm")).unwrap();
    let refusal = look_at(&folder.path().join("test.db")).unwrap_err();
    assert!(matches!(refusal, OpenError::Unclosed { .. }), "{refusal}");
    let database = open(&folder.path().join("test.db")).unwrap();
    assert!(has(&database, "ada@example.org").await);
    database.close();
}

#[test]
fn what_is_not_there_is_not_made_by_a_look_or_a_command() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("data/test.db");
    for opened in [
        look_at(&file),
        Database::open_existing(&url_of(&file), &DatabaseOptions::default()),
    ] {
        assert!(matches!(opened, Err(OpenError::NotMade)), "{opened:?}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_command_wrote_to_a_new_log_stays_when_a_server_that_lost_its_own_ends() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    let place = sqlite.folder.path().join("test.db");
    fs::remove_file(sqlite.folder.path().join("test.db-shm")).unwrap();
    // By other processes: one of the same would share the index that is gone.
    let run = |statement: &str| {
        let program = "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1]); \
                       print(c.execute(sys.argv[2]).fetchall()); c.commit(); sys.stdout.flush(); os._exit(0)";
        let ran = Command::new("python3")
            .args(["-c", program])
            .arg(&place)
            .arg(statement)
            .output();
        ran.ok().filter(|ran| ran.status.success())
    };
    let Some(_) = run("UPDATE write_probe SET filler = x'07'") else {
        eprintln!("skipped: there is no python3 to be another process");
        return;
    };
    sqlite.database.close();
    let found = run("SELECT hex(filler) FROM write_probe").unwrap();
    assert_eq!(String::from_utf8(found.stdout).unwrap().trim(), "[('07',)]");
}

#[test]
fn a_link_that_leads_nowhere_is_no_missing_database() {
    let folder = TempDir::new().unwrap();
    let link = folder.path().join("test.db");
    std::os::unix::fs::symlink(folder.path().join("gone.db"), &link).unwrap();
    for refusal in [open(&link).unwrap_err(), look_at(&link).unwrap_err()] {
        assert!(
            refusal.to_string().contains("a link to a file that is not there"),
            "{refusal}"
        );
    }
}

#[test]
fn a_file_of_another_application_and_one_that_lost_a_table_are_refused() {
    let folder = TempDir::new().unwrap();
    let (other, lost) = (folder.path().join("other.db"), folder.path().join("lost.db"));
    SqliteConnection::establish(other.to_str().unwrap())
        .unwrap()
        .batch_execute("CREATE TABLE dashboards (id INTEGER)")
        .unwrap();
    let database = open(&other).unwrap();
    let refusals = [database.check_schema().unwrap_err(), database.migrate().unwrap_err()];
    assert!(
        refusals
            .iter()
            .all(|refusal| refusal.to_string().contains("dashboards")),
        "{refusals:?}"
    );
    database.close();
    let database = open(&lost).unwrap();
    database.migrate().unwrap();
    SqliteConnection::establish(lost.to_str().unwrap())
        .unwrap()
        .batch_execute("DROP TABLE audit_seals")
        .unwrap();
    let refusal = database.check_schema().unwrap_err().to_string();
    assert!(refusal.contains("audit_seals"), "{refusal}");
    database.close();
}
