//! Threads that hash.
//!
//! Hashing takes a core for a fifth of a second, for one password as for several side by side: as many as suit the processor,
//! which is measured. The threads are as many as the cores, so that more callers wait instead of slowing each other down.
//! They run at normal priority. Linux shares a core equally between busy threads, and prefers those that used less. So a
//! request runs first as long as requests use less time than hashing.
//!
//! An idle thread takes what waits, the oldest first, and shares it with the other idle ones. Every few milliseconds a
//! thread at work answers what is done, takes out what nobody waits for any more, and has what waits join its free
//! lanes, of whatever cost. So one alone starts at once, and nobody waits for others to come or to end while a lane is
//! free. Those in the other lanes pay for who joins, but no more than what a full set of lanes costs against a single
//! lane, however many join: 9 % where it was measured.

use super::capacity::{Capacity, hash_many, time_of_a_batch};
use super::cost::BcryptCost;
use super::job::{Input, Job};
use super::queue::{Queue, Task};
use super::width::{Width, best_width};
use super::work::{Advance, advance_by_a_step, work_off};
use bcrypt_lanes::{LANES, PasswordHash};
use portcullis_application::ports::{HasherError, Meter, Unmeasured};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use tokio::sync::oneshot;
use tracing::Instrument as _;

/// How many callers may wait for each thread: 64 full sets of lanes, 15 seconds at the default cost.
const QUEUE_PER_THREAD: usize = 64 * LANES;

/// The size of a [`BcryptPool`].
#[derive(Debug, Clone, Copy)]
pub struct BcryptOptions {
    /// The cost of new hashes.
    pub cost: BcryptCost,
    /// How many threads hash; at least one.
    pub threads: usize,
    /// How many calls may wait for a thread; at least one.
    pub queue: usize,
}

impl BcryptOptions {
    /// A thread for each core that the process may use, and room for 256 waiting calls a thread.
    #[must_use]
    pub fn for_this_machine(cost: BcryptCost) -> Self {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        Self {
            cost,
            threads,
            queue: threads * QUEUE_PER_THREAD,
        }
    }
}

/// Threads of their own for bcrypt. Clones share them; they end when the last clone is dropped.
#[derive(Clone)]
pub struct BcryptPool {
    cost: BcryptCost,
    threads: usize,
    queue: Arc<ClosedOnDrop>,
    width: Arc<Width>,
    /// The jobs that wait or are at work.
    undone: Arc<AtomicUsize>,
}

/// What the threads of a pool have to do at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashingLoad {
    /// How many passwords wait.
    pub waiting: usize,
    /// How many may wait.
    pub capacity: usize,
    /// How many are worked on.
    pub running: usize,
}

impl BcryptPool {
    /// Starts the threads.
    ///
    /// # Errors
    /// Where the operating system gives no thread.
    pub fn start(options: BcryptOptions) -> std::io::Result<Self> {
        Self::start_measured(options, Arc::new(Unmeasured))
    }

    /// Starts the threads, which tell the meter how long each password waited.
    ///
    /// # Errors
    /// Where the operating system gives no thread.
    pub fn start_measured(options: BcryptOptions, meter: Arc<dyn Meter>) -> std::io::Result<Self> {
        let advance: Arc<Advance> = Arc::new(advance_by_a_step);
        Self::start_with(options, &advance, meter)
    }

    fn start_with(options: BcryptOptions, advance: &Arc<Advance>, meter: Arc<dyn Meter>) -> std::io::Result<Self> {
        let queue = Arc::new(Queue::new(options.queue, meter));
        // Made first, so that the threads that were started end where a later one can't be had.
        let pool = Self {
            cost: options.cost,
            threads: options.threads.max(1),
            queue: Arc::new(ClosedOnDrop(Arc::clone(&queue))),
            width: Arc::default(),
            undone: Arc::default(),
        };
        for number in 0..pool.threads {
            let (queue, advance, cost) = (Arc::clone(&queue), Arc::clone(advance), options.cost);
            let width = Arc::clone(&pool.width);
            thread::Builder::new()
                .name(format!("bcrypt-{number}"))
                .spawn(move || work_through(&queue, cost, &width, &*advance))?;
        }
        Ok(pool)
    }

    /// The cost of new hashes.
    #[must_use]
    pub fn cost(&self) -> BcryptCost {
        self.cost
    }

    /// Measures how many lanes suit this processor and how fast it hashes with them, once no call waits; it holds one thread
    /// for about 90 ms. From then on the threads have so many. `None` where it can't be measured.
    pub async fn measure(&self) -> Option<Capacity> {
        let (answer, answered) = oneshot::channel();
        self.queue.0.measure(answer);
        let (lanes, batch) = answered.await.ok()?;
        Some(Capacity {
            cost: self.cost,
            threads: self.threads,
            lanes,
            batch,
        })
    }

    /// What there is to do now.
    #[must_use]
    pub fn load(&self) -> HashingLoad {
        let (waiting, capacity) = self.queue.0.depth();
        HashingLoad {
            waiting,
            capacity,
            running: self.undone.load(Ordering::Relaxed).saturating_sub(waiting),
        }
    }

    /// Does one bcrypt on one of the threads, after what waits already.
    pub(super) async fn hash(&self, input: Input) -> Result<PasswordHash, HasherError> {
        let (answer, answered) = oneshot::channel();
        self.queue.0.push(Job::new(input, answer, &self.undone))?;
        answered
            // For traces alone; the log knows no such target.
            .instrument(tracing::info_span!(target: "trace::hashing", "hash password"))
            .await
            .map_err(|_| HasherError::Unexpected(anyhow::anyhow!("hashing a password panicked")))
    }
}

struct ClosedOnDrop(Arc<Queue>);

impl Drop for ClosedOnDrop {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn work_through(queue: &Queue, cost: BcryptCost, width: &Width, advance: &Advance) {
    while let Some(task) = queue.take(width.lanes()) {
        match task {
            // What a caller has woken runs on this thread, too: whatever it does, the thread goes on.
            Task::Jobs(jobs) => drop(catch_unwind(AssertUnwindSafe(|| work_off(jobs, queue, width, advance)))),
            Task::Measurement(answer) => {
                let Ok(lanes) = catch_unwind(best_width) else { continue };
                if let Some(time) = time_of_a_batch(cost, lanes, &hash_many) {
                    width.set(lanes);
                    // Whoever asked may have gone meanwhile.
                    let _ = answer.send((lanes, time));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
