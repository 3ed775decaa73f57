//! A database that is open: made, migrated, claimed and closed by whoever starts the program.

use crate::backup::{self, Backup, BackupError};
use crate::claim::ServingClaim;
use crate::connection::AnyConnection;
use crate::engine::postgres::PostgresEngine;
use crate::engine::rotations::Rotations;
use crate::engine::sqlite::SqliteEngine;
use crate::engine::sqlite_place;
use crate::error::OpenError;
use crate::load::StoreLoad;
use crate::migrations;
use crate::options::DatabaseOptions;
use crate::schema::installation;
use crate::unit::Reconnect;
use crate::url::{DatabaseUrl, Target};
use anyhow::anyhow;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use portcullis_application::ports::{Access, StoreError, StoreResult, Work};
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tracing::Instrument as _;

/// How long a close waits for units of work that run.
const CLOSE: Duration = Duration::from_secs(5);

/// An open database. A clone is the same one.
///
/// Its methods block: a program that runs asynchronous tasks calls them on a thread that may.
#[derive(Clone)]
pub struct Database {
    engine: Arc<Engine>,
    url: DatabaseUrl,
}

#[expect(clippy::large_enum_variant, reason = "a program has one or two of them")]
enum Engine {
    Sqlite(SqliteEngine),
    Postgres(PostgresEngine),
}

impl Database {
    /// Opens the database; fails within 10 seconds where it can't be reached. A SQLite file is made where it is missing,
    /// readable by its owner alone.
    ///
    /// # Errors
    /// [`OpenError::Unreachable`], [`OpenError::ForeignFiles`].
    pub fn open(url: &DatabaseUrl, options: &DatabaseOptions) -> Result<Self, OpenError> {
        let engine = match url.target() {
            Target::Sqlite(path) => Engine::Sqlite(SqliteEngine::open(path, options)?),
            Target::Postgres(url) => Engine::Postgres(PostgresEngine::open(url, options)?),
        };
        Ok(Self {
            engine: Arc::new(engine),
            url: url.clone(),
        })
    }

    /// Opens a database that is there, as [`open`](Self::open) does.
    ///
    /// # Errors
    /// [`OpenError::NotMade`] where there is no SQLite file. PostgreSQL is asked by [`check_schema`](Self::check_schema).
    pub fn open_existing(url: &DatabaseUrl, options: &DatabaseOptions) -> Result<Self, OpenError> {
        refuse_missing_file(url)?;
        Self::open(url, options)
    }

    /// Opens a database to read from it alone. A SQLite file and those beside it stay as they are to the last byte, and
    /// none is made, while a server uses them or not.
    ///
    /// # Errors
    /// [`OpenError::NotMade`] where there is no SQLite file, [`OpenError::ForeignFiles`], [`OpenError::Unreachable`].
    pub fn look_at(url: &DatabaseUrl, options: &DatabaseOptions) -> Result<Self, OpenError> {
        refuse_missing_file(url)?;
        let Target::Sqlite(path) = url.target() else {
            return Self::open(url, options);
        };
        Ok(Self {
            engine: Arc::new(Engine::Sqlite(SqliteEngine::look_at(path, options)?)),
            url: url.clone(),
        })
    }

    /// Brings the schema up to date and says how many migrations that took. Of several that start at once, one does
    /// it and the others wait.
    ///
    /// # Errors
    /// [`OpenError::NewerSchema`], [`OpenError::Migration`], or what keeps the database from answering.
    pub fn migrate(&self) -> Result<usize, OpenError> {
        migrations::apply(&mut self.connection()?)
    }

    /// Whether the schema is the one that this program works with. Changes nothing.
    ///
    /// # Errors
    /// [`OpenError::NotMade`], [`OpenError::MigrationsPending`], [`OpenError::NewerSchema`], or what keeps the database from answering.
    pub fn check_schema(&self) -> Result<(), OpenError> {
        migrations::check(&mut self.connection()?)
    }

