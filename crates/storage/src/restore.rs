//! Puts a copy of a SQLite database in the place of the database.

use crate::backup;
use crate::claim::ServingClaim;
use crate::connection::AnyConnection;
use crate::connection::sqlite::{self, Use};
use crate::engine::sqlite_place::{BESIDE, RESTORED, beside, unfinished_restores};
use crate::error::OpenError;
use crate::migrations;
use crate::owner;
use crate::url::{DatabaseUrl, Target};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// PostgreSQL has programs of its own for it.
    #[error("the store is on PostgreSQL; restore it with pg_restore, then mark it as restored before a server starts")]
    NotSqlite,
    /// The file is no copy that could serve.
    #[error("{} can't be restored: {reason}", .file.display())]
    Copy {
        /// The file that was named.
        file: PathBuf,
        /// What was wrong.
        reason: String,
    },
    /// The files can't be changed.
    #[error("the copy can't be put at {}: {reason}", .place.display())]
    Place {
        /// Where the database is.
        place: PathBuf,
        /// What was wrong.
        reason: io::Error,
    },
    /// A server is using the database.
    #[error("a server is using the database {}; stop it, restore, and start it again", .place.display())]
    InUse {
        /// Where the database is.
        place: PathBuf,
    },
    /// The database can't be had.
    #[error(transparent)]
    Database(OpenError),
}

/// A copy that was checked and lies beside the database, and the right to put it there. Dropped, it is removed.
#[derive(Debug)]
pub struct Restoring {
    place: PathBuf,
    draft: PathBuf,
    /// Keeps servers off.
    _claim: ServingClaim,
}

impl Restoring {
    /// Copies `file` to a place beside the database, and checks that copy: that it is a whole database of Portcullis, of
    /// this version or an earlier one. Marks it as a backup, so that the next start signs everybody out.
    ///
    /// If root calls, all but the reading of `file` happens as the user who owns the database, or else its folder, and so
    /// does what this thread does later.
    ///
    /// # Errors
    /// [`RestoreError`], which says what to do.
    pub fn prepare(url: &DatabaseUrl, file: &Path) -> Result<Self, RestoreError> {
        let Target::Sqlite(path) = url.target() else {
            return Err(RestoreError::NotSqlite);
        };
        let unfit = |reason: String| RestoreError::Copy {
            file: file.to_owned(),
            reason,
        };
        // Before anything is made: most often it is another file that was meant.
        let source = source_of(file).map_err(unfit)?;
        // Root alone may be allowed to read it.
        let content = File::open(&source).map_err(|error| unfit(error.to_string()))?;
        owner::act_as_owner(path).map_err(misplaced(path))?;
        let place = sqlite::place_of(path).map_err(misplaced(path))?;
        if source == place {
            return Err(unfit("it is the database itself".to_owned()));
        }
        let claim = ServingClaim::exclusive(&place).map_err(|error| match error {
            OpenError::InUse { .. } => RestoreError::InUse { place: place.clone() },
            error => RestoreError::Database(error),
        })?;
        let restoring = Self {
            draft: beside(&place, ".restoring"),
            place,
            _claim: claim,
        };
        restoring.draw(content).map_err(misplaced(&restoring.place))?;
        restoring.check().map_err(unfit)?;
        Ok(restoring)
    }

    /// Where the checked copy lies, for whoever wants to know more of it before it counts.
    #[must_use]
    pub fn copy(&self) -> DatabaseUrl {
        DatabaseUrl::sqlite_file(self.draft.clone())
    }

    /// Puts the copy in the place of the database. The files of before get other names, which this gives.
    ///
    /// Killed while it moves files, it leaves the copy under a name by which every start and command refuses; another
    /// restore finishes it.
    ///
    /// # Errors
    /// [`RestoreError::Place`].
    pub fn finish(self, now: DateTime<Utc>) -> Result<Vec<PathBuf>, RestoreError> {
        self.put_in_place(&now.format("%Y%m%dT%H%M%S%.6fZ").to_string())
            .map_err(misplaced(&self.place))
    }

    fn put_in_place(&self, name: &str) -> io::Result<Vec<PathBuf>> {
        let unfinished = unfinished_restores(&self.place)?;
        let mut kept = Vec::new();
        for copy in &unfinished {
            let copy = copy.to_string_lossy();
            // Its files of before belong together.
            if let Some((_, name)) = copy.rsplit_once(RESTORED) {
                kept.extend(self.move_aside(name)?);
            }
        }
        let checked = beside(&self.place, &format!("{RESTORED}{name}"));
        fs::rename(&self.draft, &checked)?;
        self.sync_folder()?;
        kept.extend(self.move_aside(name)?);
        fs::rename(&checked, &self.place)?;
        for copy in unfinished {
            remove_if_there(&copy)?;
        }
        self.sync_folder()?;
        Ok(kept)
    }

