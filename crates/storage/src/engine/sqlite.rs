//! SQLite: one thread that writes, and a pool of connections to read from.

use super::look_ups::LookUps;
use super::sqlite_file::SqliteFile;
use super::sqlite_place;
use super::turns::{Turns, closed};
use super::watch::Watch;
use super::writer::Writer;
use crate::connection::AnyConnection;
use crate::connection::sqlite::{self, Use};
use crate::deadline::Deadline;
use crate::error::OpenError;
use crate::load::{StoreLoad, WriteQueue};
use crate::options::DatabaseOptions;
use crate::unit::{self, Reconnect};
use crate::writes::{Trouble, Writes};
use anyhow::anyhow;
use diesel::r2d2::{NopErrorHandler, Pool};
use portcullis_application::ports::{Access, StoreError, StoreResult, Work};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// How long a start waits for another one that migrates the same file.
const MIGRATION_BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How many threads look something up without waiting for one another. Each connection takes some 100 KiB.
const LOOK_UPS: usize = 16;

/// A SQLite database.
pub(crate) struct SqliteEngine {
    file: SqliteFile,
    /// `None` where the database is only looked at.
    writer: Option<Writer>,
    turns: Turns,
    readers: RwLock<Option<Pool<SqliteFile>>>,
    look_ups: LookUps,
    /// `None` after the close.
    watch: Mutex<Option<Watch>>,
    writes: Arc<Writes>,
    patience: Duration,
}

impl SqliteEngine {
    /// Opens the file, which is made where it is missing.
    pub(crate) fn open(path: &Path, options: &DatabaseOptions) -> Result<Self, OpenError> {
        sqlite_place::is_there(path)?;
        let place = sqlite::place_of(path).map_err(|error| sqlite_place::unreachable(path, &error))?;
        sqlite_place::refuse_what_spoils(&place)?;
        let place = sqlite::prepare_file(&place).map_err(|error| sqlite_place::unreachable(path, &error))?;
        sqlite::must_be_writable(&place).map_err(|error| sqlite_place::unreachable(path, &error))?;
        // A write that arrives while another one waits for the file may wait as long again.
        let file = SqliteFile::at(place, options.patience / 2);
        let memory = Arc::default();
        let writer = Writer::start(file.clone(), &memory, options)?;
        file.remember_its_place()
            .map_err(|error| sqlite_place::unreachable(path, &error))?;
        Self::over(file, Some(writer), memory, options)
    }

    /// Opens a file that is there, and leaves it and those beside it as they are.
    pub(crate) fn look_at(path: &Path, options: &DatabaseOptions) -> Result<Self, OpenError> {
        let place = path
            .canonicalize()
            .map_err(|error| sqlite_place::unreachable(path, &error))?;
        sqlite_place::refuse_what_spoils(&place)?;
        sqlite::must_be_writable(&place).map_err(|error| sqlite_place::unreachable(path, &error))?;
        let file = SqliteFile::to_look_at(place, options.patience / 2);
        // The pool would say of a failure only that it came too late.
        drop(file.connection(Use::Reading)?);
        Self::over(file, None, Arc::default(), options)
    }

    fn over(
        file: SqliteFile,
        writer: Option<Writer>,
        memory: Arc<Writes>,
        options: &DatabaseOptions,
    ) -> Result<Self, OpenError> {
        let readers = Pool::builder()
            .max_size(options.readers)
            .min_idle(Some(1))
            .idle_timeout(None)
            .max_lifetime(None)
            .test_on_check_out(false)
            .connection_timeout(options.patience)
            .error_handler(Box::new(NopErrorHandler))
            .build(file.clone())
            .map_err(|error| sqlite_place::unreachable(file.path(), &error))?;
        Ok(Self {
            file,
            writer,
            turns: Turns::new(options.readers, options.patience),
            readers: RwLock::new(Some(readers)),
            look_ups: LookUps::new(LOOK_UPS),
            watch: Mutex::new(Some(Watch::default())),
            writes: memory,
            patience: options.patience,
        })
    }

    /// The file.
    pub(crate) fn file(&self) -> &SqliteFile {
        &self.file
    }

    /// `Err` where a write failed and none of a real size has worked since.
    pub(crate) fn verdict(&self) -> StoreResult<()> {
        self.writes.verdict()
    }

