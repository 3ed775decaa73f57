//! Where the data is.

use super::setting::SettingError;
use super::table::{DATA_DIR, DATABASE_URL};
use super::values::Values;
use portcullis_storage::{DatabaseUrl, OpenError};
use std::path::PathBuf;

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
            Some(text) => DatabaseUrl::parse(text.expose()).map_err(|error| DATABASE_URL.refused(error.to_string()))?,
        };
        Ok(Self {
            data_dir,
            url,
            is_in_data_dir,
        })
    }

    /// A store that can't be used counts as a bad setting; one of another version does not.
    pub(crate) fn unusable(&self) -> impl Fn(OpenError) -> anyhow::Error {
        |error| match error {
            OpenError::MigrationsPending(_) | OpenError::NewerSchema(_) => error.into(),
            OpenError::Unreachable { .. } if self.is_in_data_dir => DATA_DIR.refused(error.to_string()).into(),
            OpenError::Unreachable { .. }
            | OpenError::InUse { .. }
            | OpenError::Unsuitable(_)
            | OpenError::Migration(_)
            | OpenError::Store(_) => DATABASE_URL.refused(error.to_string()).into(),
        }
    }
}
