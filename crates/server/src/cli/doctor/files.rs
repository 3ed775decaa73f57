//! The key file, the data folder and the file of an embedded database: who may read them.

use super::finding::Finding;
use crate::config::Config;
use crate::file_access::Others;
use crate::key_file::{self, KeptKey};
use crate::secret_key;
use portcullis_storage::ServingClaim;
use rustix::fs::Access;
use std::fs;
use std::io;
use std::path::{self, Path, PathBuf};

const KEY: &str = "secret key";
const FOLDER: &str = "data folder";
const DATABASE: &str = "database file";

/// How much room a store needs to be of any use, in bytes.
const ROOM: u64 = 16 * 1024 * 1024;

/// `has_keys`: whether the store has keys that only the secret key opens.
pub(super) fn look_at(config: &Config, has_keys: bool) -> Vec<Finding> {
    let database = &config.database;
    let mut findings = vec![key(config, has_keys)];
    if let Some(file) = database.url.sqlite_path() {
        findings.push(owned_alone(FOLDER, &database.data_dir, "chmod 700"));
        findings.push(owned_alone(DATABASE, file, "chmod 600"));
        findings.extend(beside(file).iter().filter_map(|file| unusable(DATABASE, file)));
        findings.extend(ServingClaim::obstacle(file).map(|obstacle| Finding::fail(DATABASE, obstacle)));
        findings.extend(folder_of(file).and_then(room));
    }
    findings
}

fn key(config: &Config, has_keys: bool) -> Finding {
    let path = key_file::path(&config.database.data_dir);
    let shown = path.display();
    match secret_key::look_for(config) {
        Ok(Some(KeptKey {
            remark: Some(remark), ..
        })) => Finding::warn(KEY, remark),
        Ok(Some(_)) => Finding::ok(KEY, where_it_is(config, &path)),
        Ok(None) if has_keys => Finding::fail(KEY, secret_key::lost(config).to_string()),
        Ok(None) => Finding::ok(KEY, format!("the first start makes {shown}")),
        Err(error) => Finding::fail(KEY, error.to_string()),
    }
}

fn where_it_is(config: &Config, made: &Path) -> String {
    let keys = &config.keys;
    let current = match (&keys.current, &keys.current_file) {
        (None, _) => owner_alone(made),
        (Some(_), None) => "SECRET_KEY is set".to_owned(),
        (Some(_), Some(file)) => format!("SECRET_KEY_FILE is set ({})", file.display()),
    };
    match keys.previous {
        Some(_) => format!("{current}, and SECRET_KEY_PREVIOUS is still accepted"),
        None => current,
    }
}

