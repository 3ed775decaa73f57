//! The enum that Diesel's derive makes a connection of.

use super::postgres::PgTls;
use crate::deadline::Deadline;
use crate::error::StatementError;
use diesel::pg::Pg;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::result::Error;
use diesel::sqlite::Sqlite;
use diesel::{Connection, MultiConnection, QueryResult, SqliteConnection};
use portcullis_application::ports::StoreError;

/// A connection to either database.
#[derive(MultiConnection)]
#[expect(
    clippy::large_enum_variant,
    reason = "there are as many as connections, and they stay where they are"
)]
pub(crate) enum AnyConnection {
    /// PostgreSQL, with or without TLS.
    Postgres(PgTls),
    /// SQLite.
    Sqlite(SqliteConnection),
}

impl AnyConnection {
    /// What it means that a statement failed on this connection.
    pub(crate) fn store_error(&mut self, error: impl Into<StatementError>) -> StoreError {
        let error = error.into();
        if error.is_of_a_read_only_server() {
            self.give_up();
        }
        match StoreError::from(error) {
            // Whatever the server said before.
            StoreError::Unexpected(reason) if self.is_lost() => StoreError::Unavailable(reason),
            error => error,
        }
    }

    /// By when whoever uses it from now on must have an answer.
    pub(crate) fn answer_by(&mut self, deadline: Deadline) {
        match self {
            Self::Postgres(connection) => connection.answer_by(deadline),
            Self::Sqlite(_) => {}
        }
    }

    /// Whether the database ends a statement before its caller stops to wait for it.
    pub(crate) fn has_time_for_a_statement(&self) -> bool {
        match self {
            Self::Postgres(connection) => connection.has_time_for_a_statement(),
            // Who stops to wait for the writer is told of it (see `Writer`).
            Self::Sqlite(_) => true,
        }
    }

    /// Whether nothing can be sent over it any more. Asks nobody.
    pub(crate) fn is_lost(&mut self) -> bool {
        match self {
            Self::Postgres(connection) => connection.is_lost(),
            Self::Sqlite(_) => false,
        }
    }

    /// Whether its last use has shown that nothing can be sent over it any more.
    pub(crate) fn is_known_lost(&self) -> bool {
        match self {
            Self::Postgres(connection) => connection.is_known_lost(),
            Self::Sqlite(_) => false,
        }
    }

    /// Whether a unit that writes has the whole database to itself, so that no row need be held: SQLite has one writer.
    pub(crate) fn writes_alone(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// Opens a transaction, which [`end`](Self::end) ends. SQLite's are the writer's, which has a batch of units in one.
    pub(crate) fn begin(&mut self) {
        match self {
            Self::Postgres(connection) => connection.begin(),
            Self::Sqlite(_) => {}
        }
    }

    /// Ends the transaction by `COMMIT` or `ROLLBACK`.
    pub(crate) fn end(&mut self, statement: &str) -> QueryResult<()> {
        match self {
            Self::Postgres(connection) => connection.end(statement),
            Self::Sqlite(_) => Ok(()),
        }
    }

    /// Runs a statement that adds one row. Where the database is far, it goes out with the next statement, whose error then is
    /// that of this one; [`settle`](Self::settle) ends the wait for what no statement follows.
    pub(crate) fn insert_soon<T>(&mut self, statement: &T) -> QueryResult<()>
    where
        T: QueryFragment<Pg> + QueryFragment<Sqlite> + QueryId,
    {
        match self {
            Self::Postgres(connection) => connection.insert_soon(statement),
            Self::Sqlite(connection) => has_taken_the_row(connection.execute_returning_count(statement)?),
        }
    }

    /// Waits until the rows are added that were to be soon.
    pub(crate) fn settle(&mut self) -> QueryResult<()> {
        match self {
            Self::Postgres(connection) => connection.settle(),
            Self::Sqlite(_) => Ok(()),
        }
    }

    /// Sees to it that the pool does not give it out again.
    pub(crate) fn give_up(&mut self) {
        match self {
            Self::Postgres(connection) => connection.give_up(),
            Self::Sqlite(_) => {}
        }
    }
}

/// A trigger can drop an insert without an error.
pub(super) fn has_taken_the_row(count: usize) -> QueryResult<()> {
    if count == 1 {
        Ok(())
    } else {
        Err(Error::QueryBuilderError("the database took no row".into()))
    }
}
