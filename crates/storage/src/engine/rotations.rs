//! Rotations of sessions on PostgreSQL, many in one transaction.
//!
//! What a statement costs is hardly the row that it touches: it is messages, a process that wakes, a transaction, a wait for the
//! disk. So whoever comes while others are carried out waits together with whoever else comes, and all go in one transaction.
//! Nobody waits for a batch to fill: one rotation alone is a batch.

use super::connections::Connections;
use super::postgres::roll_back;
use super::turns::{Turns, closed};
use crate::connection::AnyConnection;
use crate::connection::postgres::PgTls;
use crate::deadline::Deadline;
use crate::error::{StatementError, reason};
use crate::options::DatabaseOptions;
use crate::repositories::sessions::together::{self, Found};
use crate::writes::Writes;
use anyhow::anyhow;
use portcullis_application::ports::{Judge, Meter, StoreError, StoreResult};
use portcullis_domain::{Session, SessionId};
use std::collections::{HashSet, VecDeque};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

/// The most rotations of one transaction. Of more the first would wait for the last, and each costs hardly less.
const BATCH: usize = 64;

/// How many threads there are, each with a transaction: while one waits for the server, the other one's judges are asked. More
/// make the batches smaller, and cost more than they give.
const THREADS: usize = 2;

/// The way to the threads that carry rotations out. They belong to no runtime, so that they outlive whoever asks.
pub(crate) struct Rotations(Arc<Shared>);

/// What the threads share.
struct Shared {
    queue: Mutex<Queue>,
    /// A rotation came, or the queue was closed.
    changed: Condvar,
    connections: Arc<Connections>,
    turns: Arc<Turns>,
    writes: Arc<Writes>,
    meter: Arc<dyn Meter>,
    patience: Duration,
    answer_within: Duration,
    statement_timeout: Duration,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// The number of the one that comes next.
    next: u64,
    is_closed: bool,
}

struct Waiting {
    number: u64,
    id: SessionId,
    judge: Judge,
    deadline: Deadline,
    answer: oneshot::Sender<StoreResult<bool>>,
}

impl Rotations {
    /// Starts the threads.
    pub(super) fn start(
        connections: &Arc<Connections>,
        turns: &Arc<Turns>,
        writes: &Arc<Writes>,
        options: &DatabaseOptions,
    ) -> io::Result<Self> {
        // What is given up may be written all the same. So it is begun only while there is time for the server's limit of a
        // statement, and for a third of the rest before: for a connection and the first round trip, which waits for no row.
        let time_to_begin = options.answer_within.saturating_sub(options.statement_timeout) * 2 / 3;
        // Where a thread can't be started, this is dropped, which ends those that were.
        let rotations = Self(Arc::new(Shared {
            queue: Mutex::default(),
            changed: Condvar::new(),
            connections: Arc::clone(connections),
            turns: Arc::clone(turns),
            writes: Arc::clone(writes),
            meter: Arc::clone(&options.meter),
            patience: options.patience.min(time_to_begin),
            answer_within: options.answer_within,
            statement_timeout: options.statement_timeout,
        }));
        for _ in 0..THREADS {
            let shared = Arc::clone(&rotations.0);
            let runtime = tokio::runtime::Builder::new_current_thread().build()?;
            thread::Builder::new()
                .name("rotations".to_owned())
                .spawn(move || shared.work_off(&runtime))?;
        }
        Ok(rotations)
    }

    /// Queues a rotation and waits for what comes of it. See [`Store::run_rotation`](portcullis_application::ports::Store::run_rotation).
    pub(crate) async fn run(&self, id: SessionId, judge: Judge) -> StoreResult<bool> {
        let deadline = Deadline::after(self.0.answer_within);
        let (answer, mut answered) = oneshot::channel();
        let number = {
            let mut queue = self.0.queue();
            if queue.is_closed {
                return Err(closed());
            }
            let number = queue.next;
            queue.next += 1;
            queue.waiting.push_back(Waiting {
                number,
                id,
                judge,
                deadline,
                answer,
            });
            number
        };
        self.0.changed.notify_one();
        let told = match tokio::time::timeout(self.0.patience, &mut answered).await {
            Ok(told) => told,
            Err(_) if self.0.take_back(number).is_some() => return Err(StoreError::Busy),
            Err(_) => tokio::time::timeout(deadline.left(), answered)
                .await
                .map_err(|_| StoreError::Unavailable(anyhow!("no answer in time; it may have been written")))?,
        };
        told.map_err(|_| StoreError::Unexpected(anyhow!("a rotation was not carried out to its end")))?
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.0.queue().waiting.len()
    }

