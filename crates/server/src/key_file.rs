//! The key that an embedded store's server makes for itself.

use crate::config::{DATA_DIR, SECRET_KEY, SettingError};
use portcullis_application::ports::Entropy;
use portcullis_domain::SecretText;
use portcullis_security::SecretKey;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

const NAME: &str = "secret.key";

/// Where it is kept.
pub(crate) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(NAME)
}

/// Reads `secret.key` in the data folder. `None` where it is not there. Only its owner may read it.
pub(crate) fn find(data_dir: &Path) -> Result<Option<SecretKey>, SettingError> {
    let path = path(data_dir);
    // A file that nobody lets us see is not missing.
    match path.try_exists() {
        Ok(false) => Ok(None),
        Ok(true) => read(&path).map(Some),
        Err(error) => Err(unreadable(&path, &error)),
    }
}

/// Reads `secret.key` in the data folder, and makes it first where it is not there.
pub(crate) fn read_or_make(data_dir: &Path, entropy: &dyn Entropy) -> Result<SecretKey, SettingError> {
    let path = path(data_dir);
    if !path.exists() {
        make(data_dir, &path, entropy)
            .map_err(|error| DATA_DIR.refused(format!("{} can't be made ({error})", path.display())))?;
    }
    read(&path)
}

fn unreadable(path: &Path, error: &std::io::Error) -> SettingError {
    DATA_DIR.refused(format!("{} can't be read ({error})", path.display()))
}

/// Reads the file, which only its owner may be able to.
fn read(path: &Path) -> Result<SecretKey, SettingError> {
    let shown = path.display();
    let unreadable = |error| unreadable(path, &error);
    let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
    if mode & 0o077 != 0 {
        let mode = mode & 0o777;
        let problem = format!("{shown} is open to others (mode {mode:o}); close it by chmod 600 {shown}");
        return Err(DATA_DIR.refused(problem));
    }
    let content = fs::read_to_string(path).map_err(unreadable)?;
    let key = SecretText::new(content.strip_suffix('\n').unwrap_or(&content).to_owned());
    SecretKey::parse(key).map_err(|error| SECRET_KEY.refused(format!("the key in {shown} is refused: {error}")))
}

/// The file appears whole or not at all, and never takes the place of one that is there: two servers may start at
/// once, and a key that was used must not be lost.
fn make(data_dir: &Path, path: &Path, entropy: &dyn Entropy) -> std::io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(data_dir)?;
    // The process id would not do: it is 1 in every container, and two may start on one volume.
    let number = u128::from_le_bytes(entropy.bytes());
    let draft = data_dir.join(format!("{NAME}.{number:032x}"));
    let key = SecretKey::generate(entropy);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(key.expose().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    let linked = match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        outcome => outcome,
    };
    fs::remove_file(&draft)?;
    linked?;
    File::open(data_dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_security::OsEntropy;

    #[test]
    fn the_key_is_made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("a/b");
        read_or_make(&data_dir, &OsEntropy).unwrap();
        let made = fs::read_to_string(data_dir.join(NAME)).unwrap();
        read_or_make(&data_dir, &OsEntropy).unwrap();
        assert_eq!(fs::read_to_string(data_dir.join(NAME)).unwrap(), made);
        assert_eq!(
            fs::metadata(data_dir.join(NAME)).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(fs::metadata(&data_dir).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::read_dir(&data_dir).unwrap().count(), 1);
    }

    #[test]
    fn of_many_first_starts_at_once_all_get_one_key_and_leave_nothing_behind() {
        for _ in 0..16 {
            let folder = tempfile::tempdir().unwrap();
            let start = || {
                read_or_make(folder.path(), &OsEntropy).unwrap();
                fs::read_to_string(folder.path().join(NAME)).unwrap()
            };
            let keys: std::collections::BTreeSet<_> = std::thread::scope(|scope| {
                let starts: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
                starts.into_iter().map(|start| start.join().unwrap()).collect()
            });
            assert_eq!(keys.len(), 1);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        read_or_make(folder.path(), &OsEntropy).unwrap();
        let path = folder.path().join(NAME);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = read_or_make(folder.path(), &OsEntropy).unwrap_err().to_string();
        assert!(
            error.starts_with("DATA_DIR: ") && error.contains("chmod 600"),
            "{error}"
        );
    }

    #[test]
    fn a_damaged_key_file_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        fs::write(&path, "short\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let error = read_or_make(folder.path(), &OsEntropy).unwrap_err().to_string();
        assert!(
            error.starts_with("SECRET_KEY: ") && !error.contains("short\n"),
            "{error}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "short\n");
    }
}
