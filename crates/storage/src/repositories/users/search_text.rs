//! What is searched of a user, where nothing wrote it yet.

use super::UserRow;
use crate::connection::AnyConnection;
use crate::error::StatementError;
use crate::schema::users;
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use portcullis_application::ports::search_text;
use portcullis_domain::User;

/// How many users are written in one transaction. Whoever writes to them meanwhile waits for no more than these.
const BATCH: i64 = 1_000;

/// As the index of those says it.
const IS_MISSING: &str = "users.search_text = ''";

/// Writes it for the users of the schema before, a batch at a time; how many. The databases can't do it themselves:
/// neither folds letter case as the program does. Where none is missing, nothing is written. One that was stopped is
/// taken up by the next.
pub(crate) fn fill(connection: &mut AnyConnection) -> Result<usize, StatementError> {
    let mut filled = 0;
    while !missing(connection, 1)?.is_empty() {
        filled += fill_batch(connection)?;
    }
    Ok(filled)
}

fn fill_batch(connection: &mut AnyConnection) -> Result<usize, StatementError> {
    // A transaction that began by reading could not go on to write while somebody else writes to the same file.
    connection.batch_execute(match connection {
        AnyConnection::Sqlite(_) => "BEGIN IMMEDIATE",
        AnyConnection::Postgres(_) => "BEGIN",
    })?;
    let mut filled = 0;
    for row in missing(connection, BATCH)? {
        filled += fill_one(connection, row)?;
    }
    connection.batch_execute("COMMIT")?;
    Ok(filled)
}

fn missing(connection: &mut AnyConnection, limit: i64) -> QueryResult<Vec<UserRow>> {
    users::table
        .filter(sql::<Bool>(IS_MISSING))
        .order(users::id)
        .limit(limit)
        .load(connection)
}

/// A server of the version before may have changed the user meanwhile: then nothing is written, and the next look finds
/// the user again.
fn fill_one(connection: &mut AnyConnection, row: UserRow) -> Result<usize, StatementError> {
    let unchanged = users::table
        .find(row.id)
        .filter(users::email.eq(row.email.clone()))
        .filter(users::full_name.eq(row.full_name.clone()));
    let text = search_text(&User::try_from(row)?);
    Ok(diesel::update(unchanged)
        .set(users::search_text.eq(text))
        .execute(connection)?)
}