    /// Takes no more in. The threads end when nothing waits.
    pub(super) fn close(&self) {
        self.0.queue().is_closed = true;
        self.0.changed.notify_all();
    }
}

impl Drop for Rotations {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The work of a thread: to carry out what waits, one batch a turn.
    fn work_off(&self, runtime: &Runtime) {
        while self.wait_for_any() {
            // The turn first: until then others come, and some give up.
            let Ok(_turn) = runtime.block_on(self.turns.next()) else {
                let refused = std::mem::take(&mut self.queue().waiting);
                for waiting in refused {
                    let _ = waiting.answer.send(Err(closed()));
                }
                continue;
            };
            let batch = self.next_batch();
            // If it panics, the channels to its callers are dropped, which tells them.
            if catch_unwind(AssertUnwindSafe(|| self.carry_out(batch))).is_err() {
                tracing::error!("a batch of rotations panicked");
            }
        }
    }

    /// Waits for a rotation or for the close. `false` where the queue is closed and empty.
    fn wait_for_any(&self) -> bool {
        let is_idle = |queue: &mut Queue| queue.waiting.is_empty() && !queue.is_closed;
        let queue = self.changed.wait_while(self.queue(), is_idle);
        !queue.unwrap_or_else(PoisonError::into_inner).waiting.is_empty()
    }

    /// Takes the one of that number out of the queue, if it was not begun.
    fn take_back(&self, number: u64) -> Option<Waiting> {
        let mut queue = self.queue();
        // They stand in the order of their numbers.
        let place = queue.waiting.binary_search_by_key(&number, |waiting| waiting.number);
        queue.waiting.remove(place.ok()?)
    }

    /// The next ones whose callers are there still: nobody else would get what they give.
    fn next_batch(&self) -> Vec<Waiting> {
        let mut queue = self.queue();
        let next = std::iter::from_fn(|| queue.waiting.pop_front());
        next.filter(|waiting| !waiting.answer.is_closed()).take(BATCH).collect()
    }

    fn carry_out(&self, batch: Vec<Waiting>) {
        // The one that has waited longest.
        let Some(deadline) = batch.first().map(|first| first.deadline) else {
            return;
        };
        let (asked, answers): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .map(|waiting| ((waiting.id, waiting.judge), waiting.answer))
            .unzip();
        let transact = |connection: &mut AnyConnection| self.transact(connection, deadline, asked);
        match self.connections.lend(deadline, transact) {
            Ok(written) => {
                for (answer, written) in answers.into_iter().zip(written) {
                    // A caller that went away meanwhile is not told.
                    let _ = answer.send(written);
                }
            }
            Err(error) => {
                self.writes.note_error(&error);
                for answer in answers {
                    let _ = answer.send(Err(same(&error)));
                }
            }
        }
    }

