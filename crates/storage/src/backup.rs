//! A copy of a SQLite database that is in use.

use crate::connection::AnyConnection;
use crate::error::OpenError;
use crate::owner::create_for_the_folder;
use crate::schema::installation;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use std::fs::{self, File};
use std::io;
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

/// A whole copy under another name, and the right to give it its own. Dropped, it is removed.
#[derive(Debug)]
#[must_use = "the copy is removed when it is dropped"]
pub struct Backup {
    file: PathBuf,
    folder: PathBuf,
    target: PathBuf,
    draft: Draft,
}

impl Backup {
    /// Gives the copy its name, once all of it is on the disk.
    ///
    /// # Errors
    /// [`BackupError::Exists`] where the name was taken meanwhile, and [`BackupError::File`].
    pub fn publish(self) -> Result<(), BackupError> {
        let Self {
            file,
            folder,
            target,
            draft,
        } = self;
        match draft.publish(&folder, &target) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(BackupError::Exists(file)),
            Err(error) => Err(BackupError::File {
                file,
                reason: error.to_string(),
            }),
        }
    }
}

/// Copies the database of the connection to a new file beside the one that is named.
pub(crate) fn copy(connection: &mut AnyConnection, file: &Path) -> Result<Backup, BackupError> {
    let refused = |reason: String| BackupError::File {
        file: file.to_owned(),
        reason,
    };
    let (folder, target) = place_of(file).map_err(|error| refused(error.to_string()))?;
    if target.symlink_metadata().is_ok() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    if let Err(error) = remove_drafts(&target) {
        tracing::warn!(%error, "what is left of an earlier backup can't be removed");
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
    Ok(Backup {
        file: file.to_owned(),
        folder,
        target,
        draft,
    })
}

/// Removes what backups to that file left which did not come to their end, and what this process has begun of one.
///
/// # Errors
/// The folder can't be read, or a file there can't be removed.
pub fn remove_unfinished_backups(file: &Path) -> io::Result<()> {
    let (_, target) = place_of(file)?;
    remove_drafts(&target)
}

fn remove_drafts(target: &Path) -> io::Result<()> {
    let (Some(folder), Some(name)) = (target.parent(), target.file_name()) else {
        return Ok(());
    };
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if is_left(&entry.file_name().to_string_lossy(), &name.to_string_lossy()) {
            match fs::remove_file(entry.path()) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Whether it is a draft of that backup, or what SQLite puts beside one, of no other process that still runs.
fn is_left(entry: &str, name: &str) -> bool {
    let number = entry.strip_prefix(name).and_then(|end| end.strip_prefix('.'));
    let number = number.and_then(|end| end.strip_suffix(".new").or_else(|| end.strip_suffix(".new-journal")));
    let Some(process) = number.and_then(|number| number.parse().ok()).and_then(Pid::from_raw) else {
        return false;
    };
    process == rustix::process::getpid() || test_kill_process(process) == Err(Errno::SRCH)
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
#[derive(Debug)]
struct Draft(PathBuf);

impl Draft {
    /// An empty file for its owner alone.
    fn new(target: &Path) -> io::Result<Self> {
        let mut path = target.as_os_str().to_owned();
        path.push(format!(".{}.new", std::process::id()));
        let path = PathBuf::from(path);
        create_for_the_folder(&path)?;
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
