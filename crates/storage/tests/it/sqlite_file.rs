//! The file of a SQLite database: who may read it, and who may serve from it.

use crate::databases::Sqlite;
use portcullis_storage::{Database, DatabaseOptions, DatabaseUrl, OpenError};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

fn mode_of(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_file_and_those_beside_it_are_their_owner_s_alone() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    let _claim = sqlite.database.claim().unwrap();
    let names = ["test.db", "test.db-wal", "test.db-shm", "test.db.lock"];
    let modes = names.map(|name| mode_of(&sqlite.folder.path().join(name)));
    assert_eq!(modes, [0o600; 4]);
}

#[test]
fn a_missing_folder_is_made_for_its_owner_alone() {
    let folder = TempDir::new().unwrap();
    let inner = folder.path().join("data").join("inner");
    let database = Database::open(
        &DatabaseUrl::sqlite_file(inner.join("test.db")),
        &DatabaseOptions::default(),
    )
    .unwrap();
    assert_eq!(mode_of(&inner), 0o700);
    database.close();
}

#[test]
fn nothing_is_left_beside_the_file_after_the_close() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    sqlite.database.close();
    let left: Vec<_> = fs::read_dir(sqlite.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["test.db"]);
}

#[test]
fn a_second_claim_is_refused_until_the_first_is_dropped() {
    let sqlite = Sqlite::empty(&DatabaseOptions::default());
    let url = DatabaseUrl::sqlite_file(sqlite.folder.path().join("test.db"));
    let second = Database::open(&url, &DatabaseOptions::default()).unwrap();
    let claim = sqlite.database.claim().unwrap();
    let refusal = second.claim().unwrap_err();
    assert!(matches!(refusal, OpenError::InUse { .. }), "{refusal}");
    assert!(refusal.to_string().contains("test.db"), "{refusal}");
    drop(claim);
    let _claim = second.claim().unwrap();
    second.close();
}

#[test]
fn a_path_that_can_t_be_a_file_is_named() {
    let folder = TempDir::new().unwrap();
    let url = DatabaseUrl::sqlite_file(folder.path().to_owned());
    let refusal = Database::open(&url, &DatabaseOptions::default()).unwrap_err();
    let path = folder.path().display().to_string();
    assert!(refusal.to_string().contains(&path), "{refusal}");
}

#[test]
fn a_file_that_may_only_be_read_is_refused_when_it_is_opened() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    sqlite.database.close();
    let file = sqlite.folder.path().join("test.db");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).unwrap();
    // Root may write whatever the mode says, but not to what is immutable.
    let attribute = |change: &str| {
        Command::new("chattr")
            .arg(change)
            .arg(&file)
            .output()
            .is_ok_and(|done| done.status.success())
    };
    let is_refused = || fs::OpenOptions::new().append(true).open(&file).is_err();
    if !is_refused() && !attribute("+i") {
        eprintln!("skipped: nothing keeps this user from writing to a file");
        return;
    }
    let refusal = Database::open(&DatabaseUrl::sqlite_file(file.clone()), &DatabaseOptions::default());
    attribute("-i");
    let refusal = refusal.unwrap_err().to_string();
    assert!(
        refusal.contains("test.db can't be written to") && refusal.contains("let the user write there"),
        "{refusal}"
    );
    assert_eq!(refusal.lines().count(), 1, "{refusal}");
}
