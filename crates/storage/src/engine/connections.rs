//! Connections to PostgreSQL, kept for the next unit of work.
//!
//! Whoever has a turn may have a connection, so nobody waits for one here: it is an idle one, or a new one that its user
//! makes himself. That keeps to the user's deadline, and tells why there is none.

use super::turns::closed;
use crate::connection::AnyConnection;
use crate::connection::postgres::{ConnectError, Limits, PgTls};
use crate::connection::sessions::ServerTraits;
use crate::deadline::{Deadline, LogRate};
use crate::error::OpenError;
use crate::unsuitable::Unsuitable;
use crate::url::PostgresUrl;
use anyhow::anyhow;
use portcullis_application::ports::{StoreError, StoreResult};
use std::collections::VecDeque;
use std::error::Error as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long nobody else tries to connect after somebody failed to.
const BREAK: Duration = Duration::from_secs(1);

/// How long a start waits before it tries again to connect.
const RETRY_AFTER: Duration = Duration::from_millis(250);

/// How long the first attempt of a start may take, so that the log soon says what a start waits for.
const FIRST_ATTEMPT: Duration = Duration::from_secs(1);

/// How long a connection is used, so that a server behind one name that has moved is found in the end.
const MOST_AGE: Duration = Duration::from_mins(30);

/// How long a connection is kept that nobody needs.
const MOST_IDLE: Duration = Duration::from_mins(10);

/// How long after its last use nobody looks whether a connection is lost: under load the look would be a part of each turn.
const JUST_USED: Duration = Duration::from_millis(100);

/// Makes connections.
pub(super) struct Server {
    url: PostgresUrl,
    limits: Limits,
    /// When somebody last failed to connect, and why.
    failure: Mutex<Option<(Instant, String)>>,
    log_rate: LogRate,
}

impl Server {
    pub(super) fn new(url: PostgresUrl, limits: Limits) -> Self {
        Self {
            url,
            limits,
            failure: Mutex::new(None),
            log_rate: LogRate::default(),
        }
    }

    /// Connects for the first time, and looks whether this program can work with the server, whatever is in the database.
    /// One that starts together with this program may not answer yet: it is tried again until the deadline. One that
    /// answers and refuses is not.
    #[expect(
        clippy::disallowed_methods,
        reason = "there is no event to wait for: a server comes up unasked"
    )]
    pub(super) fn examine(&self, deadline: Deadline) -> Result<(), OpenError> {
        let whole = deadline.left();
        let mut failure = None;
        let mut is_told = false;
        loop {
            let left = deadline.left().min(self.limits.connect);
            let limit = if is_told { left } else { left.min(FIRST_ATTEMPT) };
            match PgTls::examine(&self.url, limit) {
                Ok(traits) => return self.judge(traits),
                Err(error) if error.may_pass() && deadline.left() > RETRY_AFTER => {
                    if !std::mem::replace(&mut is_told, true) {
                        self.tell_of_waiting(whole, &error);
                    }
                    if !error.is_silence() {
                        failure = Some(error);
                    }
                    std::thread::sleep(RETRY_AFTER);
                }
                // The time was over before an answer came. What came before says more.
                Err(error) if error.is_silence() => {
                    return Err(self.unreachable(&failure.unwrap_or(ConnectError::TimedOut(whole))));
                }
                Err(error) => return Err(self.unreachable(&error)),
            }
        }
    }

    fn tell_of_waiting(&self, wait: Duration, error: &ConnectError) {
        let (seconds, reason) = (wait.as_secs_f32().round(), in_one_line(error));
        tracing::info!(database = %self.url, reason, "waiting up to {seconds} s for the database");
    }

    fn judge(&self, traits: ServerTraits) -> Result<(), OpenError> {
        let database = self.url.to_string();
        let encoding = traits.encoding;
        if !traits.keeps_sessions {
            Err(Unsuitable::NoSessions { database }.into())
        } else if encoding != "UTF8" {
            Err(Unsuitable::Encoding { database, encoding }.into())
        } else {
            Ok(())
        }
    }

    /// Connects, whatever came of it before.
    pub(super) fn connection(&self, deadline: Option<Deadline>) -> Result<AnyConnection, OpenError> {
        self.attempt(deadline).map_err(|error| self.unreachable(&error))
    }

    fn attempt(&self, deadline: Option<Deadline>) -> Result<AnyConnection, ConnectError> {
        let limits = Limits {
            deadline,
            ..self.limits
        };
        PgTls::connect(&self.url, limits).map(AnyConnection::Postgres)
    }

    fn unreachable(&self, error: &ConnectError) -> OpenError {
        let advice = error.advice();
        let mut reason = in_one_line(error);
        if let Some(advice) = advice {
            reason.push_str("; ");
            reason.push_str(advice);
        }
        OpenError::Unreachable {
            database: self.url.to_string(),
            reason,
        }
    }

    /// Connects for a unit of work, unless somebody failed to a moment ago: then it fails at once for the same reason.
    pub(super) fn connect(&self, deadline: Deadline) -> StoreResult<AnyConnection> {
        if let Some((at, reason)) = &*self.failure.lock().unwrap_or_else(PoisonError::into_inner)
            && at.elapsed() < BREAK
        {
            return Err(StoreError::Unavailable(anyhow!(reason.clone())));
        }
        if deadline.left().is_zero() {
            return Err(StoreError::Unavailable(anyhow!("the database did not answer in time")));
        }
        let connected = self.connection(Some(deadline));
        let failure = connected
            .as_ref()
            .err()
            .map(|error| (Instant::now(), error.to_string()));
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
        connected.map_err(|error| {
            if self.log_rate.is_due() {
                tracing::warn!(%error, "there is no connection to the database");
            }
            StoreError::Unavailable(error.into())
        })
    }
}

