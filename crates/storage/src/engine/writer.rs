//! The one thread that writes to SQLite. It commits together what waits together.
//!
//! A commit waits for the disk, whatever it holds. So the thread takes all units that wait, runs each in a savepoint of
//! one transaction, commits, and only then answers each. Nobody waits for a batch to fill: one unit alone is a batch.

mod job;
mod seat;

use self::job::{Job, Task};
use self::seat::Seat;
use super::sqlite_file::SqliteFile;
use super::turns::closed;
use crate::connection::sqlite::Use;
use crate::deadline::{Deadline, LogRate};
use crate::error::OpenError;
use crate::options::DatabaseOptions;
use crate::writes::{Trouble, Writes};
use anyhow::anyhow;
use portcullis_application::ports::{Access, StoreError, StoreResult, Work};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// The queue to the thread.
pub(super) struct Writer {
    queue: Mutex<Option<mpsc::Sender<Job>>>,
    thread: Mutex<Option<WriterThread>>,
    writes: Arc<Writes>,
    patience: Duration,
    answer_within: Duration,
}

struct WriterThread {
    handle: JoinHandle<()>,
    /// Closed when the thread ends.
    ended: Receiver<()>,
}

impl Writer {
    /// Opens the file and starts the thread.
    pub(super) fn start(file: SqliteFile, writes: &Arc<Writes>, options: &DatabaseOptions) -> Result<Self, OpenError> {
        let connection = file.connection(Use::Writing)?;
        let database = file.path().display().to_string();
        let (sender, queue) = mpsc::channel(options.queue.max(1));
        let seat = Seat {
            file,
            connection: Some(connection),
            queue,
            writes: Arc::clone(writes),
            log_rate: LogRate::default(),
            meter: Arc::clone(&options.meter),
        };
        let (end, ended) = channel();
        let handle = thread::Builder::new().name("sqlite-writer".to_owned()).spawn(move || {
            let _end: std::sync::mpsc::Sender<()> = end;
            seat.work_off();
        });
        let handle = handle.map_err(|error| OpenError::Unreachable {
            database,
            reason: error.to_string(),
        })?;
        Ok(Self {
            queue: Mutex::new(Some(sender)),
            thread: Mutex::new(Some(WriterThread { handle, ended })),
            writes: Arc::clone(writes),
            patience: options.patience,
            answer_within: options.answer_within,
        })
    }

    /// Runs a unit of work and answers once it is on the disk.
    pub(super) async fn run(&self, access: Access, work: Work) -> StoreResult<()> {
        self.hand_over(Task::Unit(access, work)).await
    }

    /// Tries a write of a real size.
    pub(super) async fn probe(&self) -> StoreResult<()> {
        self.hand_over(Task::Probe).await
    }

    async fn hand_over(&self, task: Task) -> StoreResult<()> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let queue = queue.ok_or_else(closed)?;
        let deadline = Deadline::after(self.answer_within);
        let (answer, answered) = oneshot::channel();
        let job = Job {
            task,
            arrived: Instant::now(),
            deadline,
            answer,
        };
        tokio::time::timeout(self.patience.min(deadline.left()), queue.reserve())
            .await
            .map_err(|_| StoreError::Busy)?
            .map_err(|_| self.thread_is_gone())?
            .send(job);
        drop(queue);
        tokio::time::timeout(deadline.left(), answered)
            .await
            .map_err(|_| self.failed("the disk took too long; it may have been written"))?
            .map_err(|_| self.thread_is_gone())?
    }

    fn thread_is_gone(&self) -> StoreError {
        self.failed("the thread that writes to SQLite has ended")
    }

    fn failed(&self, reason: &'static str) -> StoreError {
        self.writes.note(Trouble::Failure(reason.to_owned()));
        StoreError::Unavailable(anyhow!(reason))
    }

    /// How many units of work wait for the thread, and how many may.
    pub(super) fn depth(&self) -> (usize, usize) {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.as_ref().map_or((0, 0), |queue| {
            (queue.max_capacity() - queue.capacity(), queue.max_capacity())
        })
    }

    /// Takes nothing more in, and waits until what is queued is on the disk, up to a limit.
    pub(super) fn close(&self, limit: Duration) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(WriterThread { handle, ended }) = thread else {
            return;
        };
        if ended.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("the store is closed while something is still being written");
        } else if handle.join().is_err() {
            tracing::error!("the thread that writes to SQLite ended by a panic");
        }
    }
}
