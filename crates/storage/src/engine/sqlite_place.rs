//! Where a SQLite database is, and whether the files beside it are its own.

use crate::error::OpenError;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

/// What SQLite puts beside a database while it is in use: the log of its newest writes, and the log's index.
const LOG: [&str; 2] = ["-wal", "-shm"];

/// The same, and what takes back a write that was not finished.
pub(crate) const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The name of a checked copy that takes the place of the database at this moment; the name of a restore follows.
pub(crate) const RESTORED: &str = ".restored-";

/// Of the file's header: which bytes say how it is written, and what they are where there is a log of writes beside it
/// (<https://www.sqlite.org/fileformat.html>, 1.3.3).
const VERSIONS: std::ops::Range<usize> = 18..20;
const LOGGED: &[u8] = &[2, 2];

/// Another file, of the same name with something at its end.
pub(crate) fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = database.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Whether there is a file. Unlike [`Path::exists`] it takes neither a file that nobody lets us see nor a link that leads
/// nowhere for a missing one.
pub(crate) fn is_there(database: &Path) -> Result<bool, OpenError> {
    let found = database.try_exists().map_err(|error| unreachable(database, &error))?;
    // To be a link, and not only to be there: another start may have made the file since.
    if !found && database.is_symlink() {
        return Err(OpenError::Unreachable {
            database: database.display().to_string(),
            reason: "it is a link to a file that is not there".to_owned(),
        });
    }
    Ok(found)
}

/// `Err` where what stands beside the database would spoil it: the files of another one, its own without it, or a restore
/// that did not come to its end. Comes before anybody of this process opens the database: SQLite's locks on a file end
/// when another part of the process closes it.
pub(crate) fn refuse_what_spoils(database: &Path) -> Result<(), OpenError> {
    let shown = || database.display().to_string();
    if let Some(restored) = unfinished_restores(database)
        .map_err(|error| unreachable(database, &error))?
        .first()
    {
        return Err(OpenError::UnfinishedRestore {
            database: shown(),
            copy: restored.clone(),
        });
    }
    // In this order: a server that starts writes the header first.
    let files: Vec<PathBuf> = LOG.map(|ending| beside(database, ending)).into();
    let files: Vec<PathBuf> = files.into_iter().filter(|file| file.exists()).collect();
    if files.is_empty() {
        return Ok(());
    }
    if !is_there(database)? {
        return Err(OpenError::MissingBesideItsLog {
            database: shown(),
            files,
        });
    }
    // SQLite would write the files into the database, or take back what it holds. A server's database says in its header
    // that there is such a file; a copy and a new file say that there is none.
    match is_logged(database) {
        Ok(true) => Ok(()),
        Ok(false) => Err(OpenError::ForeignFiles {
            database: shown(),
            files,
        }),
        Err(error) => Err(unreachable(database, &error)),
    }
}

/// The checked copies of restores that were killed while they moved files.
pub(crate) fn unfinished_restores(database: &Path) -> io::Result<Vec<PathBuf>> {
    let (Some(folder), Some(name)) = (database.parent(), database.file_name()) else {
        return Ok(Vec::new());
    };
    let start = format!("{}{RESTORED}", name.to_string_lossy());
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&start) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

fn is_logged(database: &Path) -> io::Result<bool> {
    let mut header = [0; VERSIONS.end];
    match File::open(database).and_then(|mut file| file.read_exact(&mut header)) {
        Ok(()) => Ok(header.get(VERSIONS) == Some(LOGGED)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::UnexpectedEof) => Ok(false),
        Err(error) => Err(error),
    }
}

/// That nobody can look at it.
pub(crate) fn unreachable(database: &Path, error: &dyn std::error::Error) -> OpenError {
    OpenError::Unreachable {
        database: database.display().to_string(),
        reason: error.to_string(),
    }
}
