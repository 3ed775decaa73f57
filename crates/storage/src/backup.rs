//! A copy of a SQLite database that is in use.

use crate::connection::AnyConnection;
use crate::error::OpenError;
use crate::schema::installation;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Why there is no backup. Nothing is left of it then.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// PostgreSQL has programs of its own for it.
    #[error("the store is on PostgreSQL; make its backups with pg_dump, or by archiving its log")]
    NotSqlite,
    /// A backup never takes the place of a file.
    #[error("{} is there already; name another file", .0.display())]
    Exists(PathBuf),
    /// The file can't be written.
    #[error("{} can't be written: {reason}", .file.display())]
    File {
        /// The file that was named.
        file: PathBuf,
        /// What was wrong.
        reason: String,
    },
    /// The database can't be read.
    #[error(transparent)]
    Database(#[from] OpenError),
}

/// Copies the database of the connection to a new file.
pub(crate) fn copy(connection: &mut AnyConnection, file: &Path) -> Result<(), BackupError> {
    let refused = |reason: String| BackupError::File {
        file: file.to_owned(),
        reason,
    };
    let (folder, target) = place_of(file).map_err(|error| refused(error.to_string()))?;
    if target.symlink_metadata().is_ok() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let draft = Draft::new(&target).map_err(|error| refused(error.to_string()))?;
    let path = draft
        .0
        .to_str()
        .ok_or_else(|| refused("its path is not UTF-8".to_owned()))?;
    // It reads as of one moment, and writers go on beside it. The file that is there must be empty, which it is.
    diesel::sql_query("VACUUM INTO ?")
        .bind::<Text, _>(path)
        .execute(connection)
        .map_err(|error| refused(error.to_string()))?;
    mark(path).map_err(|error| refused(error.to_string()))?;
    match draft.publish(&folder, &target) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(BackupError::Exists(file.to_owned())),
        outcome => outcome.map_err(|error| refused(error.to_string())),
    }
}

/// The folder and the file, as absolute paths: to SQLite a name may mean something else than a file.
fn place_of(file: &Path) -> io::Result<(PathBuf, PathBuf)> {
    let name = file.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let folder = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let folder = folder.canonicalize()?;
    let target = folder.join(name);
    Ok((folder, target))
}

/// Says in the copy that it is one.
pub(crate) fn mark(path: &str) -> Result<(), MarkError> {
    let mut copy = SqliteConnection::establish(path)?;
    copy.batch_execute("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL")?;
    let marked = diesel::update(installation::table)
        .set(installation::is_backup.eq(true))
        .execute(&mut copy)?;
    // A copy without the mark would bring back what was revoked since.
    if marked == 1 {
        Ok(())
    } else {
        Err(diesel::result::Error::NotFound.into())
    }
}

/// Why a copy has no mark.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MarkError {
    #[error(transparent)]
    Open(#[from] ConnectionError),
    #[error(transparent)]
    Statement(#[from] diesel::result::Error),
}

/// A file under another name, beside the one that it shall be. Removed when it is dropped.
struct Draft(PathBuf);

impl Draft {
    /// An empty file for its owner alone.
    fn new(target: &Path) -> io::Result<Self> {
        let mut path = target.as_os_str().to_owned();
        path.push(format!(".{}.new", std::process::id()));
        let path = PathBuf::from(path);
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        Ok(Self(path))
    }

    /// Gives it its name, unless that is taken, once all of it is on the disk.
    fn publish(self, folder: &Path, target: &Path) -> io::Result<()> {
        File::open(&self.0)?.sync_all()?;
        fs::hard_link(&self.0, target)?;
        drop(self);
        File::open(folder)?.sync_all()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0) {
            tracing::warn!(file = %self.0.display(), %error, "what is left of a backup can't be removed");
        }
    }
}
