//! The file of a SQLite database, and the connections to it.

use crate::connection::AnyConnection;
use crate::connection::sqlite::{self, Use};
use crate::error::OpenError;
use diesel::r2d2::ManageConnection;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The file, by its one absolute path. As a pool's manager it makes connections to read from.
#[derive(Clone)]
pub(super) struct SqliteFile {
    path: Arc<PathBuf>,
    busy_timeout: Duration,
}

impl SqliteFile {
    pub(super) fn at(path: PathBuf, busy_timeout: Duration) -> Self {
        Self {
            path: Arc::new(path),
            busy_timeout,
        }
    }

    /// The same file, for whoever may wait longer.
    pub(super) fn with_busy_timeout(&self, busy_timeout: Duration) -> Self {
        Self {
            path: Arc::clone(&self.path),
            busy_timeout,
        }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How long a statement waits for another process that holds the file.
    pub(super) fn busy_timeout(&self) -> Duration {
        self.busy_timeout
    }

    pub(super) fn connection(&self, purpose: Use) -> Result<AnyConnection, OpenError> {
        sqlite::connect(&self.path, purpose, self.busy_timeout)
            .map(AnyConnection::Sqlite)
            .map_err(|error| OpenError::Unreachable {
                database: self.path.display().to_string(),
                reason: error.to_string(),
            })
    }
}

impl ManageConnection for SqliteFile {
    type Connection = AnyConnection;
    type Error = OpenError;

    fn connect(&self) -> Result<AnyConnection, OpenError> {
        self.connection(Use::Reading)
    }

    fn is_valid(&self, _: &mut AnyConnection) -> Result<(), OpenError> {
        Ok(())
    }

    /// A read that fails replaces its connection itself.
    fn has_broken(&self, _: &mut AnyConnection) -> bool {
        false
    }
}
