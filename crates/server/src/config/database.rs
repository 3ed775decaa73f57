//! Where the data is.

use super::setting::{Setting, SettingError};
use super::table::{DATA_DIR, DATABASE_URL};
use super::values::Values;
use anyhow::anyhow;
use portcullis_storage::{DatabaseKind, DatabaseUrl, OpenError};
use std::fs;
use std::path::{self, Path, PathBuf};

/// Settings of the store.
#[derive(Debug)]
pub struct DatabaseConfig {
    /// The folder for what the server keeps beside a database: its key, and the default database.
    pub data_dir: PathBuf,
    /// The database.
    pub url: DatabaseUrl,
    /// Whether the database is in `data_dir` since `DATABASE_URL` is unset.
    is_in_data_dir: bool,
}

impl DatabaseConfig {
    pub(super) fn of(values: &mut Values) -> Result<Self, SettingError> {
        let data_dir: PathBuf = values.get(&DATA_DIR)?;
        let given = values.text(&DATABASE_URL)?;
        let is_in_data_dir = given.is_none();
        let url = match given {
            None => DatabaseUrl::sqlite_file(data_dir.join("portcullis.db")),
            Some(text) => DatabaseUrl::parse(text.expose())
                .map_err(|error| DATABASE_URL.refused_with_advice(error.to_string()))?,
        };
        if let Some(problem) = url.sqlite_path().and_then(obstacle) {
            return Err(if is_in_data_dir {
                DATA_DIR.refused(problem)
            } else {
                DATABASE_URL.refused_for(problem, "sqlite:///./data/portcullis.db")
            });
        }
        Ok(Self {
            data_dir,
            url,
            is_in_data_dir,
        })
    }

    /// A store that can't be used counts as a bad setting; one of another version does not, nor does one that is not made
    /// yet or has foreign files beside it.
    pub(crate) fn unusable(&self) -> impl Fn(OpenError) -> anyhow::Error {
        |error| match error {
            OpenError::NotMade => anyhow!(
                "there is no store in {}; the first start makes it, or portcullis migrate. If there should be one, run \
                 this in the server's folder and with its settings",
                self.place()
            ),
            OpenError::ForeignFiles { .. }
            | OpenError::MissingBesideItsLog { .. }
            | OpenError::UnfinishedRestore { .. }
            | OpenError::Unclosed { .. }
            | OpenError::MigrationsPending(_)
            | OpenError::NewerSchema(_) => error.into(),
            OpenError::InUse { database } if self.is_in_data_dir => DATA_DIR
                .refused_for(
                    format!(
                        "another server is using the database {database}; stop it first, or give this one a folder of \
                         its own"
                    ),
                    "./another-data",
                )
                .into(),
            // The folder is there: another one would not help.
            error @ (OpenError::Unreachable { .. } | OpenError::Migration(_) | OpenError::Store(_))
                if self.is_in_data_dir && self.data_dir.is_dir() =>
            {
                DATA_DIR.refused_with_advice(error.to_string()).into()
            }
            // A server's refusal says what to do about it. Another URL would lead to another database.
            error if self.url.kind() == DatabaseKind::Postgres => {
                DATABASE_URL.refused_with_advice(error.to_string()).into()
            }
            OpenError::Unreachable { .. }
            | OpenError::InUse { .. }
            | OpenError::Unsuitable(_)
            | OpenError::Migration(_)
            | OpenError::Store(_) => self.setting().refused(error.to_string()).into(),
        }
    }

    /// The setting that says where the database is.
    const fn setting(&self) -> &'static Setting {
        if self.is_in_data_dir { &DATA_DIR } else { &DATABASE_URL }
    }

    /// Where the database is, by its whole path where it is a file.
    pub(crate) fn place(&self) -> String {
        match self.url.sqlite_path().map(path::absolute) {
            Some(Ok(path)) => path.display().to_string(),
            Some(Err(_)) | None => self.url.to_string(),
        }
    }
}

/// What keeps a file from being at that path: something else in its place, or in the place of one of its folders.
pub(crate) fn obstacle(file: &Path) -> Option<String> {
    let kind = |path: &Path| fs::metadata(path).ok().map(|found| found.file_type());
    match kind(file) {
        Some(found) if found.is_dir() => return Some(format!("{} is a folder, and has to be a file", file.display())),
        Some(found) if !found.is_file() => return Some(format!("{} is no file that keeps anything", file.display())),
        Some(_) => return None,
        None => {}
    }
    let (nearest, found) = file
        .ancestors()
        .skip(1)
        .find_map(|folder| Some((folder, kind(folder)?)))?;
    (!found.is_dir()).then(|| format!("{} is a file, and has to be a folder", nearest.display()))
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Environment};
    use std::fs;

    #[test]
    fn a_place_where_no_database_can_be_is_refused_with_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        fs::write(path("file"), "").unwrap();
        fs::create_dir_all(path("data/portcullis.db")).unwrap();
        let url = |name: &str| format!("sqlite:///{}", path(name));
        for (setting, value, problem) in [
            ("DATA_DIR", path("file"), "file is a file, and has to be a folder; "),
            (
                "DATA_DIR",
                path("file/deep/down"),
                "file is a file, and has to be a folder; ",
            ),
            (
                "DATA_DIR",
                path("data"),
                "portcullis.db is a folder, and has to be a file; ",
            ),
            ("DATABASE_URL", url("data"), "data is a folder, and has to be a file; "),
            (
                "DATABASE_URL",
                url("file/x.db"),
                "file is a file, and has to be a folder; ",
            ),
            (
                "DATABASE_URL",
                "sqlite:////dev/null".to_owned(),
                "/dev/null is no file ",
            ),
        ] {
            let line = Config::load(&Environment::of(&[(setting, &value)]))
                .unwrap_err()
                .to_string();
            assert!(
                line.starts_with(&format!("{setting}: ")) && line.contains(problem),
                "{line}"
            );
            assert_eq!(
                (
                    line.matches(folder.path().to_str().unwrap()).count(),
                    line.lines().count()
                ),
                (usize::from(!value.contains("null")), 1),
                "{line}"
            );
        }
        for value in [path("new/deep"), path("")] {
            assert!(
                Config::load(&Environment::of(&[("DATA_DIR", &value)])).is_ok(),
                "{value}"
            );
        }
    }
}
