//! What Diesel asks of a connection.

use super::client::Sendable;
use super::{PgRow, PgTls};
use diesel::connection::{
    AnsiTransactionManager, CacheSize, Connection, DefaultLoadingMode, Instrumentation, LoadConnection,
    SimpleConnection, TransactionManager,
};
use diesel::expression::QueryMetadata;
use diesel::internal::derives::multiconnection::ConnectionSealed;
use diesel::migration::{CREATE_MIGRATIONS_TABLE, MigrationConnection};
use diesel::pg::Pg;
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel::r2d2::R2D2Connection;
use diesel::result::{ConnectionError, ConnectionResult, QueryResult};
use std::iter::Map;
use std::vec::IntoIter;

impl SimpleConnection for PgTls {
    fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        self.send(|client| client.run(query))
    }
}

impl ConnectionSealed for PgTls {}

impl Connection for PgTls {
    type Backend = Pg;
    type TransactionManager = AnsiTransactionManager;

    fn establish(_: &str) -> ConnectionResult<Self> {
        Err(ConnectionError::BadConnection(
            "a connection to PostgreSQL is made from a parsed URL".to_owned(),
        ))
    }

    fn execute_returning_count<T>(&mut self, source: &T) -> QueryResult<usize>
    where
        T: QueryFragment<Pg> + QueryId,
    {
        self.execute(source)
    }

    fn transaction_state(&mut self) -> &mut <AnsiTransactionManager as TransactionManager<Self>>::TransactionStateData {
        &mut self.transactions
    }

    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        &mut *self.instrumentation
    }

    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        self.instrumentation = instrumentation.into();
    }

    /// Nobody asks for it: those whose text is always the same are kept, and they are few.
    fn set_prepared_statement_cache_size(&mut self, _: CacheSize) {}
}

impl LoadConnection<DefaultLoadingMode> for PgTls {
    type Cursor<'conn, 'query>
        = Map<IntoIter<PgRow>, fn(PgRow) -> QueryResult<PgRow>>
    where
        Self: 'conn;
    type Row<'conn, 'query>
        = PgRow
    where
        Self: 'conn;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> QueryResult<Self::Cursor<'conn, 'query>>
    where
        T: Query + QueryFragment<Pg> + QueryId + 'query,
        Pg: QueryMetadata<T::SqlType>,
    {
        let query = Sendable::of(&source);
        let rows = self.send(|client| client.rows(query))?;
        Ok(rows.into_iter().map(Ok as fn(PgRow) -> QueryResult<PgRow>))
    }
}

impl R2D2Connection for PgTls {
    fn ping(&mut self) -> QueryResult<()> {
        self.batch_execute("SELECT 1")
    }

    fn is_broken(&mut self) -> bool {
        self.is_lost()
    }
}

impl MigrationConnection for PgTls {
    fn setup(&mut self) -> QueryResult<usize> {
        self.batch_execute(CREATE_MIGRATIONS_TABLE).map(|()| 0)
    }
}
