//! One server to a SQLite file.

use crate::engine::sqlite_place::beside;
use crate::error::OpenError;
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The right to serve from a database, held until it is dropped or the process ends, however it ends.
#[derive(Debug)]
#[must_use = "the claim ends when it is dropped"]
pub struct ServingClaim {
    _lock: Option<File>,
}

impl ServingClaim {
    /// For databases that serve many at once.
    pub(crate) fn shared() -> Self {
        Self { _lock: None }
    }

    /// Locks a file beside the database. The database's own file must not be opened but by SQLite.
    pub(crate) fn exclusive(database: &Path) -> Result<Self, OpenError> {
        let unreachable = |error: std::io::Error| OpenError::Unreachable {
            database: database.display().to_string(),
            reason: format!("its lock file: {error}"),
        };
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(beside(database, ".lock"))
            .map_err(unreachable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { _lock: Some(lock) }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse {
                database: database.display().to_string(),
            }),
            Err(TryLockError::Error(error)) => Err(unreachable(error)),
        }
    }
}
