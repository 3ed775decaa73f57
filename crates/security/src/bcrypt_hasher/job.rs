//! One bcrypt to do.

use super::cost::BcryptCost;
use bcrypt_lanes::PasswordHash;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

/// A salt of bcrypt.
pub(super) type Salt = [u8; 16];

/// What goes into one bcrypt. To make a hash and to verify one is the same work.
pub(super) struct Input {
    pub(super) cost: BcryptCost,
    pub(super) salt: Salt,
    /// bcrypt takes 72 bytes of it.
    pub(super) key: Zeroizing<Vec<u8>>,
}

/// A bcrypt and who waits for it.
pub(super) struct Job {
    /// Kept while the job runs: after a panic it is begun anew.
    pub(super) input: Arc<Input>,
    pub(super) answer: oneshot::Sender<PasswordHash>,
    pub(super) arrived: Instant,
    _counted: Counted,
}

/// Counts a job from its arrival until its end, whatever that is.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn among(jobs: &Arc<AtomicUsize>) -> Self {
        jobs.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(jobs))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Job {
    /// One that has just arrived, counted among the jobs that are not done.
    pub(super) fn new(input: Input, answer: oneshot::Sender<PasswordHash>, undone: &Arc<AtomicUsize>) -> Self {
        Self {
            input: Arc::new(input),
            answer,
            arrived: Instant::now(),
            _counted: Counted::among(undone),
        }
    }

    /// Whether nobody waits for the answer any longer.
    pub(super) fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }
}
