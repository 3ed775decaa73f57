//! Why a text is no database URL.

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
