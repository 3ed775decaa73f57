//! Whether the files of a SQLite database are where they were.
//!
//! A file that is moved, replaced or deleted stays open, and takes what is written to it. Nobody would find that after a
//! restart, and where the file was deleted nobody could.

use crate::engine::sqlite_place::beside;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// What SQLite adds to the path: nothing, its log, and the index of that.
const FILES: [&str; 3] = ["", "-wal", "-shm"];

/// The files of an open database, and which ones they are.
#[derive(Debug)]
pub(super) struct Place(Vec<(PathBuf, Identity)>);

/// What a file keeps under whatever name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
}

/// A file is not there any more.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} was moved, replaced or deleted while the server had it open, so nothing more is written; put it back, or restart \
     the server to use what is there now", .0.display()
)]
pub(super) struct Displaced(PathBuf);

impl Place {
    /// Where the files of a database are that somebody has open.
    pub(super) fn of(database: &Path) -> io::Result<Self> {
        let known = FILES.map(|ending| {
            let path = beside(database, ending);
            let identity = Identity::of(&path)?;
            Ok((path, identity))
        });
        known.into_iter().collect::<io::Result<_>>().map(Self)
    }

    /// `Err` where one of the paths leads to another file, or to none. It takes a few microseconds.
    pub(super) fn check(&self) -> Result<(), Displaced> {
        let is_displaced = |(path, identity): &&(PathBuf, Identity)| Identity::of(path).ok() != Some(*identity);
        match self.0.iter().find(is_displaced) {
            Some((path, _)) => Err(Displaced(path.clone())),
            None => Ok(()),
        }
    }
}

impl Identity {
    fn of(path: &Path) -> io::Result<Self> {
        let found = fs::metadata(path)?;
        Ok(Self {
            device: found.dev(),
            inode: found.ino(),
        })
    }
}