    /// Carries all out in one transaction. Which of them were written.
    fn transact(
        &self,
        connection: &mut AnyConnection,
        deadline: Deadline,
        asked: Vec<(SessionId, Judge)>,
    ) -> StoreResult<Vec<StoreResult<bool>>> {
        if !connection.has_time_for_a_statement() {
            return Err(StoreError::Busy);
        }
        let mut found = match self.hold_and_read(connection, deadline, &asked) {
            Ok(found) => found,
            // It may be the fault of one of them.
            Err(error @ StoreError::Unexpected(_)) if asked.len() > 1 => {
                self.writes.note_error(&error);
                let alone = |one| {
                    let mut told = self.transact(connection, deadline, vec![one])?;
                    told.pop().unwrap_or(Ok(false))
                };
                let noted = |told: StoreResult<bool>| told.inspect_err(|error| self.writes.note_error(error));
                return Ok(asked.into_iter().map(alone).map(noted).collect());
            }
            Err(error) => return Err(error),
        };
        let mut steps = Vec::new();
        let mut judged = Vec::with_capacity(asked.len());
        for (id, judge) in asked {
            let step = step_of(id, judge, &mut found).inspect_err(|error| self.writes.note_error(error));
            judged.push(step.map(|step| step.map(|step| steps.push(step)).is_some()));
        }
        let none_written =
            |judged: Vec<StoreResult<bool>>| judged.into_iter().map(|judged| judged.map(|_| false)).collect();
        if steps.is_empty() {
            roll_back(connection);
            return Ok(none_written(judged));
        }
        if !connection.has_time_for_a_statement() {
            roll_back(connection);
            return Err(StoreError::Busy);
        }
        let committing = Instant::now();
        let written = match ask(connection, |server| together::advance_and_commit(server, &steps)) {
            Ok(written) => written,
            // It may have taken place.
            Err(error @ StoreError::Unavailable(_)) => {
                connection.give_up();
                return Err(error);
            }
            // One of them was refused, and all is taken back. A unit of work of its own tells each what comes of it.
            Err(error) => {
                self.writes.note_error(&error);
                return Ok(none_written(judged));
            }
        };
        let count = written.iter().filter(|is_written| **is_written).count();
        if count > 0 {
            self.meter.units_committed(count, committing.elapsed());
        }
        let mut written = written.into_iter();
        let mut outcome = |is_asked: bool| is_asked && written.next().unwrap_or(false);
        let outcomes = judged.into_iter().map(|judged| judged.map(&mut outcome));
        Ok(outcomes.collect())
    }

    /// Begins the transaction. Where its connection turns out to be lost, it tries once more on a new one: nothing was written yet.
    fn hold_and_read(
        &self,
        connection: &mut AnyConnection,
        deadline: Deadline,
        asked: &[(SessionId, Judge)],
    ) -> StoreResult<Found> {
        let ids: HashSet<SessionId> = asked.iter().map(|(id, _)| *id).collect();
        let begin = |connection: &mut AnyConnection| {
            connection.begin();
            ask(connection, |server| together::hold_free_and_read(server, &ids))
        };
        let found = match begin(connection) {
            Err(StoreError::Unavailable(_)) if deadline.left() > self.statement_timeout => {
                // If there is no other, nobody may get this one: a transaction may be open on it.
                connection.give_up();
                *connection = self.connections.server().connect(deadline)?;
                begin(connection)
            }
            found => found,
        };
        found.inspect_err(|_| roll_back(connection))
    }
}

/// What is to be written of a session: from what, to what. `None` where the judge leaves it, where another transaction has its row,
/// and where a judge before this one in the same transaction has changed it.
fn step_of(id: SessionId, judge: Judge, found: &mut Found) -> StoreResult<Option<(Session, Session)>> {
    let row = found.rows.get(&id).map(Result::as_ref).transpose();
    let row = row.map_err(|refused| StatementError::from(refused.clone()))?.cloned();
    let before = row.as_ref().map(|(session, _)| session.clone());
    let next = catch_unwind(AssertUnwindSafe(|| judge(row)))
        .map_err(|_| StoreError::Unexpected(anyhow!("the judge of a rotation panicked")))?;
    Ok(before.zip(next).filter(|_| found.free.remove(&id)))
}

/// The same error for one more caller.
fn same(error: &StoreError) -> StoreError {
    match error {
        StoreError::Busy => StoreError::Busy,
        StoreError::Unavailable(_) => StoreError::Unavailable(anyhow!(reason(error))),
        StoreError::Conflict | StoreError::Unexpected(_) => StoreError::Unexpected(anyhow!(reason(error))),
    }
}

fn ask<T>(
    connection: &mut AnyConnection,
    statements: impl FnOnce(&mut PgTls) -> diesel::QueryResult<T>,
) -> StoreResult<T> {
    let answer = match connection {
        AnyConnection::Postgres(server) => statements(server),
        AnyConnection::Sqlite(_) => return Err(StoreError::Unexpected(anyhow!("not a connection to PostgreSQL"))),
    };
    answer.map_err(|error| connection.store_error(error))
}
