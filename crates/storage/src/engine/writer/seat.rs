//! The thread's work: to take what waits, and to commit it together.

use super::job::{Job, Task};
use crate::connection::AnyConnection;
use crate::connection::sqlite::Use;
use crate::deadline::LogRate;
use crate::engine::sqlite_file::SqliteFile;
use crate::engine::turns::closed;
use crate::error::{OpenError, StatementError};
use crate::unit;
use anyhow::anyhow;
use diesel::connection::SimpleConnection;
use portcullis_application::ports::{StoreError, StoreResult, Verdict};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
    pub(super) failing: Arc<AtomicBool>,
    pub(super) log_rate: LogRate,
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
        while outcome.is_ok() && ran.len() < BATCH {
            let Some(job) = batch.pop_front() else { break };
            let (result, savepoint) = run_in_savepoint(connection, job.task);
            ran.push((job.answer, result));
            outcome = savepoint;
        }
        match outcome.and_then(|()| execute(connection, "COMMIT")) {
            Ok(()) => {
                if ran.iter().any(|(_, result)| result.is_ok()) {
                    self.failing.store(false, Ordering::Relaxed);
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
        self.failing.store(true, Ordering::Relaxed);
        if self.log_rate.is_due() {
            tracing::error!(error = %reason(error), units, "a batch of writes was not committed");
        }
    }
}

/// Runs one job, and takes back what it wrote unless it is to be kept. The second result is whether the transaction
/// around it still stands: SQLite ends it on its own accord after some errors, such as a full disk.
fn run_in_savepoint(connection: &mut AnyConnection, task: Task) -> (StoreResult<()>, StoreResult<()>) {
    if let Err(error) = execute(connection, "SAVEPOINT unit") {
        return (Err(alike(&error)), Err(error));
    }
    let performed = match task {
        Task::Unit(work) => unit::perform(connection, work),
        Task::Probe => execute(connection, "UPDATE installation SET salt = salt").map(|()| Verdict::Commit),
    };
    match performed {
        Ok(Verdict::Commit) => (Ok(()), execute(connection, "RELEASE unit")),
        Ok(Verdict::Rollback) => (Ok(()), execute(connection, "ROLLBACK TO unit; RELEASE unit")),
        Err(error) => (Err(error), execute(connection, "ROLLBACK TO unit; RELEASE unit")),
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

fn reason(error: &StoreError) -> String {
    match error {
        StoreError::Unavailable(reason) | StoreError::Unexpected(reason) => format!("{reason:#}"),
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Writer;
    use super::*;
    use crate::deadline::Deadline;
    use crate::migrations;
    use crate::options::DatabaseOptions;
    use portcullis_application::ports::{Repositories, Work};
    use portcullis_domain::User;
    use portcullis_testkit::build;
    use std::time::Duration;
    use tempfile::TempDir;
    use tokio::sync::oneshot;

    /// A writer's seat on a file that can't grow: what fits on its free pages is stored, more is not.
    fn cramped(folder: &TempDir) -> Seat {
        let path = crate::connection::sqlite::prepare_file(&folder.path().join("test.db")).unwrap();
        let file = SqliteFile::at(path, Duration::from_millis(100));
        let mut connection = file.connection(Use::Writing).unwrap();
        migrations::apply(&mut connection).unwrap();
        connection.batch_execute("PRAGMA max_page_count = 1").unwrap();
        Seat {
            file,
            connection: Some(connection),
            queue: mpsc::channel(1).1,
            failing: Arc::default(),
            log_rate: LogRate::default(),
        }
    }

    fn job(work: impl FnOnce(&mut dyn Repositories) -> StoreResult<()> + Send + 'static) -> (Job, Answer) {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(|repositories| match work(repositories) {
            Ok(()) => Verdict::Commit,
            Err(_) => Verdict::Rollback,
        });
        let job = Job {
            task: Task::Unit(work),
            arrived: Instant::now(),
            deadline: Deadline::after(Duration::from_mins(1)),
            answer,
        };
        (job, answered)
    }

    type Answer = oneshot::Receiver<StoreResult<()>>;

    fn insertion(user: &User) -> (Job, Answer) {
        let user = user.clone();
        job(move |repositories| repositories.users().insert(&user))
    }

    /// Inserts until the file is full.
    fn filling() -> (Job, Answer) {
        job(|repositories| {
            (0..10_000).try_for_each(|number| {
                let user = build::user(&format!("user{number}@example.com"));
                repositories.users().insert(&user)
            })
        })
    }

    fn is_there(seat: &mut Seat, user: &User) -> bool {
        let id = user.id;
        let (found, tell) = std::sync::mpsc::channel();
        let found = Arc::new(std::sync::Mutex::new(found));
        let (job, _) = job(move |repositories| {
            let is_there = repositories.users().find(id)?.is_some();
            found.lock().unwrap().send(is_there).unwrap();
            Ok(())
        });
        seat.commit(&mut VecDeque::from([job]));
        tell.recv().unwrap()
    }

    #[test]
    fn a_full_disk_in_a_unit_fails_the_units_before_it_and_spares_those_after_it() {
        let folder = TempDir::new().unwrap();
        let mut seat = cramped(&folder);
        let (before, after) = (build::user("before@example.com"), build::user("after@example.com"));
        let (jobs, mut answers): (VecDeque<_>, Vec<_>) =
            [insertion(&before), filling(), insertion(&after)].into_iter().unzip();
        let mut batch = jobs;
        while !batch.is_empty() {
            seat.commit(&mut batch);
        }
        let told: Vec<_> = answers.iter_mut().map(|answer| answer.try_recv().unwrap()).collect();
        assert!(
            matches!(
                told.as_slice(),
                [Err(StoreError::Unavailable(_)), Err(StoreError::Unavailable(_)), Ok(())]
            ),
            "{told:?}"
        );
        assert!(!is_there(&mut seat, &before));
        assert!(is_there(&mut seat, &after));
    }

    #[test]
    fn the_writer_counts_as_failing_until_the_next_commit() {
        let folder = TempDir::new().unwrap();
        let mut seat = cramped(&folder);
        let (full, _full_answer) = filling();
        seat.commit(&mut VecDeque::from([full]));
        assert!(seat.failing.load(Ordering::Relaxed));
        let (fits, _fits_answer) = insertion(&build::user("fits@example.com"));
        seat.commit(&mut VecDeque::from([fits]));
        assert!(!seat.failing.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn a_check_finds_out_whether_a_writer_that_failed_can_write_again() {
        let folder = TempDir::new().unwrap();
        let writer = Writer::start(cramped(&folder).file, &DatabaseOptions::default()).unwrap();
        writer.failing.store(true, Ordering::Relaxed);
        writer.check().await.unwrap();
        assert!(!writer.failing.load(Ordering::Relaxed));
        let broken = writer_on_no_table(&folder);
        broken.failing.store(true, Ordering::Relaxed);
        assert!(broken.check().await.is_err());
        assert!(broken.failing.load(Ordering::Relaxed));
        for writer in [writer, broken] {
            tokio::task::spawn_blocking(move || writer.close(Duration::from_secs(5)))
                .await
                .unwrap();
        }
    }

    /// A writer whose every probe fails.
    fn writer_on_no_table(folder: &TempDir) -> Writer {
        let path = crate::connection::sqlite::prepare_file(&folder.path().join("empty.db")).unwrap();
        let file = SqliteFile::at(path, Duration::from_millis(100));
        Writer::start(file, &DatabaseOptions::default()).unwrap()
    }

    #[test]
    fn what_is_overdue_is_refused_before_the_file_is_waited_for() {
        let folder = TempDir::new().unwrap();
        let mut seat = cramped(&folder);
        let late = build::user("late@example.com");
        let (mut job, mut answer) = insertion(&late);
        job.deadline = Deadline::after(Duration::ZERO);
        seat.commit(&mut VecDeque::from([job]));
        assert!(matches!(answer.try_recv().unwrap(), Err(StoreError::Busy)));
        assert!(!is_there(&mut seat, &late));
    }
}
