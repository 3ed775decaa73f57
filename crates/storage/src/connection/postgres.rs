//! A PostgreSQL connection in pure Rust, with TLS by rustls, behind Diesel's synchronous interface.
//!
//! Each connection has a small runtime of its own, which runs on whatever thread uses the connection. So a statement
//! costs no hand-over to another thread. It follows that a connection must be used on threads that may block.

mod any_types;
mod client;
mod diesel_traits;
mod refusal;
mod row;
mod runtime;

use self::client::{DieselClient, Sendable};
pub(crate) use self::row::PgRow;
use self::runtime::{OwnRuntime, Waiting};
use super::any::has_taken_the_row;
use super::cached::Cached;
use super::sessions::{self, ServerTraits};
use super::tls::{self, TlsError};
use crate::deadline::Deadline;
use crate::url::PostgresUrl;
use diesel::connection::{AnsiTransactionManager, DynInstrumentation, SimpleConnection};
use diesel::deserialize::FromSqlRow;
use diesel::expression::QueryMetadata;
use diesel::pg::Pg;
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel::query_dsl::CompatibleType;
use diesel::result::{ConnectionError, Error, QueryResult};
use futures_util::future::join_all;
use std::future::{Future, ready};
use std::io::ErrorKind;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_postgres::error::SqlState;

/// How often the runtime gets to look at its socket before a connection counts as open: the socket's readiness, the
/// server's last message and the close behind it each take a look of their own.
const LOOKS: usize = 4;

/// How long the server keeps the locks of a unit of work whose program hangs.
const ABANDONED_AFTER: Duration = Duration::from_mins(1);

/// Time limits of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// For connecting, with TLS and signing in.
    pub(crate) connect: Duration,
    /// For one statement; also for waiting for a lock.
    pub(crate) statement: Duration,
    /// When the caller must have its answer; `None` where nobody waits.
    pub(crate) deadline: Option<Deadline>,
}

/// Why there is no connection. The driver's errors hide their causes from their texts.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Postgres(#[from] tokio_postgres::Error),
    #[error(transparent)]
    Setup(#[from] ConnectionError),
    #[error("no answer within {:.1} seconds", .0.as_secs_f32())]
    TimedOut(Duration),
    #[error("no runtime for the connection")]
    Runtime(#[source] std::io::Error),
}

impl ConnectError {
    /// Whether nothing answers yet: the next attempt may find a server that has come up.
    pub(crate) fn may_pass(&self) -> bool {
        let error = match self {
            Self::Postgres(error) => error,
            Self::TimedOut(_) => return true,
            Self::Tls(_) | Self::Setup(_) | Self::Runtime(_) => return false,
        };
        if let Some(code) = error.code() {
            return *code == SqlState::CANNOT_CONNECT_NOW;
        }
        // A proxy that has no server behind it yet takes connections, and closes them without a word.
        if error.is_closed() {
            return true;
        }
        let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<std::io::Error>());
        // A name that does not resolve has no kind of its own, so those are left out that will not change: what may not
        // be opened, what is no address, and a certificate that is refused.
        cause.is_some_and(|cause| {
            !matches!(
                cause.kind(),
                ErrorKind::PermissionDenied | ErrorKind::InvalidInput | ErrorKind::InvalidData
            )
        })
    }

    /// Whether nothing was heard at all.
    pub(crate) fn is_silence(&self) -> bool {
        matches!(self, Self::TimedOut(_))
    }

    fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Postgres(error) => error.code(),
            Self::Tls(_) | Self::Setup(_) | Self::TimedOut(_) | Self::Runtime(_) => None,
        }
    }

    /// What to do: about a server that does not answer, and about a refusal, which says in a language of its own what was
    /// wrong.
    pub(crate) fn advice(&self) -> Option<&'static str> {
        let Some(code) = self.code() else {
            return self
                .may_pass()
                .then_some("check that it runs, and that the host name and the port are right");
        };
        let advice = match *code {
            SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
                "look at the user and password in the URL, and at the server's pg_hba.conf"
            }
            SqlState::INVALID_CATALOG_NAME => {
                "make the database first: createdb --encoding=UTF8 --template=template0 NAME"
            }
            SqlState::TOO_MANY_CONNECTIONS => {
                "raise the server's max_connections, or run fewer programs on it: a server takes up to 18 connections"
            }
            SqlState::INSUFFICIENT_PRIVILEGE => "as the database's owner run GRANT CONNECT ON DATABASE",
            SqlState::UNDEFINED_OBJECT | SqlState::INVALID_PARAMETER_VALUE | SqlState::CANT_CHANGE_RUNTIME_PARAM => {
                "look at the parameter options in the URL"
            }
            _ => return None,
        };
        Some(advice)
    }
}

fn all<T: FromSqlRow<Row, Pg>, Row>(rows: &[PgRow]) -> QueryResult<Vec<T>> {
    let read = rows.iter().map(T::build_from_row);
    read.collect::<Result<_, _>>().map_err(Error::DeserializationError)
}

