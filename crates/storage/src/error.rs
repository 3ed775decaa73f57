//! From the databases' errors to the ones that callers can act on.

use crate::unsuitable::Unsuitable;
use anyhow::anyhow;
use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error};
use portcullis_application::ports::StoreError;
use std::path::PathBuf;

/// Why a statement gave no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StatementError {
    #[error(transparent)]
    Query(#[from] Error),
    #[error(transparent)]
    Row(#[from] RefusedRow),
}

impl StatementError {
    /// Whether the server that refused it takes no writes: the address points to the wrong one for a moment.
    pub(crate) fn is_of_a_read_only_server(&self) -> bool {
        matches!(
            self,
            Self::Query(Error::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _))
        )
    }
}

/// A row that the domain does not take: somebody else wrote it, or a migration forgot it. Says nothing of the value.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{column}: {reason}")]
pub(crate) struct RefusedRow {
    /// Table and column.
    column: &'static str,
    reason: String,
}

impl RefusedRow {
    #[expect(clippy::needless_pass_by_value, reason = "errors are handed on by value")]
    pub(crate) fn new(column: &'static str, reason: impl ToString) -> Self {
        Self {
            column,
            reason: reason.to_string(),
        }
    }
}

impl From<StatementError> for StoreError {
    fn from(error: StatementError) -> Self {
        match error {
            StatementError::Query(error) => of_query(error),
            StatementError::Row(row) => Self::Unexpected(row.into()),
        }
    }
}

fn of_query(error: Error) -> StoreError {
    let Error::DatabaseError(kind, information) = error else {
        return StoreError::Unexpected(error.into());
    };
    match kind {
        DatabaseErrorKind::UniqueViolation => StoreError::Conflict,
        DatabaseErrorKind::SerializationFailure => StoreError::Busy,
        DatabaseErrorKind::UnableToSendCommand
        | DatabaseErrorKind::ClosedConnection
        | DatabaseErrorKind::ReadOnlyTransaction => StoreError::Unavailable(anyhow!(described(&*information))),
        _ => of_message(&*information),
    }
}

/// Diesel does not pass on SQLite's result codes, so its texts have to do. They are always these: SQLite is compiled in, and
/// speaks English alone. What PostgreSQL says has been told by its code before.
fn of_message(information: &(dyn DatabaseErrorInformation + Send + Sync)) -> StoreError {
    const BUSY: [&str; 2] = ["database is locked", "database table is locked"];
    const UNAVAILABLE: [&str; 7] = [
        "database disk image is malformed",
        "file is not a database",
        "disk I/O error",
        "database or disk is full",
        "unable to open database file",
        "attempt to write a readonly database",
        "out of memory",
    ];
    let message = information.message();
    if BUSY.iter().any(|text| message.contains(text)) {
        StoreError::Busy
    } else if UNAVAILABLE.iter().any(|text| message.contains(text)) {
        StoreError::Unavailable(anyhow!(described(information)))
    } else {
        StoreError::Unexpected(anyhow!(described(information)))
    }
}

/// The message and the constraint. Details are left out: PostgreSQL puts values of the row there.
fn described(information: &(dyn DatabaseErrorInformation + Send + Sync)) -> String {
    match information.constraint_name() {
        Some(constraint) => format!("{} ({constraint})", information.message()),
        None => information.message().to_owned(),
    }
}

/// What is behind it, for the log.
pub(crate) fn reason(error: &StoreError) -> String {
    match error {
        StoreError::Unavailable(reason) | StoreError::Unexpected(reason) => format!("{reason:#}"),
        error => error.to_string(),
    }
}

impl From<OpenError> for StoreError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Store(error) => error,
            error @ (OpenError::Unreachable { .. }
            | OpenError::InUse { .. }
            | OpenError::NotMade
            | OpenError::ForeignFiles { .. }
            | OpenError::MissingBesideItsLog { .. }
            | OpenError::UnfinishedRestore { .. }
            | OpenError::Unclosed { .. }
            | OpenError::MigrationsPending(_)
            | OpenError::NewerSchema(_)
            | OpenError::Unsuitable(_)
            | OpenError::Migration(_)) => Self::Unavailable(error.into()),
        }
    }
}

/// Why a database can't be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It does not answer, or does not let us in.
    #[error("the database {database} can't be opened: {reason}")]
    Unreachable {
        /// Its address, without a password.
        database: String,
        /// What was wrong.
        reason: String,
    },
    /// Another server holds the SQLite file.
    #[error("another server is using the database {database}; stop it first, or use PostgreSQL for several")]
    InUse {
        /// The file.
        database: String,
    },
    /// There is no store: no file, or a database without any migration.
    #[error("there is no store yet; the first start makes it, or `portcullis migrate`")]
    NotMade,
    /// Files beside a SQLite database belong to another one.
    #[error(
        "{} beside {database} belong to another database, and would undo or destroy what is in it; move them away, and \
         restore a copy by `portcullis restore FILE`",
        shown(.files)
    )]
    ForeignFiles {
        /// The database.
        database: String,
        /// Those beside it.
        files: Vec<PathBuf>,
    },
    /// A SQLite database is missing beside the files that belong to it.
    #[error(
        "the database {database} is missing, and {} beside it hold its newest writes; put it back there, or restore a copy \
         by `portcullis restore FILE`",
        shown(.files)
    )]
    MissingBesideItsLog {
        /// The database.
        database: String,
        /// Those beside it.
        files: Vec<PathBuf>,
    },
    /// A restore was killed while it moved files.
    #[error(
        "a restore of the database {database} did not come to its end; finish it by `portcullis restore {}`",
        .copy.display()
    )]
    UnfinishedRestore {
        /// The database.
        database: String,
        /// The checked copy that is to take its place.
        copy: PathBuf,
    },
    /// A SQLite database was not closed, and can't be looked at without a trace.
    #[error("the database {database} was not closed, as after a copy or a crash; the next start puts that right")]
    Unclosed {
        /// The file.
        database: String,
    },
    /// The schema is older than the program.
    #[error("the database lacks {0} migration(s); run `portcullis migrate`")]
    MigrationsPending(usize),
    /// The schema is newer than the program.
    #[error("the database has migration {0}, which this version does not know; run a newer version")]
    NewerSchema(String),
    /// It answers, and this program can't work with it.
    #[error(transparent)]
    Unsuitable(#[from] Unsuitable),
    /// A migration did not succeed; it left nothing behind.
    #[error("the database can't be migrated: {0}")]
    Migration(String),
    /// Anything else.
    #[error("the database can't be used: {}", told(.0))]
    Store(#[from] StoreError),
}

/// What is behind it: whoever starts the program has to mend it.
fn told(error: &StoreError) -> String {
    match error {
        StoreError::Unavailable(reason) | StoreError::Unexpected(reason) => format!("{reason:#}"),
        StoreError::Busy | StoreError::Conflict => error.to_string(),
    }
}

fn shown(files: &[PathBuf]) -> String {
    let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    files.join(" and ")
}