    /// Looks after the files, and tries a write of a real size where there is a reason to.
    pub(crate) async fn probe(&self) -> StoreResult<()> {
        // Microseconds: less than it takes to hand the work to another thread, which would wake two threads of a server at rest.
        self.file
            .is_in_its_place()
            .inspect_err(|error| self.writes.note_error(error))?;
        if self.file.has_little_room() {
            self.writes.note(Trouble::Doubt);
        }
        if !self.writes.need_a_probe() {
            return Ok(());
        }
        let outcome = self.writer()?.probe().await;
        self.writes.note_probe(&outcome);
        outcome
    }

    /// A connection of its own, to write with. It may wait longer than those of units.
    pub(crate) fn connection(&self) -> Result<AnyConnection, OpenError> {
        self.file
            .with_busy_timeout(MIGRATION_BUSY_TIMEOUT)
            .connection(Use::Writing)
    }

    /// Runs a unit of work.
    pub(crate) async fn run(&self, access: Access, work: Work) -> StoreResult<()> {
        match access {
            Access::Write | Access::WriteOnce => self.writer()?.run(access, work).await,
            Access::Read => self.read_elsewhere(access, work).await,
            // Microseconds: less than it takes to hand the work to another thread.
            Access::LookUp => {
                let fresh = || fresh_reader(&self.file);
                let perform = |reader: &mut AnyConnection, work| unit::perform_reads(reader, access, &fresh, work);
                match self.look_ups.perform(work, fresh, perform)? {
                    None => Ok(()),
                    Some(work) => self.read_elsewhere(access, work).await,
                }
            }
        }
    }

    /// A number that is another one as soon as anybody has committed.
    pub(crate) fn version(&self) -> StoreResult<u64> {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        watch.as_mut().ok_or_else(closed)?.version(|| fresh_reader(&self.file))
    }

    async fn read_elsewhere(&self, access: Access, work: Work) -> StoreResult<()> {
        self.read(move |reader, reconnect| unit::perform_reads(reader, access, reconnect, work))
            .await
    }

    /// Lends a connection to read from, and the means to replace it.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        task: impl FnOnce(&mut AnyConnection, Reconnect<'_>) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let readers = self.readers()?;
        let file = self.file.clone();
        self.turns
            .take(Deadline::after(self.patience), move || {
                let mut reader = readers.get().map_err(|error| StoreError::Unavailable(error.into()))?;
                task(&mut reader, &|| fresh_reader(&file))
            })
            .await
    }

    /// How busy it is. Nothing is in use after the close.
    pub(crate) fn load(&self) -> StoreLoad {
        let (in_use, connections) = self.readers().map_or((0, 0), |readers| {
            let state = readers.state();
            (
                state.connections.saturating_sub(state.idle_connections),
                readers.max_size(),
            )
        });
        StoreLoad {
            in_use: count(in_use),
            connections: count(connections),
            waiting: self.turns.waiting(),
            writes: self.writer.as_ref().map(|writer| {
                let (waiting, capacity) = writer.depth();
                WriteQueue { waiting, capacity }
            }),
        }
    }

    /// Lets the reads and the writer finish, up to a limit, and closes the connections.
    pub(crate) fn close(&self, limit: Duration) {
        let deadline = Deadline::after(limit);
        self.turns.close(limit);
        let readers = self.readers.write().unwrap_or_else(PoisonError::into_inner).take();
        let look_ups = self.look_ups.close();
        let watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner).take();
        if self.file.is_in_its_place().is_err() {
            // The last connection that is closed removes the log by its path, and by now that one is another's.
            std::mem::forget((readers, look_ups, watch));
        }
        if let Some(writer) = &self.writer {
            writer.close(deadline.left());
        }
    }

    fn writer(&self) -> StoreResult<&Writer> {
        let writer = self.writer.as_ref();
        writer.ok_or_else(|| StoreError::Unavailable(anyhow!("the database is only looked at")))
    }

    fn readers(&self) -> StoreResult<Pool<SqliteFile>> {
        let readers = self.readers.read().unwrap_or_else(PoisonError::into_inner);
        readers.clone().ok_or_else(closed)
    }
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn fresh_reader(file: &SqliteFile) -> StoreResult<AnyConnection> {
    file.connection(Use::Reading)
        .map_err(|error| StoreError::Unavailable(error.into()))
}
