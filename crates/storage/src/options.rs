//! How much of a database is used, and how long anybody waits for it.

use portcullis_application::ports::{Meter, Unmeasured};
use std::sync::Arc;
use std::time::Duration;

/// How much of the database to use, and how long to wait for it.
#[derive(Debug, Clone)]
pub struct DatabaseOptions {
    /// Connections to read from SQLite with.
    pub readers: u32,
    /// Connections to PostgreSQL.
    pub connections: u32,
    /// How many units of work may wait for the thread that writes to SQLite.
    pub queue: usize,
    /// How long a unit of work waits for its turn before it is told that the store is busy. A rotation on PostgreSQL waits
    /// less, where else there would be no time for its statements.
    pub patience: Duration,
    /// How long PostgreSQL has to let us in.
    pub connect_timeout: Duration,
    /// How long a statement may take on PostgreSQL, the wait for a lock included.
    pub statement_timeout: Duration,
    /// How long a unit of work may take altogether: its turn, its connection and its statements. Below the grace in
    /// which a refresh may be repeated, since it may have taken place when its caller hears that it was given up.
    pub answer_within: Duration,
    /// Is told of each commit.
    pub meter: Arc<dyn Meter>,
}

impl Default for DatabaseOptions {
    fn default() -> Self {
        Self {
            readers: 8,
            connections: 16,
            queue: 1024,
            patience: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(5),
            answer_within: Duration::from_secs(8),
            meter: Arc::new(Unmeasured),
        }
    }
}