/// The connection.
pub struct PgTls {
    client: DieselClient,
    /// Moves bytes between the socket and the client; ends with the connection.
    traffic: JoinHandle<()>,
    runtime: OwnRuntime,
    transactions: AnsiTransactionManager,
    instrumentation: DynInstrumentation,
    waiting: Waiting,
    /// A transaction is due, and begins together with its first statement.
    begins: bool,
    /// Go out with the next statement. Each writes a row.
    inserts: Vec<Sendable>,
}

impl PgTls {
    /// Connects. Must not be called on a thread that drives asynchronous tasks.
    pub(crate) fn connect(url: &PostgresUrl, limits: Limits) -> Result<Self, ConnectError> {
        let tls = tls::connector(url)?;
        let runtime = OwnRuntime::new().map_err(ConnectError::Runtime)?;
        let connecting = async {
            let (client, connection) = url.config().connect(tls).await?;
            let traffic = tokio::spawn(async move {
                if let Err(error) = connection.await.map_err(anyhow::Error::from) {
                    tracing::debug!(error = %format_args!("{error:#}"), "a connection to PostgreSQL ended");
                }
            });
            Ok::<_, ConnectError>((DieselClient::of(client), traffic))
        };
        let limit = limits
            .deadline
            .map_or(limits.connect, |deadline| deadline.left().min(limits.connect));
        let (client, traffic) = runtime.block_on(async {
            tokio::time::timeout(limit, connecting)
                .await
                .map_err(|_| ConnectError::TimedOut(limit))?
        })?;
        let mut connection = Self {
            client,
            traffic,
            runtime,
            transactions: AnsiTransactionManager::default(),
            instrumentation: DynInstrumentation::default_instrumentation(),
            waiting: Waiting {
                statement: limits.statement,
                deadline: limits.deadline,
                given_up: false,
            },
            begins: false,
            inserts: Vec::new(),
        };
        connection.limit_statements(limits.statement)?;
        Ok(connection)
    }

    /// What the server is like that the URL leads to. Must not be called on a thread that drives asynchronous tasks.
    pub(crate) fn examine(url: &PostgresUrl, limit: Duration) -> Result<ServerTraits, ConnectError> {
        let runtime = OwnRuntime::new().map_err(ConnectError::Runtime)?;
        runtime.block_on(async {
            tokio::time::timeout(limit, sessions::examine(url))
                .await
                .map_err(|_| ConnectError::TimedOut(limit))?
        })
    }

    /// Sets the time limits of statements, here and on the server.
    pub(crate) fn limit_statements(&mut self, limit: Duration) -> Result<(), ConnectionError> {
        self.waiting.statement = limit;
        let milliseconds = limit.as_millis();
        let abandoned_after = ABANDONED_AFTER.as_millis();
        self.batch_execute(&format!(
            "SET statement_timeout = {milliseconds}; SET lock_timeout = {milliseconds}; \
             SET idle_in_transaction_session_timeout = {abandoned_after}; \
             SET default_transaction_isolation = 'read committed'; SET TIME ZONE 'UTC'"
        ))
        .map_err(ConnectionError::CouldntSetupConfiguration)
    }

    /// Whether the connection has ended, as far as the bytes that arrived tell.
    pub(crate) fn is_lost(&mut self) -> bool {
        if !self.is_known_lost() {
            self.runtime.block_on(async {
                for _ in 0..LOOKS {
                    tokio::task::yield_now().await;
                }
            });
        }
        self.is_known_lost()
    }

    /// Whether the connection has ended, as far as its last use told.
    pub(crate) fn is_known_lost(&self) -> bool {
        self.waiting.given_up || self.traffic.is_finished()
    }

    /// Opens a transaction. The server learns of it with the first statement, which spares a round trip.
    pub(crate) fn begin(&mut self) {
        self.begins = true;
        self.inserts.clear();
    }

    /// Ends the transaction by `COMMIT` or `ROLLBACK`. There is none to end where no statement came.
    pub(crate) fn end(&mut self, statement: &str) -> QueryResult<()> {
        self.inserts.clear();
        if std::mem::take(&mut self.begins) {
            return Ok(());
        }
        self.batch_execute(statement)
    }

