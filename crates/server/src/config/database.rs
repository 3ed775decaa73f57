//! Where the data is.

use super::environment::SecretNames;
use super::{Environment, SettingError};
use portcullis_storage::{DatabaseUrl, OpenError};
use std::path::PathBuf;

const URL: SecretNames = SecretNames {
    setting: "DATABASE_URL",
    file: "DATABASE_URL_FILE",
};
const DATA_DIR: &str = "DATA_DIR";
const DEFAULT_DATA_DIR: &str = "./data";
const EXAMPLE: &str = "postgres://portcullis@localhost/portcullis";

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
    pub(super) fn load(environment: &Environment) -> Result<Self, SettingError> {
        let data_dir = PathBuf::from(environment.text_or(DATA_DIR, DEFAULT_DATA_DIR)?);
        let given = environment.secret(URL, EXAMPLE)?;
        let is_in_data_dir = given.is_none();
        let url = match given {
            None => DatabaseUrl::sqlite_file(data_dir.join("portcullis.db")),
            Some(text) => DatabaseUrl::parse(text.expose()).map_err(bad_url)?,
        };
        Ok(Self {
            data_dir,
            url,
            is_in_data_dir,
        })
    }

    /// What is wrong with the database, as a refusal of the setting that names it.
    pub(crate) fn refused(&self, error: OpenError) -> SettingError {
        match error {
            OpenError::Unreachable { .. } if self.is_in_data_dir => bad_data_dir(error.to_string()),
            error => bad_url(error),
        }
    }
}

/// A refusal of `DATABASE_URL`.
#[expect(clippy::needless_pass_by_value, reason = "handed to map_err")]
fn bad_url(problem: impl ToString) -> SettingError {
    SettingError {
        setting: URL.setting,
        problem: problem.to_string(),
        example: EXAMPLE,
    }
}

/// A refusal of `DATA_DIR`.
pub(crate) fn bad_data_dir(problem: String) -> SettingError {
    SettingError {
        setting: DATA_DIR,
        problem,
        example: DEFAULT_DATA_DIR,
    }
}
