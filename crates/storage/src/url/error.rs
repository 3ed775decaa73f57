//! Why a text is no database URL.

use std::fmt;

const KNOWN: &str = "known are sslmode, sslrootcert, connect_timeout and a few more of libpq's, as in \
    postgres://user:password@localhost:5432/portcullis?sslmode=verify-full";

/// The parameter that was meant, as a part of the sentence.
struct Mistaken(Option<&'static str>);

impl fmt::Display for Mistaken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(meant) => write!(out, " (did you mean {meant}?)"),
            None => Ok(()),
        }
    }
}

/// Why a text is no database URL. Of the text itself it says no more than the name of a parameter, since the text may
/// hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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
    /// A parameter that nobody knows.
    #[error("it has the parameter {name}, which is not known{}; {}", Mistaken(*.meant), KNOWN)]
    UnknownParameter {
        /// As it was written.
        name: String,
        /// The one that it was meant to be, as it seems.
        meant: Option<&'static str>,
    },
    /// A parameter of libpq that is not supported.
    #[error("it has the parameter {0}, which libpq knows and this program does not; leave it out. {KNOWN}")]
    UnsupportedParameter(&'static str),
    /// A parameter whose value is not one of those that it takes.
    #[error("its parameter {0} has a value that it does not take")]
    ParameterValue(&'static str),
    /// A parameter that stands there again: which of the two was meant, nobody can know.
    #[error("it has the parameter {0} more than once; leave one of them")]
    RepeatedParameter(&'static str),
    /// A fragment, or a `#` that was meant otherwise.
    #[error("it has a # in it, behind which nothing may stand; write %23 where it is a part of a name or password")]
    Fragment,
    /// Something in the query that is not a parameter.
    #[error("what follows its ? is not understood; {KNOWN}")]
    Parameter,
    /// Not of the form of a PostgreSQL URL.
    #[error("it is not of the form postgres://user:password@localhost:5432/portcullis")]
    Postgres,
}
