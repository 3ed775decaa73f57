//! Updates whose prepared statement is kept.
//!
//! Diesel prepares every `UPDATE` anew, since it can't know whether the next one of its type sets the same columns.
//! On PostgreSQL that doubles the cost of a short transaction.

use super::any::AnyConnection;
use diesel::backend::Backend;
use diesel::connection::Connection;
use diesel::deserialize::FromSqlRow;
use diesel::expression::QueryMetadata;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::methods::LoadQuery;
use diesel::query_dsl::{CompatibleType, RunQueryDsl};
use diesel::result::Error;
use diesel::sqlite::Sqlite;
use diesel::{OptionalExtension, QueryResult, SqliteConnection};

/// A statement whose text is the same whenever it is made: it is prepared once for each connection. Found again by
/// its text, so that one that breaks this promise costs memory but is never confused with another.
pub(crate) struct Cached<S>(pub(crate) S);

impl<S: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Cached<S> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    // Diesel does not come here where it asks by a reference to the statement. The enum of connections does that with
    // statements whose rows are counted, so those go past it, to the connection inside and by value.
    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<S> QueryId for Cached<S> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<S: Query> Query for Cached<S> {
    type SqlType = S::SqlType;
}

impl<S, Connection> RunQueryDsl<Connection> for Cached<S> {}

impl<S: QueryFragment<Pg> + QueryFragment<Sqlite>> Cached<S> {
    /// Runs it. How many rows it wrote.
    pub(crate) fn execute(self, connection: &mut AnyConnection) -> QueryResult<usize> {
        match connection {
            AnyConnection::Postgres(connection) => connection.execute(self),
            AnyConnection::Sqlite(connection) => connection.execute_returning_count(&self),
        }
    }

    /// Runs it, and then a query for one row, without waiting in between where the database is far. `None` where it
    /// wrote nothing or the row is not there. The query sees what was committed while the update waited for a lock.
    pub(crate) fn execute_then_find<'query, Q, T, Row>(
        self,
        query: Q,
        connection: &mut AnyConnection,
    ) -> QueryResult<Option<T>>
    where
        Q: Query + QueryFragment<Pg> + QueryId + LoadQuery<'query, SqliteConnection, T> + RunQueryDsl<SqliteConnection>,
        Q: 'query,
        Pg: QueryMetadata<Q::SqlType>,
        Q::SqlType: CompatibleType<T, Pg, SqlType = Row>,
        T: FromSqlRow<Row, Pg>,
    {
        match connection {
            AnyConnection::Postgres(connection) => {
                let (written, rows) = connection.execute_then_load(self, query)?;
                let row = rows.into_iter().next().filter(|_| written > 0);
                row.map(|row| T::build_from_row(&row).map_err(Error::DeserializationError))
                    .transpose()
            }
            AnyConnection::Sqlite(connection) => {
                if connection.execute_returning_count(&self)? == 0 {
                    return Ok(None);
                }
                query.get_result(connection).optional()
            }
        }
    }
}
