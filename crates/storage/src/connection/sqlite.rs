//! SQLite connections: the file, and what is set on each of them.

use crate::owner::create_for_the_folder;
use diesel::connection::SimpleConnection;
use diesel::result::Error;
use diesel::{Connection, SqliteConnection};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use rustix::fs::{Access, AtFlags, CWD};
use rustix::io::Errno;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a connection may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    Reading,
    Writing,
    /// Reading without a trace: neither the file nor those beside it are made or changed.
    Looking,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error("its path is not UTF-8")]
    Path,
    #[error("it holds writes whose index is missing, and only a start makes that anew")]
    Unclosed,
    #[error(transparent)]
    Open(#[from] diesel::ConnectionError),
    #[error(transparent)]
    Setup(#[from] Error),
}

/// What has a meaning of its own in the address of a file.
const IN_ADDRESSES: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#').add(b' ');

/// How often the switch to WAL is tried again after somebody else held the file.
const WAL_ATTEMPTS: usize = 20;

/// The one absolute path of the file, which may be missing. Its directory is made where that is missing, for its owner
/// alone.
pub(crate) fn place_of(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let path = directory.canonicalize()?.join(name);
    match path.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(path),
        outcome => outcome,
    }
}

/// Sees to it that the file is there, readable by its owner alone, as is a directory that had to be made. Gives the
/// file's one absolute path. The files that SQLite puts beside it get the same mode.
pub(crate) fn prepare_file(path: &Path) -> io::Result<PathBuf> {
    let path = place_of(path)?;
    if !path.exists() {
        create(&path)?;
    }
    path.canonicalize()
}

/// `Err` with the path that this program may not write to: the file, its folder, or what SQLite has beside it. SQLite
/// would open a file that it may only read, and refuse each write later.
pub(crate) fn must_be_writable(path: &Path) -> Result<(), NotWritable> {
    let beside = |ending: &str| {
        let mut path = path.as_os_str().to_owned();
        path.push(ending);
        PathBuf::from(path)
    };
    let folder = path.parent().map(Path::to_path_buf);
    let files = ["", "-wal", "-shm"].map(beside);
    for path in folder.into_iter().chain(files) {
        match rustix::fs::accessat(CWD, &path, Access::WRITE_OK, AtFlags::EACCESS) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(reason) => {
                let reason = reason.into();
                return Err(NotWritable { path, reason });
            }
        }
    }
    Ok(())
}

/// Something that can't be written to.
#[derive(Debug, thiserror::Error)]
#[error("{} can't be written to: {reason}; let the user write there that the server runs as", .path.display())]
pub(crate) struct NotWritable {
    path: PathBuf,
    reason: io::Error,
}

/// Makes the file under another name first: to open and close a file that SQLite has open in the same process would
/// give up SQLite's locks on it.
fn create(path: &Path) -> io::Result<()> {
    let mut new = path.as_os_str().to_owned();
    new.push(format!(".{}-{:?}.new", std::process::id(), std::thread::current().id()));
    let new = PathBuf::from(new);
    // One that was killed may have left it: in a container every server has the same number.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    create_for_the_folder(&new)?;
    let linked = fs::hard_link(&new, path);
    fs::remove_file(&new)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Connects to an absolute path that [`prepare_file`] gave. A statement waits as long as `busy_timeout` says for another
/// process that holds the file.
pub(crate) fn connect(path: &Path, purpose: Use, busy_timeout: Duration) -> Result<SqliteConnection, ConnectError> {
    let path = path.to_str().ok_or(ConnectError::Path)?;
    let mut connection = match purpose {
        Use::Reading | Use::Writing => SqliteConnection::establish(path)?,
        Use::Looking => SqliteConnection::establish(&address_for_a_look(path)?)?,
    };
    // The timeout comes first, so that the rest waits for whoever holds the file.
    connection.batch_execute(&format!("PRAGMA busy_timeout = {}", busy_timeout.as_millis()))?;
    if purpose != Use::Looking {
        switch_to_wal(&mut connection)?;
        // A read opens the log and its index, so that from here on all three files are there.
        connection.batch_execute("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; SELECT 1 FROM sqlite_master")?;
    }
    if purpose != Use::Writing {
        connection.batch_execute("PRAGMA query_only = ON")?;
    }
    Ok(connection)
}

/// What keeps SQLite from making or changing any file (<https://www.sqlite.org/uri.html>). Where there is a log of writes,
/// its index is only read. Where there is none, all of the database is in its file.
fn address_for_a_look(path: &str) -> Result<String, ConnectError> {
    let log = fs::metadata(format!("{path}-wal"));
    let has_index = fs::exists(format!("{path}-shm")).unwrap_or_default();
    let options = match log {
        Ok(_) if has_index => "mode=ro&readonly_shm=1",
        Ok(log) if log.len() > 0 => return Err(ConnectError::Unclosed),
        _ => "immutable=1",
    };
    Ok(format!("file:{}?{options}", utf8_percent_encode(path, IN_ADDRESSES)))
}

/// The switch takes no heed of the timeout where two first starts coincide. An empty transaction does, and thereby
/// waits for the other.
fn switch_to_wal(connection: &mut SqliteConnection) -> Result<(), Error> {
    let mut attempt = 0;
    loop {
        match connection.batch_execute("PRAGMA journal_mode = WAL") {
            Err(Error::DatabaseError(_, reason)) if reason.message().contains("locked") && attempt < WAL_ATTEMPTS => {
                attempt += 1;
                connection.batch_execute("BEGIN IMMEDIATE; COMMIT")?;
            }
            outcome => return outcome,
        }
    }
}
