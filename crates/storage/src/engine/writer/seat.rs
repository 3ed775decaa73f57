//! The thread's work: to take what waits, and to commit it together.

use super::job::{Job, Task};
use crate::connection::AnyConnection;
use crate::connection::sqlite::Use;
use crate::deadline::LogRate;
use crate::engine::sqlite_file::SqliteFile;
use crate::engine::turns::closed;
use crate::error::{OpenError, StatementError, reason};
use crate::probe;
use crate::unit::{self, Performed};
use crate::writes::{Trouble, Writes};
use anyhow::anyhow;
use diesel::connection::SimpleConnection;
use portcullis_application::ports::{Meter, StoreError, StoreResult, Verdict};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};

/// The most units of one commit. More would make the first wait without making the disk's part any smaller.
const BATCH: usize = 256;

/// The thread's own: the queue, the file and the one connection that writes to it.
pub(super) struct Seat {
    pub(super) file: SqliteFile,
    /// `None` after a failure that may have left it in any state.
    pub(super) connection: Option<AnyConnection>,
    pub(super) queue: mpsc::Receiver<Job>,
    pub(super) writes: Arc<Writes>,
    pub(super) log_rate: LogRate,
    pub(super) meter: Arc<dyn Meter>,
}

impl Seat {
    /// Ends when the queue is closed and empty. The connection's end then merges the write-ahead log into the file.
    pub(super) fn work_off(mut self) {
        while let Some(first) = self.queue.blocking_recv() {
            let mut batch = VecDeque::from([first]);
            while batch.len() < BATCH {
                match self.queue.try_recv() {
                    Ok(job) => batch.push_back(job),
                    Err(_) => break,
                }
            }
            while !batch.is_empty() {
                self.commit(&mut batch);
            }
        }
        if self.file.is_in_its_place().is_err() {
            // It would remove the log by its path, and by now that one is another's.
            std::mem::forget(self.connection.take());
        }
    }

    fn connection(&mut self) -> Result<&mut AnyConnection, OpenError> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            empty => Ok(empty.insert(self.file.connection(Use::Writing)?)),
        }
    }

    /// One transaction: takes jobs off the batch, and answers those that it took. If a job breaks the transaction, that
    /// job and those before it have failed, and the rest stays in the batch for a transaction of its own.
    fn commit(&mut self, batch: &mut VecDeque<Job>) {
        self.refuse_overdue(batch);
        if batch.is_empty() {
            return;
        }
        if let Err(moved) = self.file.is_in_its_place() {
            self.note_failure(&moved, batch.len());
            return fail(batch.drain(..).map(|job| job.answer), &moved);
        }
        let attempt = Instant::now();
        let begun = self
            .connection()
            .map_err(|error| StoreError::Unavailable(error.into()))
            .and_then(|connection| execute(connection, "BEGIN IMMEDIATE"));
        let connection = match (begun, &mut self.connection) {
            (Ok(()), Some(connection)) => connection,
            (begun, _) => return self.fail_to_begin(batch, attempt, &begun.err().unwrap_or_else(closed)),
        };
        let mut ran = Vec::with_capacity(batch.len().min(BATCH));
        let mut outcome = Ok(());
        let mut is_sound = true;
        while outcome.is_ok() && ran.len() < BATCH {
            let Some(job) = batch.pop_front() else { break };
            let done = run_in_savepoint(connection, job.task);
            if let Some(trouble) = done.trouble {
                is_sound &= trouble == Trouble::Doubt;
                self.writes.note(trouble);
            }
            ran.push((job.answer, done.result));
            outcome = done.savepoint;
        }
        // Whoever is told that it was written must find it after a restart: in a file that is gone nobody does.
        let committing = Instant::now();
        let committed = outcome
            .and_then(|()| execute(connection, "COMMIT"))
            .and_then(|()| self.file.is_in_its_place());
        match committed {
            Ok(()) => {
                self.meter.units_committed(ran.len(), committing.elapsed());
                if !is_sound {
                    self.connection = None;
                }
                for (answer, result) in ran {
                    // A caller that went away meanwhile is not told.
                    let _ = answer.send(result);
                }
            }
            Err(error) => {
                self.connection = None;
                self.note_failure(&error, ran.len());
                fail(ran.into_iter().map(|(answer, _)| answer), &error);
            }
        }
    }

    /// Refuses the jobs that could not be answered in time if the thread had to wait for the file.
    fn refuse_overdue(&self, batch: &mut VecDeque<Job>) {
        let (in_time, overdue) = batch
            .drain(..)
            .partition::<VecDeque<_>, _>(|job| job.deadline.left() > self.file.busy_timeout());
        *batch = in_time;
        fail(overdue.into_iter().map(|job| job.answer), &StoreError::Busy);
    }

    /// If another process holds the file, every job that has waited for as long as the attempt took is refused, also
    /// those that are still queued. After any other error the connection is not trusted.
    fn fail_to_begin(&mut self, batch: &mut VecDeque<Job>, attempt: Instant, error: &StoreError) {
        if !matches!(error, StoreError::Busy) {
            self.connection = None;
            self.note_failure(error, batch.len());
            return fail(batch.drain(..).map(|job| job.answer), error);
        }
        while let Ok(job) = self.queue.try_recv() {
            batch.push_back(job);
        }
        let (waited, later) = batch
            .drain(..)
            .partition::<VecDeque<_>, _>(|job| job.arrived <= attempt);
        *batch = later;
        fail(waited.into_iter().map(|job| job.answer), error);
    }

    fn note_failure(&self, error: &StoreError, units: usize) {
        self.writes.note_error(error);
        if self.log_rate.is_due() {
            tracing::error!(error = %reason(error), units, "a batch of writes was not committed");
        }
    }
}

