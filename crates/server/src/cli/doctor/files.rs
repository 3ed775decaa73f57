//! The key file, the data folder and the file of an embedded database: who may read them.

use super::finding::Finding;
use crate::config::{Config, DatabaseConfig, KeysConfig};
use crate::file_access::Others;
use crate::key_file::{self, KeptKey};
use portcullis_storage::DatabaseKind;
use std::io;
use std::path::Path;

const KEY: &str = "secret key";
const FOLDER: &str = "data folder";
const DATABASE: &str = "database file";

pub(super) fn look_at(config: &Config) -> Vec<Finding> {
    let database = &config.database;
    let mut findings = vec![key(&config.keys, database)];
    if let Some(file) = database.url.sqlite_path() {
        findings.push(owned_alone(FOLDER, &database.data_dir, "chmod 700"));
        findings.push(owned_alone(DATABASE, file, "chmod 600"));
    }
    findings
}

fn key(keys: &KeysConfig, database: &DatabaseConfig) -> Finding {
    let path = key_file::path(&database.data_dir);
    match (&keys.current, database.url.kind()) {
        (Some(_), _) if keys.previous.is_some() => {
            Finding::ok(KEY, "SECRET_KEY is set, and SECRET_KEY_PREVIOUS is still accepted")
        }
        (Some(_), _) => Finding::ok(KEY, "SECRET_KEY is set"),
        (None, DatabaseKind::Postgres) => {
            Finding::fail(KEY, "SECRET_KEY is needed with PostgreSQL, the same for every replica")
        }
        (None, DatabaseKind::Sqlite) if !path.exists() => {
            let has_database = database.url.sqlite_path().is_some_and(Path::exists);
            let shown = path.display();
            if has_database {
                Finding::fail(
                    KEY,
                    format!("{shown} is gone; put it back, or set SECRET_KEY to what stood in it"),
                )
            } else {
                Finding::ok(KEY, format!("the first start makes {shown}"))
            }
        }
        (None, DatabaseKind::Sqlite) => match key_file::read(&path) {
            Ok(KeptKey {
                remark: Some(remark), ..
            }) => Finding::warn(KEY, remark),
            Ok(KeptKey { remark: None, .. }) => Finding::ok(KEY, format!("{} is its owner's alone", path.display())),
            Err(error) => Finding::fail(KEY, error.to_string()),
        },
    }
}

/// Others may neither read nor write it. The server would work all the same.
fn owned_alone(subject: &'static str, path: &Path, remedy: &str) -> Finding {
    let shown = path.display();
    match Others::at(path).map(|others| others.remark(path, remedy)) {
        Ok(None) => Finding::ok(subject, format!("{shown} is its owner's alone")),
        Ok(Some(remark)) => Finding::warn(subject, remark),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Finding::ok(subject, format!("the first start makes {shown}"))
        }
        Err(error) => Finding::fail(subject, format!("{shown} can't be looked at: {error}")),
    }
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
        look_at(&config).iter().map(|finding| finding.grade).collect()
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn files_that_others_can_read_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = &folder.path().join("data");
        assert_eq!(
            grades(path, &[]),
            [Grade::Ok, Grade::Ok, Grade::Ok],
            "before the first start"
        );
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