    /// Gives what is at the place of the database another name; the names.
    fn move_aside(&self, name: &str) -> io::Result<Vec<PathBuf>> {
        let aside = beside(&self.place, &format!(".before-restore-{name}"));
        let mut kept = Vec::new();
        for ending in std::iter::once("").chain(BESIDE) {
            let (file, new) = (beside(&self.place, ending), beside(&aside, ending));
            if file.symlink_metadata().is_ok() {
                fs::rename(&file, &new)?;
                kept.push(new);
            }
        }
        Ok(kept)
    }

    fn sync_folder(&self) -> io::Result<()> {
        File::open(self.place.parent().unwrap_or(&self.place))?.sync_all()
    }

    fn draw(&self, mut content: File) -> io::Result<()> {
        self.remove_draft()?;
        let mut draft = owner::create_for_the_folder(&self.draft)?;
        io::copy(&mut content, &mut draft)?;
        draft.sync_all()
    }

    /// Also what a restore left that was killed: SQLite would take its `-journal` for this one's.
    fn remove_draft(&self) -> io::Result<()> {
        std::iter::once("")
            .chain(BESIDE)
            .try_for_each(|ending| remove_if_there(&beside(&self.draft, ending)))
    }

    /// Marks the copy and then checks it, since the mark is the last that is written. Checks what will serve, not the file
    /// that was named: that one might change meanwhile.
    fn check(&self) -> Result<(), String> {
        let draft = self.draft.to_str().ok_or("its path is not UTF-8")?;
        backup::mark(draft).map_err(|error| error.to_string())?;
        File::open(&self.draft)
            .and_then(|file| file.sync_all())
            .map_err(|error| error.to_string())?;
        let left = BESIDE.map(|ending| beside(&self.draft, ending));
        if let Some(left) = left.iter().find(|left| left.exists()) {
            return Err(format!("{} was left by the mark", left.display()));
        }
        check_copy(&self.draft, Depth::Pages)
    }
}

impl Drop for Restoring {
    fn drop(&mut self) {
        if let Err(error) = self.remove_draft() {
            tracing::warn!(file = %self.draft.display(), %error, "what is left of a restore can't be removed");
        }
    }
}

/// How much of a copy is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// What it is.
    Schema,
    /// Every page.
    Pages,
}

/// The file that was named, if it may be a copy.
fn source_of(file: &Path) -> Result<PathBuf, String> {
    let source = file.canonicalize().map_err(|error| error.to_string())?;
    if !source.is_file() {
        return Err("it is no file".to_owned());
    }
    let log = beside(&source, "-wal");
    if log.exists() {
        return Err(format!(
            "{} holds its newest writes, so it is no copy by itself; make one of both by DATABASE_URL=sqlite:///{} \
             portcullis backup",
            log.display(),
            source.display()
        ));
    }
    check_copy(&source, Depth::Schema)?;
    Ok(source)
}

/// `Err` where it is no database of Portcullis, of this version or an earlier one.
fn check_copy(file: &Path, depth: Depth) -> Result<(), String> {
    let connection = sqlite::connect(file, Use::Looking, Duration::ZERO);
    let mut connection = AnyConnection::Sqlite(connection.map_err(|error| error.to_string())?);
    if depth == Depth::Pages {
        integrity(&mut connection)?;
    }
    match migrations::check(&mut connection) {
        Ok(()) | Err(OpenError::MigrationsPending(_)) => Ok(()),
        Err(OpenError::NotMade) => Err("it is no database of Portcullis".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// `Err` with the first fault of the database's pages.
fn integrity(connection: &mut AnyConnection) -> Result<(), String> {
    let AnyConnection::Sqlite(connection) = connection else {
        return Ok(());
    };
    let found: Vec<String> = diesel::sql_query("PRAGMA integrity_check(1)")
        .load::<Verdict>(connection)
        .map_err(|error| error.to_string())?
        .into_iter()
        .map(|verdict| verdict.integrity_check)
        .collect();
    match found.as_slice() {
        [verdict] if verdict == "ok" => Ok(()),
        faults => Err(format!("it is damaged ({})", faults.join(", "))),
    }
}

#[derive(QueryableByName)]
struct Verdict {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

fn remove_if_there(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

fn misplaced(place: &Path) -> impl Fn(io::Error) -> RestoreError {
    move |reason| RestoreError::Place {
        place: place.to_owned(),
        reason,
    }
}
