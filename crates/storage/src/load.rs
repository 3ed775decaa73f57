//! How busy a database is.

/// What of a database is in use at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreLoad {
    /// How many connections are in use. On SQLite these are the ones that read.
    pub in_use: usize,
    /// How many may be.
    pub connections: usize,
    /// How many units of work wait for one.
    pub waiting: usize,
    /// The queue to the thread that writes to SQLite.
    pub writes: Option<WriteQueue>,
}

/// The queue to the one thread that writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteQueue {
    /// How many units of work wait.
    pub waiting: usize,
    /// How many may wait.
    pub capacity: usize,
}
