//! SQL on the SQLite file of a server that runs.

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel::{Connection, RunQueryDsl, SqliteConnection};
use std::path::Path;

/// Runs statements.
pub(crate) fn execute(file: &Path, statements: &str) {
    connect(file).batch_execute(statements).unwrap();
}

/// Asks for one column of text.
pub(crate) fn column(file: &Path, query: &str) -> Vec<String> {
    sql::<Text>(query).load(&mut connect(file)).unwrap()
}

/// Whether somebody holds the right to write at this moment.
pub(crate) fn is_held(file: &Path) -> bool {
    let mut connection = connect(file);
    let taken = connection.batch_execute("PRAGMA busy_timeout = 0; BEGIN IMMEDIATE; ROLLBACK");
    taken.is_err()
}

/// The server may be writing, so that a statement waits its turn.
fn connect(file: &Path) -> SqliteConnection {
    let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    connection
        .batch_execute("PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON;")
        .unwrap();
    connection
}
