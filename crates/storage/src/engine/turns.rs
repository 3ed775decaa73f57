//! Turns on a limited number of connections. Whoever waits does so as a task, not as a thread, but for those that carry out
//! rotations.

use crate::deadline::Deadline;
use anyhow::anyhow;
use portcullis_application::ports::{StoreError, StoreResult};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// As many turns at once as there are connections.
pub(crate) struct Turns {
    permits: Arc<Semaphore>,
    running: Arc<Running>,
    waiting: AtomicUsize,
    patience: Duration,
}

/// Counts somebody who waits, until it is dropped.
struct Waiting<'t>(&'t AtomicUsize);

impl<'t> Waiting<'t> {
    fn among(count: &'t AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Counts the turns that are taken.
#[derive(Default)]
struct Running {
    count: Mutex<usize>,
    ended: Condvar,
}

/// A turn, until it is dropped.
pub(crate) struct Turn {
    _permit: OwnedSemaphorePermit,
    running: Arc<Running>,
}

impl Turn {
    fn begin(permit: OwnedSemaphorePermit, running: &Arc<Running>) -> Self {
        *running.count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Self {
            _permit: permit,
            running: Arc::clone(running),
        }
    }

    async fn run<T: Send + 'static>(self, task: impl FnOnce() -> StoreResult<T> + Send + 'static) -> StoreResult<T> {
        let task = tokio::task::spawn_blocking(move || {
            let _turn = self;
            task()
        });
        task.await
            .map_err(|error| StoreError::Unexpected(anyhow!(error).context("a turn on the database did not end")))?
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *self.running.count.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.running.ended.notify_all();
    }
}

impl Turns {
    pub(crate) fn new(connections: u32, patience: Duration) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(usize::try_from(connections).unwrap_or(usize::MAX >> 4))),
            running: Arc::default(),
            waiting: AtomicUsize::new(0),
            patience,
        }
    }

    /// Runs a task on a thread that may block, when its turn comes. It goes on to its end if the caller goes away.
    pub(crate) async fn take<T: Send + 'static>(
        &self,
        deadline: Deadline,
        task: impl FnOnce() -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let waiting = Waiting::among(&self.waiting);
        let turn = self.turn(deadline).await?;
        drop(waiting);
        turn.run(task).await
    }

    async fn turn(&self, deadline: Deadline) -> StoreResult<Turn> {
        tokio::time::timeout(self.patience.min(deadline.left()), self.next())
            .await
            .map_err(|_| StoreError::Busy)?
    }

    /// The next turn, until it is dropped, for who waits as long as it takes and counts those that wait for it.
    pub(crate) async fn next(&self) -> StoreResult<Turn> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        Ok(Turn::begin(permit.map_err(|_| closed())?, &self.running))
    }

    /// How many wait for a turn.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// How many turns are taken.
    pub(crate) fn taken(&self) -> usize {
        *self.running.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives no more turns, ends the wait of those who have none, and waits for those who have one, up to a limit.
    /// Blocks.
    pub(crate) fn close(&self, limit: Duration) {
        self.permits.close();
        let running = self.running.count.lock().unwrap_or_else(PoisonError::into_inner);
        let (running, _) = self
            .running
            .ended
            .wait_timeout_while(running, limit, |count| *count > 0)
            .unwrap_or_else(PoisonError::into_inner);
        if *running > 0 {
            tracing::warn!(units = *running, "the store is closed while units of work still run");
        }
    }
}

/// What everybody gets who comes after the close.
pub(crate) fn closed() -> StoreError {
    StoreError::Unavailable(anyhow!("the store is closed"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_close_waits_for_a_turn_that_runs_but_not_for_ever() {
        let turns = Arc::new(Turns::new(1, Duration::from_secs(5)));
        let (entered, inside) = channel();
        let (go_on, told) = channel();
        let deadline = Deadline::after(Duration::from_mins(1));
        let running = tokio::spawn({
            let turns = Arc::clone(&turns);
            async move {
                let task = move || {
                    entered.send(()).unwrap();
                    told.recv().unwrap();
                    Ok(())
                };
                turns.take(deadline, task).await
            }
        });
        tokio::task::spawn_blocking({
            let turns = Arc::clone(&turns);
            move || {
                inside.recv().unwrap();
                turns.close(Duration::from_millis(20));
                assert_eq!(*turns.running.count.lock().unwrap(), 1);
                go_on.send(()).unwrap();
                turns.close(Duration::from_mins(1));
                assert_eq!(*turns.running.count.lock().unwrap(), 0);
            }
        })
        .await
        .unwrap();
        running.await.unwrap().unwrap();
    }
}
