//! The file of a SQLite database, and the connections to it.

mod place;

use self::place::Place;
use super::sqlite_place;
use crate::connection::AnyConnection;
use crate::connection::sqlite::{self, ConnectError, Use};
use crate::error::OpenError;
use diesel::r2d2::ManageConnection;
use portcullis_application::ports::{StoreError, StoreResult};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// What a disk has left when it is worth a try whether a write still fits: a few times as much as a call writes.
const LITTLE_ROOM: u64 = 1 << 18;

/// The file, by its one absolute path. As a pool's manager it makes connections to read from.
#[derive(Clone)]
pub(crate) struct SqliteFile {
    path: Arc<PathBuf>,
    /// Known from the first connection on.
    place: Arc<OnceLock<Place>>,
    busy_timeout: Duration,
    is_only_looked_at: bool,
}

impl SqliteFile {
    pub(super) fn at(path: PathBuf, busy_timeout: Duration) -> Self {
        Self {
            path: Arc::new(path),
            place: Arc::default(),
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
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// How long a statement waits for another process that holds the file.
    pub(super) fn busy_timeout(&self) -> Duration {
        self.busy_timeout
    }

    /// From now on the file is the one that is there now, and somebody always has it open.
    pub(super) fn remember_its_place(&self) -> io::Result<()> {
        let place = Place::of(&self.path)?;
        self.place.get_or_init(|| place);
        Ok(())
    }

    /// `Err` where the file was moved, replaced or deleted since, or one of those that SQLite keeps beside it.
    pub(crate) fn is_in_its_place(&self) -> StoreResult<()> {
        match self.place.get().map(Place::check) {
            Some(Err(displaced)) => Err(StoreError::Unavailable(displaced.into())),
            Some(Ok(())) | None => Ok(()),
        }
    }

    /// Whether its disk has little room. What can't be told is not little.
    pub(super) fn has_little_room(&self) -> bool {
        rustix::fs::statvfs(self.path()).is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < LITTLE_ROOM)
    }

    /// A connection to the file that was there at first: in the place of one that is gone, SQLite would make another.
    pub(super) fn connection(&self, purpose: Use) -> Result<AnyConnection, OpenError> {
        self.is_in_its_place()?;
        let purpose = if self.is_only_looked_at { Use::Looking } else { purpose };
        let connection = sqlite::connect(&self.path, purpose, self.busy_timeout).map_err(|error| match error {
            ConnectError::Unclosed => OpenError::Unclosed {
                database: self.path.display().to_string(),
            },
            error @ (ConnectError::Path | ConnectError::Open(_) | ConnectError::Setup(_)) => {
                sqlite_place::unreachable(&self.path, &error)
            }
        })?;
        self.is_in_its_place()?;
        Ok(AnyConnection::Sqlite(connection))
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
