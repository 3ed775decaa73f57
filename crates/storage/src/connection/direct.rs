//! Queries that are run by the connection inside the enum.
//!
//! For the enum, Diesel writes the text of a query anew each time, to find the statement that was prepared for it: half of what
//! a look-up by key costs. The connection inside finds it by the query's type.

use super::any::AnyConnection;
use super::postgres::PgTls;
use diesel::query_dsl::RunQueryDsl;
use diesel::query_dsl::methods::LoadQuery;
use diesel::{OptionalExtension as _, QueryResult, SqliteConnection};

/// The one row of the query, if there is any.
pub(crate) fn find<'query, Q, T>(query: Q, connection: &mut AnyConnection) -> QueryResult<Option<T>>
where
    Q: LoadQuery<'query, PgTls, T> + LoadQuery<'query, SqliteConnection, T>,
    Q: RunQueryDsl<PgTls> + RunQueryDsl<SqliteConnection>,
{
    match connection {
        AnyConnection::Postgres(connection) => query.get_result(connection),
        AnyConnection::Sqlite(connection) => query.get_result(connection),
    }
    .optional()
}

/// All rows of the query.
pub(crate) fn list<'query, Q, T>(query: Q, connection: &mut AnyConnection) -> QueryResult<Vec<T>>
where
    Q: LoadQuery<'query, PgTls, T> + LoadQuery<'query, SqliteConnection, T>,
    Q: RunQueryDsl<PgTls> + RunQueryDsl<SqliteConnection>,
{
    match connection {
        AnyConnection::Postgres(connection) => query.load(connection),
        AnyConnection::Sqlite(connection) => query.load(connection),
    }
}
