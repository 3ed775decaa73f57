//! What a refusal of the server is, by its code: its words may be in any language.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error};
use tokio_postgres::error::{DbError, SqlState};

/// A refusal, in the words of the server.
struct Refusal(DbError);

impl DatabaseErrorInformation for Refusal {
    fn message(&self) -> &str {
        self.0.message()
    }

    fn details(&self) -> Option<&str> {
        self.0.detail()
    }

    fn hint(&self) -> Option<&str> {
        self.0.hint()
    }

    fn table_name(&self) -> Option<&str> {
        self.0.table()
    }

    fn column_name(&self) -> Option<&str> {
        self.0.column()
    }

    fn constraint_name(&self) -> Option<&str> {
        self.0.constraint()
    }

    fn statement_position(&self) -> Option<i32> {
        None
    }
}

/// The driver's error as one of Diesel's, whose kinds say what callers can act on.
pub(super) fn told_by_its_code(error: tokio_postgres::Error) -> Error {
    match error.as_db_error() {
        Some(refusal) => Error::DatabaseError(kind_of(refusal.code()), Box::new(Refusal(refusal.clone()))),
        // Nothing came back.
        None => Error::DatabaseError(
            DatabaseErrorKind::UnableToSendCommand,
            Box::new(format!("{:#}", anyhow::Error::from(error))),
        ),
    }
}

/// Diesel has no kind for most codes. Those that mean the same to a caller have the same kind: `SerializationFailure` is
/// that somebody else was in the way, and the same call may succeed in a moment; `UnableToSendCommand` is that the server
/// can't do it at present.
fn kind_of(code: &SqlState) -> DatabaseErrorKind {
    match *code {
        SqlState::UNIQUE_VIOLATION => DatabaseErrorKind::UniqueViolation,
        SqlState::FOREIGN_KEY_VIOLATION => DatabaseErrorKind::ForeignKeyViolation,
        SqlState::NOT_NULL_VIOLATION => DatabaseErrorKind::NotNullViolation,
        SqlState::CHECK_VIOLATION => DatabaseErrorKind::CheckViolation,
        SqlState::READ_ONLY_SQL_TRANSACTION => DatabaseErrorKind::ReadOnlyTransaction,
        SqlState::T_R_SERIALIZATION_FAILURE
        | SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::LOCK_NOT_AVAILABLE
        | SqlState::QUERY_CANCELED => DatabaseErrorKind::SerializationFailure,
        SqlState::INSUFFICIENT_PRIVILEGE => DatabaseErrorKind::UnableToSendCommand,
        _ => match code.code().get(..2) {
            // Of the connection; of disks, memory and connections; of whoever runs the server; of the system below it.
            Some("08" | "53" | "57" | "58") => DatabaseErrorKind::UnableToSendCommand,
            _ => DatabaseErrorKind::Unknown,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_says_whether_to_try_again_soon_or_later() {
        let kind = |code: &str| kind_of(&SqlState::from_code(code));
        for busy in ["40001", "40P01", "55P03", "57014"] {
            assert!(matches!(kind(busy), DatabaseErrorKind::SerializationFailure), "{busy}");
        }
        for away in ["08006", "42501", "53100", "53200", "53300", "57P01", "57P03", "58030"] {
            assert!(matches!(kind(away), DatabaseErrorKind::UnableToSendCommand), "{away}");
        }
        for fault in ["42P01", "42601", "22P02", "XX000"] {
            assert!(matches!(kind(fault), DatabaseErrorKind::Unknown), "{fault}");
        }
    }
}
