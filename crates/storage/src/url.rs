//! Where the database is, as `DATABASE_URL` says it.

mod error;
mod parameters;
mod postgres;

pub use error::DatabaseUrlError;
pub(crate) use postgres::{PostgresUrl, SslMode};
use std::fmt;
use std::path::{Path, PathBuf};

/// The kinds of databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseKind {
    /// A file of this machine, for one server.
    Sqlite,
    /// A server, for as many replicas as wanted.
    Postgres,
}

/// Where the database is. What it prints has no password.
#[derive(Clone)]
pub struct DatabaseUrl(Target);

#[derive(Clone)]
pub(crate) enum Target {
    Sqlite(PathBuf),
    Postgres(Box<PostgresUrl>),
}

impl DatabaseUrl {
    /// Parses `sqlite:///relative`, `sqlite:////absolute` (three slashes and four),
    /// `postgres://…` or `postgresql://…`.
    ///
    /// PostgreSQL takes `sslmode` (`disable`, `prefer`, `require`, `verify-ca`, `verify-full`; `prefer` where it is not
    /// said) and `sslrootcert=FILE` in the query. `prefer` and `require` encrypt without asking whom; `require` with a
    /// file is `verify-ca`, as with libpq. The verifying modes use the system's certificates where no file is named.
    /// `sslrootcert=system` implies `verify-full` and takes no weaker mode.
    ///
    /// # Errors
    /// The first of [`DatabaseUrlError`] that holds.
    pub fn parse(text: &str) -> Result<Self, DatabaseUrlError> {
        let text = text.trim();
        match text.split_once("://") {
            Some(("sqlite", rest)) => Self::parse_sqlite(rest),
            Some(("postgres" | "postgresql", _)) => {
                PostgresUrl::parse(text).map(Box::new).map(Target::Postgres).map(Self)
            }
            _ if text.starts_with("sqlite:") => Err(DatabaseUrlError::SqlitePath),
            _ => Err(DatabaseUrlError::Scheme),
        }
    }

    /// A SQLite file.
    #[must_use]
    pub fn sqlite_file(path: PathBuf) -> Self {
        Self(Target::Sqlite(path))
    }

    /// Which of the databases it names.
    #[must_use]
    pub fn kind(&self) -> DatabaseKind {
        match &self.0 {
            Target::Sqlite(_) => DatabaseKind::Sqlite,
            Target::Postgres(_) => DatabaseKind::Postgres,
        }
    }

    /// The file, where it names one.
    #[must_use]
    pub fn sqlite_path(&self) -> Option<&Path> {
        match &self.0 {
            Target::Sqlite(path) => Some(path),
            Target::Postgres(_) => None,
        }
    }

    pub(crate) fn target(&self) -> &Target {
        &self.0
    }

    fn parse_sqlite(rest: &str) -> Result<Self, DatabaseUrlError> {
        if rest.contains(":memory:") || rest.is_empty() || rest == "/" {
            return Err(DatabaseUrlError::InMemory);
        }
        let path = rest.strip_prefix('/').ok_or(DatabaseUrlError::SqlitePath)?;
        if path.ends_with('/') || path.contains(['?', '\0']) {
            return Err(DatabaseUrlError::SqlitePath);
        }
        Ok(Self::sqlite_file(PathBuf::from(path)))
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Target::Sqlite(path) => path.display().fmt(out),
            Target::Postgres(url) => url.fmt(out),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "DatabaseUrl({self})")
    }
}
