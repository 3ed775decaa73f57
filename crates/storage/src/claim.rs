//! One server to a SQLite file.

use crate::engine::sqlite_place::beside;
use crate::error::OpenError;
use crate::owner;
use std::fs::{File, TryLockError};
use std::path::Path;

/// The right to serve from a database, held until it is dropped or the process ends, however it ends.
#[derive(Debug)]
#[must_use = "the claim ends when it is dropped"]
pub struct ServingClaim {
    _lock: Option<File>,
}

impl ServingClaim {
    /// What keeps everybody from the right to serve from that SQLite file: something else in the place of its lock file.
    #[must_use]
    pub fn obstacle(database: &Path) -> Option<String> {
        let path = beside(database, ".lock");
        let found = path.symlink_metadata().ok()?;
        (!owner::is_plain(&found)).then(|| format!("{}: {}", path.display(), owner::NOT_PLAIN))
    }

    /// For databases that serve many at once.
    pub(crate) fn shared() -> Self {
        Self { _lock: None }
    }

    /// Locks a file beside the database. The database's own file must not be opened but by SQLite.
    pub(crate) fn exclusive(database: &Path) -> Result<Self, OpenError> {
        let path = beside(database, ".lock");
        let unreachable = |error: std::io::Error| OpenError::Unreachable {
            database: database.display().to_string(),
            reason: format!("its lock file {}: {error}", path.display()),
        };
        let lock = owner::open_plain(&path).map_err(unreachable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { _lock: Some(lock) }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse {
                database: database.display().to_string(),
            }),
            Err(TryLockError::Error(error)) => Err(unreachable(error)),
        }
    }
}
