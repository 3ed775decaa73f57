//! The key that an embedded store's server makes for itself.

use crate::config::{DATA_DIR, SECRET_KEY, SettingError, obstacle};
use crate::file_access::Others;
use crate::text_ends;
use portcullis_application::ports::Entropy;
use portcullis_domain::SecretText;
use portcullis_security::SecretKey;
use portcullis_storage::create_for_the_folder;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const NAME: &str = "secret.key";

/// Where it is kept.
pub(crate) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(NAME)
}

/// Reads `secret.key` in the data folder. `None` where it is not there.
pub(crate) fn find(data_dir: &Path) -> Result<Option<KeptKey>, SettingError> {
    let path = path(data_dir);
    if let Some(problem) = obstacle(&path) {
        return Err(DATA_DIR.refused(problem));
    }
    // A file that nobody lets us see is not missing, nor is a link that leads nowhere.
    match path.try_exists() {
        Ok(false) if path.is_symlink() => Err(DATA_DIR.refused_with_advice(format!(
            "{} is a link to a file that is not there; put the key there, or remove the link",
            path.display()
        ))),
        Ok(false) => Ok(None),
        Ok(true) => read(&path).map(Some),
        Err(error) => Err(unreadable(&path, &error)),
    }
}

/// Reads `secret.key` in the data folder, and makes it first where it is not there, for its owner alone. Warns where its
/// group may read it.
pub(crate) fn read_or_make(data_dir: &Path, entropy: &dyn Entropy) -> Result<SecretKey, SettingError> {
    let path = path(data_dir);
    if let Some(problem) = obstacle(&path) {
        return Err(DATA_DIR.refused(problem));
    }
    if !path.exists() {
        make(data_dir, &path, entropy)
            .map_err(|error| DATA_DIR.refused(format!("{} can't be made ({error})", path.display())))?;
    }
    let kept = read(&path)?;
    if let Some(remark) = kept.remark {
        tracing::warn!("{remark}");
    }
    Ok(kept.key)
}

/// A key that was read from its file.
#[derive(Debug)]
pub(crate) struct KeptKey {
    /// The key.
    pub(crate) key: SecretKey,
    /// What to say about who else may read the file.
    pub(crate) remark: Option<String>,
}

fn unreadable(path: &Path, error: &std::io::Error) -> SettingError {
    DATA_DIR.refused_with_advice(format!(
        "{} can't be read ({error}); give it to the user that runs this",
        path.display()
    ))
}

/// Reads the file, which not everybody may be able to.
fn read(path: &Path) -> Result<KeptKey, SettingError> {
    let shown = path.display();
    let unreadable = |error| unreadable(path, &error);
    let others = Others::at(path).map_err(unreadable)?;
    let remark = others.remark(path, "chmod 600");
    if let (Others::Everybody(_), Some(remark)) = (others, &remark) {
        return Err(DATA_DIR.refused_with_advice(remark));
    }
    let content = Zeroizing::new(fs::read_to_string(path).map_err(unreadable)?);
    let refused = |problem: String| SECRET_KEY.refused(format!("the key in {shown} is refused: {problem}"));
    let text = text_ends::value(&content).map_err(|error| refused(format!("it {error}")))?;
    let key = SecretKey::parse(SecretText::new(text.to_owned())).map_err(|error| refused(error.to_string()))?;
    Ok(KeptKey { key, remark })
}

/// The file appears whole or not at all, and never takes the place of one that is there: two servers may start at
/// once, and a key that was used must not be lost.
fn make(data_dir: &Path, path: &Path, entropy: &dyn Entropy) -> std::io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(data_dir)?;
    // The process id would not do: it is 1 in every container, and two may start on one volume.
    let number = u128::from_le_bytes(entropy.bytes());
    let draft = data_dir.join(format!("{NAME}.{number:032x}"));
    let key = SecretKey::generate(entropy);
    let mut file = create_for_the_folder(&draft)?;
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
    use std::os::unix::fs::PermissionsExt as _;

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
    fn a_key_that_root_makes_is_that_of_the_folder_s_owner() {
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: only root can give files away");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::chown(folder.path(), Some(65534), Some(65534)).unwrap();
        read_or_make(folder.path(), &OsEntropy).unwrap();
        let made = fs::metadata(folder.path().join(NAME)).unwrap();
        assert_eq!(std::os::unix::fs::MetadataExt::uid(&made), 65534);
    }

    #[test]
    fn a_key_that_everybody_can_get_at_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        read_or_make(folder.path(), &OsEntropy).unwrap();
        let path = folder.path().join(NAME);
        for mode in [0o644, 0o604, 0o602, 0o777] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = read_or_make(folder.path(), &OsEntropy).unwrap_err().to_string();
            assert!(
                error.starts_with("DATA_DIR: ") && error.contains("chmod 600") && !error.contains("for example"),
                "{error}"
            );
        }
    }

    /// As Kubernetes leaves it: it gives a volume to the group of `fsGroup`, at each mount.
    #[test]
    fn a_key_that_its_group_can_read_is_taken_with_a_remark() {
        let folder = tempfile::tempdir().unwrap();
        read_or_make(folder.path(), &OsEntropy).unwrap();
        let path = folder.path().join(NAME);
        assert_eq!(read(&path).unwrap().remark, None);
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o2770)).unwrap();
        for mode in [0o640, 0o660] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let remark = read(&path).unwrap().remark.unwrap();
            assert!(
                remark.contains(&format!("open to its group (mode {mode:o})")),
                "{remark}"
            );
            assert!(read_or_make(folder.path(), &OsEntropy).is_ok());
        }
    }

    #[test]
    fn a_key_is_the_same_in_a_file_of_any_editor() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        let (key, too_short) = ("kR7vQ2mXz9LtWb4YpN6cJ8fHs3gDd5eU", "kR7vQ2mXz9LtWb4YpN6cJ8fHs3gDd5e");
        let kept = |content: &str| {
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            read(&path)
        };
        for ends in [["", ""], ["", "\r\n\n"], ["\u{feff}", "\n"]] {
            assert!(kept(&ends.join(key)).is_ok(), "{ends:?}");
            let refused = kept(&ends.join(too_short)).unwrap_err();
            assert!(refused.problem.contains("at least 32 bytes"), "{ends:?}: {refused}");
        }
        for content in [format!(" {key}\n"), format!("{key} \n"), " ".repeat(40), String::new()] {
            let error = kept(&content).unwrap_err().to_string();
            assert!(error.starts_with("SECRET_KEY: ") && !error.contains(key), "{error}");
        }
    }

    #[test]
    fn a_place_where_no_key_can_be_is_refused_with_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        fs::create_dir(folder.path().join(NAME)).unwrap();
        for (data_dir, problem) in [
            (file.as_path(), "file, and has to be a folder"),
            (folder.path(), "folder, and has to be a file"),
        ] {
            let error = read_or_make(data_dir, &OsEntropy).unwrap_err().to_string();
            assert!(error.starts_with("DATA_DIR: ") && error.contains(problem), "{error}");
        }
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
