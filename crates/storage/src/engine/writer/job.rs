//! What waits for the thread.

use crate::deadline::Deadline;
use portcullis_application::ports::{Access, StoreResult, Work};
use std::time::Instant;
use tokio::sync::oneshot;

/// Something that waits to be written, and whom to tell.
pub(super) struct Job {
    pub(super) task: Task,
    pub(super) arrived: Instant,
    pub(super) deadline: Deadline,
    pub(super) answer: oneshot::Sender<StoreResult<()>>,
}

pub(super) enum Task {
    /// A unit of work.
    Unit(Access, Work),
    /// A write of a real size, to see whether writing works.
    Probe,
}
