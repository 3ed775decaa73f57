//! PostgreSQL: a number of connections, and as many turns.

use super::connections::{Connections, Server};
use super::rotations::Rotations;
use super::turns::Turns;
use crate::connection::AnyConnection;
use crate::connection::postgres::Limits;
use crate::deadline::Deadline;
use crate::error::OpenError;
use crate::load::StoreLoad;
use crate::migrations;
use crate::options::DatabaseOptions;
use crate::probe;
use crate::unit::{self, Performed, Reconnect};
use crate::url::PostgresUrl;
use crate::writes::Writes;
use portcullis_application::ports::{Access, Meter, StoreResult, Verdict, Work};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A PostgreSQL database.
pub(crate) struct PostgresEngine {
    connections: Arc<Connections>,
    turns: Arc<Turns>,
    rotations: Rotations,
    writes: Arc<Writes>,
    answer_within: Duration,
    connections_at_most: u32,
    meter: Arc<dyn Meter>,
}

impl PostgresEngine {
    /// Connects once, so that a wrong address is noticed, and looks whether this program can work with the server.
    pub(crate) fn open(url: &PostgresUrl, options: &DatabaseOptions) -> Result<Self, OpenError> {
        let limits = Limits {
            connect: options.connect_timeout,
            statement: options.statement_timeout,
            deadline: None,
        };
        let server = Server::new(url.clone(), limits);
        server.examine(Deadline::after(options.connect_timeout))?;
        let connections = Arc::new(Connections::to(server));
        let turns = Arc::new(Turns::new(options.connections, options.patience));
        let writes = Arc::default();
        let rotations = Rotations::start(&connections, &turns, &writes, options);
        Ok(Self {
            rotations: rotations.map_err(|error| OpenError::Unreachable {
                database: url.to_string(),
                reason: format!("no thread for rotations: {error}"),
            })?,
            connections,
            turns,
            writes,
            answer_within: options.answer_within,
            connections_at_most: options.connections,
            meter: Arc::clone(&options.meter),
        })
    }

    /// A connection of its own.
    pub(crate) fn connection(&self) -> Result<AnyConnection, OpenError> {
        self.connections.server().connection(None)
    }

    /// Runs a unit of work.
    pub(crate) async fn run(&self, access: Access, work: Work) -> StoreResult<()> {
        match access {
            Access::Write | Access::WriteOnce => {
                let transact = if access == Access::Write { transact } else { write_once };
                let deadline = Deadline::after(self.answer_within);
                let (connections, writes) = (Arc::clone(&self.connections), Arc::clone(&self.writes));
                let meter = Arc::clone(&self.meter);
                let task = move || {
                    let done = connections.lend(deadline, |connection| transact(connection, &writes, &*meter, work));
                    done.inspect_err(|error| writes.note_error(error))
                };
                self.turns.take(deadline, task).await
            }
            Access::Read | Access::LookUp => {
                self.read(move |connection, reconnect| unit::perform_reads(connection, access, reconnect, work))
                    .await
            }
        }
    }

    /// What carries out rotations.
    pub(crate) fn rotations(&self) -> &Rotations {
        &self.rotations
    }

    /// `Err` where a write failed and none of a real size has worked since.
    pub(crate) fn verdict(&self) -> StoreResult<()> {
        self.writes.verdict()
    }

    /// Tries a write of a real size where there is a reason to.
    pub(crate) async fn probe(&self) -> StoreResult<()> {
        if !self.writes.need_a_probe() {
            return Ok(());
        }
        let deadline = Deadline::after(self.answer_within);
        let connections = Arc::clone(&self.connections);
        let outcome = self
            .turns
            .take(deadline, move || {
                connections.lend(deadline, |connection| {
                    migrations::may_work(connection)?;
                    probe::write(connection)
                })
            })
            .await;
        self.writes.note_probe(&outcome);
        outcome
    }

    /// Lends a connection to read from, and the means to replace it.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        task: impl FnOnce(&mut AnyConnection, Reconnect<'_>) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let deadline = Deadline::after(self.answer_within);
        let connections = Arc::clone(&self.connections);
        let lent = move || {
            let reconnect = || connections.server().connect(deadline);
            connections.lend(deadline, |connection| task(connection, &reconnect))
        };
        self.turns.take(deadline, lent).await
    }

    /// How busy it is.
    pub(crate) fn load(&self) -> StoreLoad {
        StoreLoad {
            in_use: self.turns.taken(),
            connections: usize::try_from(self.connections_at_most).unwrap_or(usize::MAX),
            waiting: self.turns.waiting() + self.rotations.waiting(),
            writes: None,
        }
    }

    /// Waits for the units that run, up to a limit, then closes the connections.
    pub(crate) fn close(&self, limit: Duration) {
        self.rotations.close();
        self.turns.close(limit);
        self.connections.close();
    }
}

/// Runs a unit in a transaction. A connection whose transaction can't be ended is not used again.
fn transact(connection: &mut AnyConnection, writes: &Writes, meter: &dyn Meter, work: Work) -> StoreResult<()> {
    connection.begin();
    let Performed { verdict, trouble, .. } = unit::perform(connection, Access::Write, work);
    if let Some(trouble) = trouble {
        writes.note(trouble);
    }
    match verdict {
        Ok(Verdict::Commit) => {
            let committing = Instant::now();
            connection.end("COMMIT").map_err(|error| {
                let error = connection.store_error(error);
                connection.give_up();
                error
            })?;
            meter.units_committed(1, committing.elapsed());
            Ok(())
        }
        // Without a commit nothing was written, whether the connection lives to say so or not.
        rolled_back => {
            roll_back(connection);
            rolled_back.map(|_| ())
        }
    }
}

pub(super) fn roll_back(connection: &mut AnyConnection) {
    if !connection.is_known_lost() && connection.end("ROLLBACK").is_err() {
        connection.give_up();
    }
}

/// Runs a unit whose one statement that writes is committed by itself.
fn write_once(connection: &mut AnyConnection, writes: &Writes, meter: &dyn Meter, work: Work) -> StoreResult<()> {
    let performed = unit::perform(connection, Access::WriteOnce, work);
    if let Some(trouble) = performed.trouble {
        writes.note(trouble);
    }
    performed.verdict?;
    if let Some(time) = performed.written_once {
        meter.units_committed(1, time);
    }
    Ok(())
}