/// How one job went.
struct Done {
    /// What its caller is told, once all is on the disk.
    result: StoreResult<()>,
    /// Whether the transaction around it still stands: SQLite ends it of its own accord after some errors, such as a
    /// full disk.
    savepoint: StoreResult<()>,
    /// What went wrong in the store.
    trouble: Option<Trouble>,
}

/// Runs one job, and takes back what it wrote unless it is to be kept.
fn run_in_savepoint(connection: &mut AnyConnection, task: Task) -> Done {
    if let Err(error) = execute(connection, "SAVEPOINT unit") {
        return Done {
            result: Err(alike(&error)),
            trouble: Trouble::of(&error),
            savepoint: Err(error),
        };
    }
    let Performed { verdict, trouble, .. } = match task {
        Task::Unit(access, work) => unit::perform(connection, access, work),
        Task::Probe => Performed {
            verdict: probe::write(connection).map(|()| Verdict::Commit),
            // Whoever asked for it remembers how it went.
            trouble: None,
            written_once: None,
        },
    };
    let ending = match verdict {
        Ok(Verdict::Commit) => "RELEASE unit",
        Ok(Verdict::Rollback) | Err(_) => "ROLLBACK TO unit; RELEASE unit",
    };
    Done {
        result: verdict.map(|_| ()),
        savepoint: execute(connection, ending),
        trouble,
    }
}

fn execute(connection: &mut AnyConnection, statement: &str) -> StoreResult<()> {
    connection
        .batch_execute(statement)
        .map_err(|error| StatementError::from(error).into())
}

fn fail(answers: impl Iterator<Item = oneshot::Sender<StoreResult<()>>>, error: &StoreError) {
    for answer in answers {
        let _ = answer.send(Err(alike(error)));
    }
}

/// The same error for one more caller. A failure of a whole batch is not the fault of one unit.
fn alike(error: &StoreError) -> StoreError {
    match error {
        StoreError::Busy => StoreError::Busy,
        error => StoreError::Unavailable(anyhow!("a batch of writes was not committed: {}", reason(error))),
    }
}

#[cfg(test)]
mod tests;
