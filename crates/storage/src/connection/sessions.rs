//! Whether the server keeps a session for each connection, which a pooler may not.
//!
//! A pooler that lends its connections for a transaction at a time gives each transaction another session. Time limits,
//! prepared statements, locks of a session and notifications get lost between them, some of them only now and then. No
//! setting of a session tells it for sure: as long as the pooler has nothing else to do, a connection gets the same
//! session again. A notification does: while a connection does nothing, a pooler has no session for it that could hear.

use super::postgres::ConnectError;
use super::tls;
use crate::url::PostgresUrl;
use futures_util::future::poll_fn;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_postgres::{AsyncMessage, Client, SimpleQueryMessage};

/// How long a notification may take. From a server it comes within milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

const CHANNEL: &str = "portcullis_sessions";

/// What a server is like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerTraits {
    /// The server's name for the encoding of the database.
    pub(crate) encoding: String,
    /// Whether a connection keeps its session.
    pub(crate) keeps_sessions: bool,
}

/// Asks on two connections, by statements that need no session.
pub(crate) async fn examine(url: &PostgresUrl) -> Result<ServerTraits, ConnectError> {
    let (listener, mut heard) = connect(url).await?;
    let of_server =
        "SELECT gen_random_uuid(), current_setting('server_encoding'), pg_is_in_recovery(), pg_backend_pid()";
    let [word, encoding, is_standby, session] = row(&listener, of_server).await?;
    let mut traits = ServerTraits {
        encoding,
        keeps_sessions: true,
    };
    // A standby has no notifications.
    if is_standby == "t" {
        return Ok(traits);
    }
    listener.batch_execute(&format!("LISTEN {CHANNEL}")).await?;
    let (speaker, _) = connect(url).await?;
    let [session_of_speaker] = row(&speaker, "SELECT pg_backend_pid()").await?;
    if session_of_speaker == session {
        // Where the pooler has nothing else to do, that tells at once. Two different sessions tell nothing.
        traits.keeps_sessions = false;
        return Ok(traits);
    }
    speaker.batch_execute(&format!("NOTIFY {CHANNEL}, '{word}'")).await?;
    let mut hear = async || while heard.recv().await.is_some_and(|other| other != word) {};
    traits.keeps_sessions = timeout(PATIENCE, hear()).await.is_ok() && !listener.is_closed();
    Ok(traits)
}

/// A connection, and the notifications that it gets. It ends with its client.
async fn connect(url: &PostgresUrl) -> Result<(Client, mpsc::UnboundedReceiver<String>), ConnectError> {
    let (client, mut connection) = url.config().connect(tls::connector(url)?).await?;
    let (hear, heard) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(notification) = message {
                drop(hear.send(notification.payload().to_owned()));
            }
        }
    });
    Ok((client, heard))
}

/// The columns of a query that gives one row.
async fn row<const N: usize>(client: &Client, query: &str) -> Result<[String; N], tokio_postgres::Error> {
    let mut columns = [const { String::new() }; N];
    for message in client.simple_query(query).await? {
        if let SimpleQueryMessage::Row(row) = message {
            for (number, column) in columns.iter_mut().enumerate() {
                row.try_get(number)?.unwrap_or_default().clone_into(column);
            }
        }
    }
    Ok(columns)
}
