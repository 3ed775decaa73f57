//! Puts a copy of a SQLite database in the place of the database.

use crate::backup;
use crate::claim::ServingClaim;
use crate::connection::AnyConnection;
use crate::connection::sqlite::{self, Use};
use crate::engine::sqlite_place::{BESIDE, beside, refuse_foreign_files};
use crate::error::OpenError;
use crate::migrations;
use crate::url::{DatabaseUrl, Target};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why nothing was restored. The database is as it was.
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
    #[error("the copy can't be put at {}: {source}", .place.display())]
    Place {
        /// Where the database is.
        place: PathBuf,
        /// What was wrong.
        source: io::Error,
    },
    /// A server is using the database.
    #[error(transparent)]
    Database(#[from] OpenError),
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
        let source = file.canonicalize().map_err(|error| unfit(error.to_string()))?;
        let place = sqlite::place_of(path).map_err(misplaced(path))?;
        if source == place {
            return Err(unfit("it is the database itself".to_owned()));
        }
        let own_log = beside(&source, "-wal");
        if own_log.exists() {
            let own_log = own_log.display();
            return Err(unfit(format!(
                "{own_log} belongs to it, so it is a database in use and no copy; copy it by `portcullis backup`"
            )));
        }
        let claim = ServingClaim::exclusive(&place)?;
        let restoring = Self {
            draft: beside(&place, ".restoring"),
            place,
            _claim: claim,
        };
        restoring.draw(&source).map_err(misplaced(&restoring.place))?;
        restoring.check().map_err(unfit)?;
        Ok(restoring)
    }

    /// Where the checked copy lies, for whoever wants to know more of it before it counts.
    #[must_use]
    pub fn copy(&self) -> DatabaseUrl {
        DatabaseUrl::sqlite_file(self.draft.clone())
    }

    /// Puts the copy in the place of the database. The files of before stay under other names, which this gives.
    ///
    /// Killed before the copy has the name, it has changed nothing. Killed afterwards, it leaves files beside the copy
    /// that make a start refuse, and another restore puts that right.
    ///
    /// # Errors
    /// [`RestoreError::Place`].
    pub fn finish(self, now: DateTime<Utc>) -> Result<Vec<PathBuf>, RestoreError> {
        let wrong = misplaced(&self.place);
        let mark = format!(".before-restore-{}", now.format("%Y%m%dT%H%M%S%.6fZ"));
        let aside = beside(&self.place, &mark);
        let files: Vec<(PathBuf, PathBuf)> = std::iter::once("")
            .chain(BESIDE)
            .map(|ending| (beside(&self.place, ending), beside(&aside, ending)))
            .filter(|(file, _)| file.exists())
            .collect();
        let folder = self.place.parent().unwrap_or(&self.place);
        for (file, kept) in &files {
            fs::hard_link(file, kept).map_err(&wrong)?;
        }
        fs::rename(&self.draft, &self.place).map_err(&wrong)?;
        for ending in BESIDE {
            remove_if_there(&beside(&self.place, ending)).map_err(&wrong)?;
        }
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(&wrong)?;
        Ok(files.into_iter().map(|(_, kept)| kept).collect())
    }

    /// The copy has the owner of the folder, so that a server that is not root's can use what root restored.
    fn draw(&self, source: &Path) -> io::Result<()> {
        remove_if_there(&self.draft)?;
        fs::copy(source, &self.draft)?;
        fs::set_permissions(&self.draft, fs::Permissions::from_mode(0o600))?;
        let folder = fs::metadata(self.place.parent().unwrap_or(&self.place))?;
        for file in [self.draft.clone(), beside(&self.place, ".lock")] {
            if fs::metadata(&file)?.uid() != folder.uid() {
                chown(&file, Some(folder.uid()), Some(folder.gid()))?;
            }
        }
        File::open(&self.draft)?.sync_all()
    }

    /// Checks what will serve, not the file that was named: that one might change meanwhile.
    fn check(&self) -> Result<(), String> {
        refuse_foreign_files(&self.draft).map_err(|error| error.to_string())?;
        let connection = sqlite::connect(&self.draft, Use::Looking, Duration::ZERO);
        let mut connection = AnyConnection::Sqlite(connection.map_err(|error| error.to_string())?);
        integrity(&mut connection)?;
        match migrations::check(&mut connection) {
            Ok(()) | Err(OpenError::MigrationsPending(_)) => {}
            Err(OpenError::NotMade) => return Err("it is no database of Portcullis".to_owned()),
            Err(error) => return Err(error.to_string()),
        }
        drop(connection);
        let draft = self.draft.to_str().ok_or("its path is not UTF-8")?;
        backup::mark(draft).map_err(|error| error.to_string())?;
        File::open(&self.draft)
            .and_then(|file| file.sync_all())
            .map_err(|error| error.to_string())
    }
}

impl Drop for Restoring {
    fn drop(&mut self) {
        for file in ["", "-wal", "-shm", "-journal"].map(|ending| beside(&self.draft, ending)) {
            if let Err(error) = remove_if_there(&file) {
                tracing::warn!(file = %file.display(), %error, "what is left of a restore can't be removed");
            }
        }
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
    move |source| RestoreError::Place {
        place: place.to_owned(),
        source,
    }
}
