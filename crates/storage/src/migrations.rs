//! The schema's history, embedded in the program.

use crate::connection::AnyConnection;
use crate::error::{OpenError, StatementError};
use crate::rights;
use crate::schema::__diesel_schema_migrations;
use crate::unsuitable::Unsuitable;
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::{Bool, Nullable, Text};
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::collections::BTreeSet;
use std::time::Duration;

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// Names the lock that replicas take one after the other to migrate: the bytes of `portcull`.
const LOCK: i64 = 0x706f_7274_6375_6c6c;

/// How long a statement of a migration may take, and how long a replica waits for another one to migrate.
const LIMIT: Duration = Duration::from_mins(10);

/// Applies what is pending; how many. Of several callers at once, one does it and the others wait. Where nothing is
/// pending, nothing is written, so that a role that may not change tables can start.
pub(crate) fn apply(connection: &mut AnyConnection) -> Result<usize, OpenError> {
    if !is_pending(connection)? {
        return Ok(0);
    }
    match connection {
        AnyConnection::Sqlite(connection) => connection.immediate_transaction(|connection| {
            let applied = connection.run_pending_migrations(SQLITE).map_err(failed)?;
            Ok(applied.len())
        }),
        AnyConnection::Postgres(server) => {
            server.limit_statements(LIMIT).map_err(failed)?;
            execute(connection, &format!("SELECT pg_advisory_lock({LOCK})"))?;
            let applied = apply_under_lock(connection);
            // The lock ends with the connection where it is not given back here.
            let unlocked = execute(connection, &format!("SELECT pg_advisory_unlock({LOCK})"));
            let applied = applied?;
            unlocked?;
            Ok(applied)
        }
    }
}

/// Asks once more: whoever held the lock before may have been of a later version.
fn apply_under_lock(connection: &mut AnyConnection) -> Result<usize, OpenError> {
    match (is_pending(connection)?, connection) {
        (true, AnyConnection::Postgres(server)) => {
            let applied = server.run_pending_migrations(POSTGRES).map_err(failed)?;
            Ok(applied.len())
        }
        _ => Ok(0),
    }
}

fn execute(connection: &mut AnyConnection, statement: &str) -> Result<(), OpenError> {
    connection.batch_execute(statement).map_err(failed)
}

/// `Err` where the schema is not the one that this program works with.
pub(crate) fn check(connection: &mut AnyConnection) -> Result<(), OpenError> {
    let known = known(connection)?;
    let applied = applied(connection)?;
    if applied.is_disjoint(&known)
        && let Some(migration) = applied.first().cloned()
    {
        return Err(Unsuitable::OfAnotherApplication { migration }.into());
    }
    if let Some(newer) = applied.difference(&known).next() {
        return Err(OpenError::NewerSchema(newer.clone()));
    }
    match known.difference(&applied).count() {
        0 => may_work(connection),
        pending => Err(why_pending(connection, pending, applied.is_empty())?),
    }
}

/// `Err` where a table is missing, or where the role may not do what calls do.
pub(crate) fn may_work(connection: &mut AnyConnection) -> Result<(), OpenError> {
    if let Some(table) = missing_table(connection)? {
        return Err(Unsuitable::TableMissing { table }.into());
    }
    match connection {
        AnyConnection::Sqlite(_) => Ok(()),
        AnyConnection::Postgres(server) => rights::check(server),
    }
}

/// Why migrations are pending, or what keeps them from being done.
fn why_pending(connection: &mut AnyConnection, pending: usize, is_new: bool) -> Result<OpenError, OpenError> {
    if let AnyConnection::Postgres(server) = connection {
        rights::check_for_migrations(server, pending)?;
    }
    if is_new
        && let Some(table) = table_that_is_there(connection)?
        // Another start may have made it meanwhile.
        && applied(connection)?.is_empty()
    {
        return Ok(Unsuitable::TableOfAnotherApplication { table }.into());
    }
    Ok(if is_new {
        OpenError::NotMade
    } else {
        OpenError::MigrationsPending(pending)
    })
}