    /// The installation's salt: 32 random bytes that the first migration made. They never change.
    ///
    /// # Errors
    /// [`OpenError::Store`] where the schema was not migrated, or what keeps the database from answering.
    pub fn salt(&self) -> Result<[u8; 32], OpenError> {
        let salt: Vec<u8> = installation::table
            .find(1)
            .select(installation::salt)
            .get_result(&mut self.connection()?)?;
        salt.try_into()
            .map_err(|_| StoreError::Unexpected(anyhow!("installation.salt: not 32 bytes")).into())
    }

    /// The key that authenticates the audit trail, encrypted as whoever made it did; `None` where nobody has yet.
    ///
    /// # Errors
    /// [`OpenError::Store`] where the schema was not migrated, or what keeps the database from answering.
    pub fn audit_key(&self) -> Result<Option<Vec<u8>>, OpenError> {
        let key = installation::table
            .find(1)
            .select(installation::audit_key)
            .get_result(&mut self.connection()?)?;
        Ok(key)
    }

    /// Writes another form of the key in the place of the one that stands there, which must be `present`; whether it
    /// was. Of several that make a first key at once, one wins: the others read it again.
    ///
    /// # Errors
    /// [`OpenError::Store`] where the schema was not migrated, or what keeps the database from answering.
    pub fn replace_audit_key(&self, present: Option<&[u8]>, new: &[u8]) -> Result<bool, OpenError> {
        let connection = &mut self.connection()?;
        let row = installation::table.find(1);
        let is_new = installation::audit_key.eq(new);
        let written = match present {
            None => diesel::update(row.filter(installation::audit_key.is_null()))
                .set(is_new)
                .execute(connection),
            Some(present) => diesel::update(row.filter(installation::audit_key.eq(present)))
                .set(is_new)
                .execute(connection),
        };
        Ok(written? == 1)
    }

    /// Writes a copy of a SQLite database to a new file, readable by its owner alone, as the database is at one moment;
    /// whoever writes to it meanwhile is not held up. The copy is marked as a backup
    /// ([`take_backup_mark`](portcullis_application::ports::InstallationRepository::take_backup_mark)). There is
    /// no file of that name before [`publish`](Backup::publish) gives it to the whole copy.
    ///
    /// # Errors
    /// [`BackupError`], which says what to do.
    pub fn backup(&self, file: &Path) -> Result<Backup, BackupError> {
        match &*self.engine {
            Engine::Sqlite(_) => backup::copy(&mut self.connection()?, file),
            Engine::Postgres(_) => Err(BackupError::NotSqlite),
        }
    }

    /// The right to serve from this database. A SQLite file serves one server at a time, PostgreSQL any number.
    ///
    /// # Errors
    /// [`OpenError::InUse`] where another server holds the file.
    pub fn claim(&self) -> Result<ServingClaim, OpenError> {
        match &*self.engine {
            Engine::Sqlite(engine) => ServingClaim::exclusive(engine.file().path()),
            Engine::Postgres(_) => Ok(ServingClaim::shared()),
        }
    }

    /// Finishes the units that run and the writes that are queued, for up to 5 seconds, and closes the connections.
    /// Units of work that come later are refused.
    pub fn close(&self) {
        match &*self.engine {
            Engine::Sqlite(engine) => engine.close(CLOSE),
            Engine::Postgres(engine) => engine.close(CLOSE),
        }
    }

    /// How busy it is now.
    #[must_use]
    pub fn load(&self) -> StoreLoad {
        match &*self.engine {
            Engine::Sqlite(engine) => engine.load(),
            Engine::Postgres(engine) => engine.load(),
        }
    }

