//! Where a SQLite database is, and whether the files beside it are its own.

use crate::error::OpenError;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

/// What SQLite puts beside a database while it is in use.
pub(crate) const BESIDE: [&str; 2] = ["-wal", "-shm"];

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

/// Whether there is a file. Unlike [`Path::exists`] it does not take a file that nobody lets us see for a missing one.
pub(crate) fn is_there(database: &Path) -> Result<bool, OpenError> {
    database.try_exists().map_err(|error| unreachable(database, &error))
}

/// `Err` where files stand beside the database that belong to another one: SQLite would write them into it, or take
/// back what it holds. A server's database says in its header that there is such a file, and a copy or a new file
/// says that there is none. Comes before anybody of this process opens the database: SQLite's locks on a file end
/// when another part of the process closes it.
pub(crate) fn refuse_foreign_files(database: &Path) -> Result<(), OpenError> {
    // In this order: a server that starts writes the header first.
    let files: Vec<PathBuf> = BESIDE.map(|ending| beside(database, ending)).into();
    let files: Vec<PathBuf> = files.into_iter().filter(|file| file.exists()).collect();
    if files.is_empty() || is_logged(database).map_err(|error| unreachable(database, &error))? {
        return Ok(());
    }
    Err(OpenError::ForeignFiles {
        database: database.display().to_string(),
        files,
    })
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
