//! Where the database is, as `DATABASE_URL` says it.

mod postgres;

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

/// Why a text is no database URL. Says nothing of the text itself, since it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseUrlError {
    /// Neither SQLite nor PostgreSQL.
    #[error("it must start with sqlite:/// or postgres://, as sqlite:///./data/portcullis.db does")]
    Scheme,
    /// A SQLite URL without a file, with something before it, or with parameters.
    #[error(
        "after sqlite:/// comes the path of a file, and nothing else: sqlite:///./portcullis.db is relative, \
         sqlite:////var/lib/portcullis.db is absolute"
    )]
    SqlitePath,
    /// A database in memory ends with its connection.
    #[error("a database in memory keeps nothing; name a file, as sqlite:///./data/portcullis.db does")]
    InMemory,
    /// An unknown `sslmode`.
    #[error("sslmode is one of disable, prefer, require, verify-ca and verify-full")]
    SslMode,
    /// The system's roots with a mode that does not verify the server's name.
    #[error("sslrootcert=system goes with sslmode=verify-full alone, which it implies")]
    SystemRoots,
    /// Characters of a user or password that mean something else in a URL.
    #[error(
        "user and password must be percent-encoded, such as @ by %40, / by %2F and ? by %3F; so must every other @ \
         but the one before the host"
    )]
    Encoding,
    /// Something in the query that is not understood.
    #[error(
        "it has a parameter that is not known; known are sslmode, sslrootcert, connect_timeout and a few more of \
         libpq's, as in postgres://user:password@localhost:5432/portcullis?sslmode=verify-full"
    )]
    Parameter,
    /// Not of the form of a PostgreSQL URL.
    #[error("it is not of the form postgres://user:password@localhost:5432/portcullis")]
    Postgres,
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