    pub(crate) async fn run(&self, access: Access, work: Work) -> StoreResult<()> {
        // For traces alone; the log knows no such target.
        let span = tracing::info_span!(target: "trace::store", "store", ?access);
        let run = async {
            match &*self.engine {
                Engine::Sqlite(engine) => engine.run(access, work).await,
                Engine::Postgres(engine) => engine.run(access, work).await,
            }
        };
        run.instrument(span).await
    }

    /// What carries out the rotations of many callers together; `None` where that spares nothing.
    pub(crate) fn rotations(&self) -> Option<&Rotations> {
        match &*self.engine {
            Engine::Sqlite(_) => None,
            Engine::Postgres(engine) => Some(engine.rotations()),
        }
    }

    /// Whether units of work can be done, writes among them, asked on one of the connections that they use; of writes what
    /// is remembered. A schema that a newer version has brought up to date meanwhile is no obstacle: migrations leave room
    /// for the version before.
    pub(crate) async fn check(&self) -> StoreResult<()> {
        let ask =
            |connection: &mut AnyConnection| migrations::check(connection).and_then(|()| refuse_read_only(connection));
        let task = move |connection: &mut AnyConnection, reconnect: Reconnect<'_>| {
            match ask(connection) {
                Err(OpenError::Store(StoreError::Unavailable(_))) => {
                    *connection = reconnect()?;
                    ask(connection)
                }
                verdict => verdict,
            }
            .or_else(|error| match error {
                OpenError::NewerSchema(_) => {
                    migrations::may_work(connection).and_then(|()| refuse_read_only(connection))
                }
                error => Err(error),
            })
            .map_err(StoreError::from)
        };
        match &*self.engine {
            Engine::Sqlite(engine) => {
                engine.verdict()?;
                let file = engine.file().clone();
                let look = move |connection: &mut AnyConnection, reconnect: Reconnect<'_>| {
                    file.is_in_its_place()?;
                    task(connection, reconnect)
                };
                engine.read(look).await
            }
            Engine::Postgres(engine) => {
                engine.verdict()?;
                engine.read(task).await
            }
        }
    }

    /// See [`Store::version`](portcullis_application::ports::Store::version). On SQLite it takes microseconds, less than to ask
    /// another thread.
    pub(crate) fn version(&self) -> StoreResult<Option<u64>> {
        match &*self.engine {
            Engine::Sqlite(engine) => engine.version().map(Some),
            Engine::Postgres(_) => Ok(None),
        }
    }

    /// Finds out whether writes work again, if one has failed.
    pub(crate) async fn probe(&self) -> StoreResult<()> {
        match &*self.engine {
            Engine::Sqlite(engine) => engine.probe().await,
            Engine::Postgres(engine) => engine.probe().await,
        }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    fn connection(&self) -> Result<AnyConnection, OpenError> {
        match &*self.engine {
            Engine::Sqlite(engine) => engine.connection(),
            Engine::Postgres(engine) => engine.connection(),
        }
    }
}

fn refuse_missing_file(url: &DatabaseUrl) -> Result<(), OpenError> {
    let Target::Sqlite(path) = url.target() else {
        return Ok(());
    };
    if sqlite_place::is_there(path)? {
        return Ok(());
    }
    sqlite_place::refuse_what_spoils(path)?;
    Err(OpenError::NotMade)
}

/// `Err` on a server that takes no writes: a standby, or one that was told so.
fn refuse_read_only(connection: &mut AnyConnection) -> Result<(), OpenError> {
    if let AnyConnection::Postgres(server) = connection {
        let is_read_only = diesel::select(sql::<Bool>("current_setting('transaction_read_only')::bool"));
        if is_read_only.get_result(server)? {
            connection.give_up();
            return Err(StoreError::Unavailable(anyhow!("the server takes no writes")).into());
        }
    }
    Ok(())
}

impl fmt::Debug for Database {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.engine {
            Engine::Sqlite(_) => out.write_str("Database(SQLite)"),
            Engine::Postgres(_) => out.write_str("Database(PostgreSQL)"),
        }
    }
}