/// One of our tables that is not there, although its migration was noted.
fn missing_table(connection: &mut AnyConnection) -> Result<Option<String>, OpenError> {
    let ours = rights::rows();
    match connection {
        AnyConnection::Postgres(connection) => {
            let missing = format!("(SELECT min(column1) FROM (VALUES {ours}) t WHERE to_regclass(column1) IS NULL)");
            Ok(diesel::select(sql::<Nullable<Text>>(&missing)).get_result(connection)?)
        }
        AnyConnection::Sqlite(connection) => {
            let there = "SELECT name FROM sqlite_master WHERE type = 'table'";
            let missing = format!("(SELECT min(column1) FROM (VALUES {ours}) WHERE column1 NOT IN ({there}))");
            Ok(diesel::select(sql::<Nullable<Text>>(&missing)).get_result(connection)?)
        }
    }
}

/// A table in a database that has none of our migrations. A file holds nothing but one application; in PostgreSQL only a
/// name that we need is in the way.
fn table_that_is_there(connection: &mut AnyConnection) -> Result<Option<String>, OpenError> {
    match connection {
        AnyConnection::Postgres(server) => rights::table_that_is_there(server),
        AnyConnection::Sqlite(connection) => {
            let found = "(SELECT min(name) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' \
                         AND name <> '__diesel_schema_migrations')";
            Ok(diesel::select(sql::<Nullable<Text>>(found)).get_result(connection)?)
        }
    }
}

fn is_pending(connection: &mut AnyConnection) -> Result<bool, OpenError> {
    match check(connection) {
        Ok(()) => Ok(false),
        Err(OpenError::NotMade | OpenError::MigrationsPending(_)) => Ok(true),
        Err(error) => Err(error),
    }
}

fn known(connection: &AnyConnection) -> Result<BTreeSet<String>, OpenError> {
    match connection {
        AnyConnection::Sqlite(_) => versions::<Sqlite>(&SQLITE),
        AnyConnection::Postgres(_) => versions::<Pg>(&POSTGRES),
    }
}

fn versions<DB: diesel::backend::Backend>(source: &EmbeddedMigrations) -> Result<BTreeSet<String>, OpenError> {
    let migrations: Vec<Box<dyn Migration<DB>>> = source.migrations().map_err(failed)?;
    Ok(migrations
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect())
}

/// The versions that are noted in the store. A store without the table for it has none.
fn applied(connection: &mut AnyConnection) -> Result<BTreeSet<String>, OpenError> {
    let noted = match noted(connection) {
        // There may be no table, or none that the role may read.
        Err(Error::DatabaseError(_, _)) => {
            if !has_table(connection)? {
                return Ok(BTreeSet::new());
            }
            noted_at_last(connection)?
        }
        outcome => outcome,
    };
    noted
        .map(BTreeSet::from_iter)
        .map_err(|error| connection.store_error(error).into())
}

/// Of a table that was not there, or that the role may not read. Another start may have made it since, and the other tables
/// come after it: only if it still can't be read, the reason is looked for.
fn noted_at_last(connection: &mut AnyConnection) -> Result<QueryResult<Vec<String>>, OpenError> {
    let outcome = noted(connection);
    if let Err(Error::DatabaseError(_, _)) = outcome {
        may_work(connection)?;
    }
    Ok(outcome)
}

fn noted(connection: &mut AnyConnection) -> QueryResult<Vec<String>> {
    __diesel_schema_migrations::table
        .select(__diesel_schema_migrations::version)
        .load(connection)
}

fn has_table(connection: &mut AnyConnection) -> QueryResult<bool> {
    match connection {
        AnyConnection::Sqlite(connection) => {
            let table = "EXISTS (SELECT 1 FROM sqlite_master WHERE name = '__diesel_schema_migrations')";
            diesel::select(sql::<Bool>(table)).get_result(connection)
        }
        AnyConnection::Postgres(connection) => {
            let table = "to_regclass('__diesel_schema_migrations') IS NOT NULL";
            diesel::select(sql::<Bool>(table)).get_result(connection)
        }
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands in map_err, which gives the value"
)]
fn failed(error: impl ToString) -> OpenError {
    OpenError::Migration(error.to_string())
}

impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        Self::Store(StatementError::from(error).into())
    }
}
