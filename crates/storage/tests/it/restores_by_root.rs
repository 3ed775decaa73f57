//! A restore in a folder where somebody else may have put links.

use crate::databases::Sqlite;
use portcullis_storage::{Database, DatabaseOptions, DatabaseUrl, OpenError, RestoreError, Restoring, ServingClaim};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The user `nobody`.
const NOBODY: u32 = 65534;

/// A copy that only its owner can read.
fn copy() -> (TempDir, PathBuf) {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("copy.db");
    tokio::task::block_in_place(|| sqlite.database.backup(&file)?.publish()).unwrap();
    (folder, file)
}

/// On a thread of its own, which keeps what root took on.
fn restore(place: &Path, file: &Path) -> Result<Vec<PathBuf>, RestoreError> {
    std::thread::scope(|scope| {
        let restored = scope.spawn(|| {
            let url = DatabaseUrl::sqlite_file(place.to_owned());
            Restoring::prepare(&url, file)?.finish(chrono::DateTime::UNIX_EPOCH)
        });
        restored.join().unwrap()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_plain_file_is_not_taken_for_the_lock_file() {
    let (_copies, file) = copy();
    let (folder, others) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (place, lock) = (folder.path().join("test.db"), folder.path().join("test.db.lock"));
    let victim = others.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    let missing = others.path().join("missing");
    let tries: [&dyn Fn(); 4] = [
        &|| symlink(&victim, &lock).unwrap(),
        &|| symlink(&missing, &lock).unwrap(),
        &|| fs::hard_link(&victim, &lock).unwrap(),
        &|| fs::create_dir(&lock).unwrap(),
    ];
    for put in tries {
        put();
        let refused = restore(&place, &file).unwrap_err();
        let is_refused = matches!(&refused, RestoreError::Database(OpenError::Unreachable { reason, .. })
            if reason.contains("no plain file"));
        assert!(is_refused, "{refused}");
        assert!(ServingClaim::obstacle(&place).is_some());
        assert!(!missing.exists() && !place.exists());
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        let _ = fs::remove_file(&lock).or_else(|_| fs::remove_dir(&lock));
    }
    assert_eq!(ServingClaim::obstacle(&place), None);
    restore(&place, &file).unwrap();
}

/// Skipped, said aloud, where the tests don't run as root.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn in_the_folder_of_another_user_root_does_what_that_user_may_do_and_no_more() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only root can act as another user");
        return;
    }
    let (_copies, file) = copy();
    let (folder, others) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    // Others may enter, so that it is the file itself that is out of reach.
    fs::set_permissions(others.path(), Permissions::from_mode(0o755)).unwrap();
    let victim = others.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    fs::set_permissions(&victim, Permissions::from_mode(0o600)).unwrap();
    let place = folder.path().join("test.db");
    symlink(&victim, &place).unwrap();
    restore(&place, &file).unwrap_err();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert_eq!(fs::read_dir(others.path()).unwrap().count(), 1);
    fs::remove_file(&place).unwrap();

    restore(&place, &file).unwrap();
    restore(&place, &file).unwrap();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let found = entry.unwrap();
        let (owner, mode) = (
            found.metadata().unwrap().uid(),
            found.metadata().unwrap().mode() & 0o777,
        );
        assert_eq!((owner, mode), (NOBODY, 0o600), "{found:?}");
    }
}

/// A server of that user could not use them otherwise.
#[tokio::test(flavor = "multi_thread")]
async fn what_root_makes_in_the_folder_of_another_user_is_that_user_s() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only root can give files away");
        return;
    }
    let folder = TempDir::new().unwrap();
    chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    let url = DatabaseUrl::sqlite_file(folder.path().join("test.db"));
    let database = Database::open(&url, &DatabaseOptions::default()).unwrap();
    database.migrate().unwrap();
    let _claim = database.claim().unwrap();
    for ending in ["", "-wal", "-shm", ".lock"] {
        let found = fs::metadata(folder.path().join(format!("test.db{ending}"))).unwrap();
        assert_eq!((found.uid(), found.gid()), (NOBODY, NOBODY), "{ending}");
    }
    database.close();
}
