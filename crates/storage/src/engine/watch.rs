//! Whether anybody has written to a SQLite file.

use crate::connection::AnyConnection;
use crate::error::StatementError;
use anyhow::anyhow;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::Integer;
use diesel::sqlite::Sqlite;
use portcullis_application::ports::{StoreError, StoreResult};

/// A connection that is asked for its version alone: that of one connection tells nothing to another
/// (<https://www.sqlite.org/pragma.html#pragma_data_version>).
#[derive(Default)]
pub(super) struct Watch {
    connection: Option<AnyConnection>,
    /// How many connections there were.
    number: u32,
}

impl Watch {
    /// A number that is another one as soon as anybody has committed, by whatever connection, or where nobody can tell.
    pub(super) fn version(&mut self, connect: impl FnOnce() -> StoreResult<AnyConnection>) -> StoreResult<u64> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => {
                self.number = self.number.wrapping_add(1);
                none.insert(connect()?)
            }
        };
        let asked: Result<i32, StoreError> = match connection {
            AnyConnection::Sqlite(connection) => DataVersion
                .get_result(connection)
                .map_err(|error| StatementError::from(error).into()),
            AnyConnection::Postgres(_) => Err(StoreError::Unexpected(anyhow!("not a SQLite file"))),
        };
        if asked.is_err() {
            self.connection = None;
        }
        Ok(u64::from(self.number) << 32 | u64::from(asked?.cast_unsigned()))
    }
}

/// Diesel keeps this query prepared. It would prepare plain SQL text each time, and a server at rest asks nothing else.
#[derive(QueryId)]
struct DataVersion;

impl Query for DataVersion {
    type SqlType = Integer;
}

impl RunQueryDsl<SqliteConnection> for DataVersion {}

impl QueryFragment<Sqlite> for DataVersion {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("PRAGMA data_version");
        Ok(())
    }
}