/// With its causes, which the text alone leaves out. The server puts details of some on lines of their own.
fn in_one_line(error: &ConnectError) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        line = format!("{line}: {inner}");
        cause = inner.source();
    }
    line.replace('\n', " ")
}

/// The connections, of which a turn takes one.
pub(super) struct Connections {
    server: Server,
    /// The one that was used last is last. `None` after the close.
    idle: Mutex<Option<VecDeque<Kept>>>,
}

struct Kept {
    connection: AnyConnection,
    made: Instant,
    used: Instant,
}

impl Connections {
    pub(super) fn to(server: Server) -> Self {
        Self {
            server,
            idle: Mutex::new(Some(VecDeque::new())),
        }
    }

    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    /// Lends a connection until the task ends, which must be by the deadline.
    pub(super) fn lend<T>(
        &self,
        deadline: Deadline,
        task: impl FnOnce(&mut AnyConnection) -> StoreResult<T>,
    ) -> StoreResult<T> {
        let mut kept = match self.take_idle()? {
            Some(kept) => kept,
            None => Kept {
                connection: self.server.connect(deadline)?,
                made: Instant::now(),
                used: Instant::now(),
            },
        };
        kept.connection.answer_by(deadline);
        let result = task(&mut kept.connection);
        self.give_back(kept);
        result
    }

    /// Keeps none any more.
    pub(super) fn close(&self) {
        let closed = self.idle.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(closed);
    }

    /// Asks the connection alone whether it is lost: a question to the server at each turn would halve the throughput.
    fn take_idle(&self) -> StoreResult<Option<Kept>> {
        loop {
            let last = {
                let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
                idle.as_mut().ok_or_else(closed)?.pop_back()
            };
            let Some(mut kept) = last else { return Ok(None) };
            let is_lost = if kept.used.elapsed() < JUST_USED {
                kept.connection.is_known_lost()
            } else {
                kept.connection.is_lost()
            };
            if kept.made.elapsed() < MOST_AGE && !is_lost {
                return Ok(Some(kept));
            }
        }
    }

    fn give_back(&self, mut kept: Kept) {
        if kept.connection.is_known_lost() {
            return;
        }
        kept.used = Instant::now();
        let mut unneeded = Vec::new();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(idle) = idle.as_mut() {
            idle.push_back(kept);
            while idle.front().is_some_and(|first| first.used.elapsed() >= MOST_IDLE) {
                unneeded.extend(idle.pop_front());
            }
        }
        // They end without holding anybody up.
        drop(idle);
        drop(unneeded);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::url::{DatabaseUrl, Target};
    use std::net::TcpListener;

    #[test]
    fn after_a_failure_nobody_else_tries_for_a_moment() {
        // Lets everybody in and answers nobody.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = silent.local_addr().unwrap();
        let url = DatabaseUrl::parse(&format!("postgres://u:p@{address}/db?sslmode=disable")).unwrap();
        let Target::Postgres(url) = url.target() else {
            panic!("a URL of PostgreSQL")
        };
        let limits = Limits {
            connect: Duration::from_millis(50),
            statement: Duration::from_secs(1),
            deadline: None,
        };
        let server = Server::new(url.as_ref().clone(), limits);
        let refusal_of = || match server.connect(Deadline::after(Duration::from_mins(1))) {
            Err(StoreError::Unavailable(reason)) => reason.to_string(),
            _ => panic!("nobody answers"),
        };
        let first = refusal_of();
        assert!(first.contains("no answer within"), "{first}");
        assert_eq!(refusal_of(), first);
        silent.set_nonblocking(true).unwrap();
        silent.accept().unwrap();
        assert!(silent.accept().is_err());
    }
}