/// Others may neither read nor write it: the server would work all the same. Whoever runs this must be able to do both.
fn owned_alone(subject: &'static str, path: &Path, remedy: &str) -> Finding {
    let shown = path.display();
    match fs::metadata(path) {
        Ok(found) => unusable(subject, path).unwrap_or_else(|| match Others::of(&found).remark(path, remedy) {
            None => Finding::ok(subject, owner_alone(path)),
            Some(remark) => Finding::warn(subject, remark),
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => to_be_made(subject, path),
        Err(error) => Finding::fail(subject, format!("{shown} can't be looked at ({error})")),
    }
}

/// With the whole path: `.` says little.
fn owner_alone(path: &Path) -> String {
    let whole = path::absolute(path).unwrap_or_else(|_| path.to_owned());
    format!("only its owner can read {}", whole.display())
}

/// Whether the first start can make it: what is there of the folders above it must take new files.
fn to_be_made(subject: &'static str, path: &Path) -> Finding {
    let above = path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let above = above.ancestors().skip(1).find(|folder| folder.exists());
    let shown = path.display();
    match above.and_then(|folder| unusable(subject, folder)) {
        None => Finding::ok(subject, format!("the first start makes {shown}")),
        Some(finding) => Finding::fail(subject, format!("{shown} can't be made: {}", finding.text)),
    }
}

/// A fault where this user may not read and write the file, or make files in the folder.
fn unusable(subject: &'static str, path: &Path) -> Option<Finding> {
    let is_folder = path.is_dir();
    let rights = if is_folder {
        Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK
    } else {
        Access::READ_OK | Access::WRITE_OK
    };
    let error = rustix::fs::access(path, rights).err()?;
    let shown = path.display();
    Some(Finding::fail(
        subject,
        format!("this user can't write {shown} ({error}); run this as the server's user, and give that user the files"),
    ))
}

/// What a server that was killed may have left beside the database.
fn beside(file: &Path) -> Vec<PathBuf> {
    let ending = |ending: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let files = ["-wal", "-shm", ".lock"].map(ending);
    files.into_iter().filter(|file| file.exists()).collect()
}

fn folder_of(file: &Path) -> Option<&Path> {
    file.parent().filter(|folder| folder.is_dir())
}

/// A warning where writes will soon fail for want of room.
fn room(folder: &Path) -> Option<Finding> {
    let found = rustix::fs::statvfs(folder).ok()?;
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    (free < ROOM).then(|| {
        let shown = folder.display();
        Finding::warn(FOLDER, format!("{shown} has {free} bytes left; make room"))
    })
}

#[cfg(test)]
mod tests {
    use super::super::finding::Grade;
    use super::*;
    use crate::config::Environment;
    use portcullis_security::OsEntropy;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    fn grades(folder: &Path, settings: &[(&str, &str)]) -> Vec<Grade> {
        let folder = folder.to_str().unwrap();
        let settings: Vec<_> = [("DATA_DIR", folder)].iter().chain(settings).copied().collect();
        let config = Config::load(&Environment::of(&settings)).unwrap();
        look_at(&config, true).iter().map(|finding| finding.grade).collect()
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn files_that_others_can_read_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = &folder.path().join("data");
        key_file::read_or_make(path, &OsEntropy).unwrap();
        fs::write(path.join("portcullis.db"), "").unwrap();
        for (key, folder, database, expected) in [
            (0o600, 0o700, 0o600, [Grade::Ok, Grade::Ok, Grade::Ok]),
            (0o604, 0o700, 0o600, [Grade::Fail, Grade::Ok, Grade::Ok]),
            (0o660, 0o2770, 0o660, [Grade::Warn, Grade::Warn, Grade::Warn]),
            (0o600, 0o755, 0o644, [Grade::Ok, Grade::Warn, Grade::Warn]),
        ] {
            set_mode(&path.join("secret.key"), key);
            set_mode(&path.join("portcullis.db"), database);
            set_mode(path, folder);
            assert_eq!(grades(path, &[]), expected);
        }
    }

    #[test]
    fn a_key_in_a_file_that_others_can_read_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        fs::write(&file, "kR7vQ2mXz9LtWb4YpN6cJ8fHs3gDd5eU").unwrap();
        let postgres = ("DATABASE_URL", "postgres://u@localhost/db");
        for (mode, expected) in [(0o600, Grade::Ok), (0o640, Grade::Warn), (0o644, Grade::Warn)] {
            set_mode(&file, mode);
            let settings = [postgres, ("SECRET_KEY_FILE", file.to_str().unwrap())];
            let config = Config::load(&Environment::of(&settings)).unwrap();
            let found = look_at(&config, true).remove(0);
            assert_eq!(found.grade, expected, "{found}");
            assert!(found.text.contains(file.to_str().unwrap()), "{found}");
        }
    }

    #[test]
    fn a_link_in_the_place_of_the_lock_file_is_a_fault() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("portcullis.db"), "").unwrap();
        let lock = folder.path().join("portcullis.db.lock");
        let key = ("SECRET_KEY", "kR7vQ2mXz9LtWb4YpN6cJ8fHs3gDd5eU");
        fs::write(&lock, "").unwrap();
        assert!(!grades(folder.path(), &[key]).contains(&Grade::Fail));
        fs::remove_file(&lock).unwrap();
        for target in ["nowhere", "portcullis.db"] {
            std::os::unix::fs::symlink(folder.path().join(target), &lock).unwrap();
            assert!(grades(folder.path(), &[key]).contains(&Grade::Fail), "{target}");
            fs::remove_file(&lock).unwrap();
        }
    }

    #[test]
    fn a_key_that_is_needed_and_not_there_is_a_fault() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("portcullis.db"), "").unwrap();
        assert_eq!(grades(folder.path(), &[])[0], Grade::Fail);
        let postgres = ("DATABASE_URL", "postgres://u@localhost/db");
        assert_eq!(grades(folder.path(), &[postgres]), [Grade::Fail]);
        let key = ("SECRET_KEY", "kR7vQ2mXz9LtWb4YpN6cJ8fHs3gDd5eU");
        assert_eq!(grades(folder.path(), &[postgres, key]), [Grade::Ok]);
    }
}
