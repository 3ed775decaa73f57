//! The file of a SQLite database, and the connections to it.

use super::sqlite_place;
use crate::connection::AnyConnection;
use crate::connection::sqlite::{self, ConnectError, Use};
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
    is_only_looked_at: bool,
}

impl SqliteFile {
    pub(super) fn at(path: PathBuf, busy_timeout: Duration) -> Self {
        Self {
            path: Arc::new(path),
            busy_timeout,
            is_only_looked_at: false,
        }
    }

    /// A file that every connection leaves as it is.
    pub(super) fn to_look_at(path: PathBuf, busy_timeout: Duration) -> Self {
        Self {
            is_only_looked_at: true,
            ..Self::at(path, busy_timeout)
        }
    }

    /// The same file, for whoever may wait longer.
    pub(super) fn with_busy_timeout(&self, busy_timeout: Duration) -> Self {
        Self {
            busy_timeout,
            ..self.clone()
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
        let purpose = if self.is_only_looked_at { Use::Looking } else { purpose };
        sqlite::connect(&self.path, purpose, self.busy_timeout)
            .map(AnyConnection::Sqlite)
            .map_err(|error| match error {
                ConnectError::Unclosed => OpenError::Unclosed {
                    database: self.path.display().to_string(),
                },
                error @ (ConnectError::Path | ConnectError::Open(_) | ConnectError::Setup(_)) => {
                    sqlite_place::unreachable(&self.path, &error)
                }
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