    /// Sends what `ask` asks on the connection, behind the transaction's begin where that is due.
    fn send<'c, T, F>(&'c mut self, ask: impl FnOnce(&'c DieselClient) -> F) -> QueryResult<T>
    where
        F: Future<Output = QueryResult<T>>,
    {
        let client = &self.client;
        let answer = ask(client);
        let (begins, inserts) = (std::mem::take(&mut self.begins), std::mem::take(&mut self.inserts));
        if !begins && inserts.is_empty() {
            return self.waiting.wait(&self.runtime, answer);
        }
        // Polled in this order, so they are sent in this order, and the server answers in it. Of what failed the first tells
        // why: what follows fails with it.
        let all = async {
            let begin = async { if begins { client.run("BEGIN").await } else { Ok(()) } };
            let inserts = inserts.into_iter().map(|insert| client.count(Ok(insert)));
            let (started, inserted, answer) = tokio::join!(biased; begin, join_all(inserts), answer);
            started?;
            inserted.into_iter().try_for_each(|count| has_taken_the_row(count?))?;
            answer
        };
        self.waiting.wait(&self.runtime, all)
    }

    /// Runs a statement that adds a row, together with the next one: nobody waits for it alone. [`settle`](Self::settle) tells of
    /// the last ones.
    pub(crate) fn insert_soon<T>(&mut self, statement: &T) -> QueryResult<()>
    where
        T: QueryFragment<Pg> + QueryId,
    {
        self.inserts.push(Sendable::of(statement)?);
        Ok(())
    }

    /// Waits for the rows that were to be added soon.
    pub(crate) fn settle(&mut self) -> QueryResult<()> {
        if self.inserts.is_empty() {
            return Ok(());
        }
        self.send(|_| ready(Ok(())))
    }

    /// Runs a statement that gives no rows. How many rows it wrote.
    pub(crate) fn execute<T>(&mut self, statement: T) -> QueryResult<usize>
    where
        T: QueryFragment<Pg> + QueryId,
    {
        let statement = Sendable::of(&statement);
        self.send(|client| client.count(statement))
    }

    /// Runs a statement and a query in one round trip: both are sent before either is answered. The server runs the
    /// query when the statement is done, and each sees what was committed when it begins.
    pub(crate) fn execute_then_load<T, Q>(&mut self, statement: T, query: Q) -> QueryResult<(usize, Vec<PgRow>)>
    where
        T: QueryFragment<Pg> + QueryId,
        Q: Query + QueryFragment<Pg> + QueryId,
        Pg: QueryMetadata<Q::SqlType>,
    {
        let (statement, query) = (Sendable::of(&statement), Sendable::of(&query));
        self.send(async |client| {
            let (written, rows) = tokio::join!(biased; client.count(statement), client.rows(query));
            // Of a statement that failed the query only tells that it has.
            Ok((written?, rows?))
        })
    }

    /// Runs two queries in one round trip, the first one first: each sees what was committed when it begins.
    pub(crate) fn load_both<P, A, RowOfA, Q, B, RowOfB>(&mut self, first: P, second: Q) -> QueryResult<(Vec<A>, Vec<B>)>
    where
        P: Query + QueryFragment<Pg> + QueryId,
        Q: Query + QueryFragment<Pg> + QueryId,
        Pg: QueryMetadata<P::SqlType> + QueryMetadata<Q::SqlType>,
        P::SqlType: CompatibleType<A, Pg, SqlType = RowOfA>,
        Q::SqlType: CompatibleType<B, Pg, SqlType = RowOfB>,
        A: FromSqlRow<RowOfA, Pg>,
        B: FromSqlRow<RowOfB, Pg>,
    {
        let (first, second) = (Sendable::of(&first), Sendable::of(&second));
        let (first, second) = self.send(async |client| {
            let (first, second) = tokio::join!(biased; client.rows(first), client.rows(second));
            // After one that failed the other only tells that it has.
            Ok((first?, second?))
        })?;
        Ok((all(&first)?, all(&second)?))
    }

    /// Runs statements and ends the transaction by `COMMIT`, in one round trip. How many rows each wrote. Where one fails nothing
    /// is kept, and the transaction is over all the same.
    pub(crate) fn execute_all_and_commit<S>(
        &mut self,
        // Of a text that is kept: others are prepared out of turn.
        statements: impl Iterator<Item = Cached<S>>,
    ) -> QueryResult<Vec<usize>>
    where
        S: QueryFragment<Pg>,
    {
        let statements = statements.map(|statement| Sendable::of(&statement));
        let statements: Vec<Sendable> = match statements.collect() {
            Ok(statements) => statements,
            Err(error) => {
                self.end("ROLLBACK")?;
                return Err(error);
            }
        };
        self.send(async |client| {
            let counts = join_all(statements.into_iter().map(|statement| client.count(Ok(statement))));
            let (counts, committed) = tokio::join!(biased; counts, client.run("COMMIT"));
            let counts = counts.into_iter().collect::<QueryResult<_>>()?;
            committed?;
            Ok(counts)
        })
    }

    /// Makes [`is_lost`](Self::is_lost) true.
    pub(crate) fn give_up(&mut self) {
        self.waiting.given_up = true;
    }

    /// Whether the server's time limit of a statement comes before the caller's.
    pub(crate) fn has_time_for_a_statement(&self) -> bool {
        let left = self.waiting.deadline.map(Deadline::left);
        left.is_none_or(|left| left >= self.waiting.statement)
    }

    /// By when whoever uses the connection from now on must have an answer.
    pub(crate) fn answer_by(&mut self, deadline: Deadline) {
        self.waiting.deadline = Some(deadline);
    }
}
