//! The small runtime of one connection, and how long it waits for the server.

use crate::deadline::Deadline;
use diesel::result::{DatabaseErrorKind, Error, QueryResult};
use std::future::Future;
use std::time::Duration;
use tokio::runtime::Runtime;

/// How much later than the server's own time limit a statement is given up here.
const GRACE: Duration = Duration::from_secs(2);

/// A runtime that may be dropped anywhere, also where blocking is forbidden.
pub(super) struct OwnRuntime(Option<Runtime>);

impl OwnRuntime {
    pub(super) fn new() -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self(Some(runtime)))
    }

    #[expect(clippy::expect_used, reason = "only the drop takes the runtime out")]
    pub(super) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.as_ref().expect("the runtime is there").block_on(future)
    }
}

impl Drop for OwnRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// How long answers are waited for, and whether more are.
pub(super) struct Waiting {
    /// The server's time limit of a statement.
    pub(super) statement: Duration,
    /// When the caller must have its answer; `None` where nobody waits.
    pub(super) deadline: Option<Deadline>,
    /// Nothing more is to be sent over the connection.
    pub(super) given_up: bool,
}

impl Waiting {
    /// Waits for an answer, but no longer than the limits: a server that hangs answers nothing, not even a timeout.
    pub(super) fn wait<T>(
        &mut self,
        runtime: &OwnRuntime,
        answer: impl Future<Output = QueryResult<T>>,
    ) -> QueryResult<T> {
        let limit = self.statement + GRACE;
        let limit = self.deadline.map_or(limit, |deadline| deadline.left().min(limit));
        let answer = runtime.block_on(async { tokio::time::timeout(limit, answer).await });
        answer.unwrap_or_else(|_| {
            self.given_up = true;
            let reason = format!("no answer within {:.1} seconds", limit.as_secs_f32());
            Err(Error::DatabaseError(
                DatabaseErrorKind::ClosedConnection,
                Box::new(reason),
            ))
        })
    }
}
