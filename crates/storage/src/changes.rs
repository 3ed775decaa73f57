//! News of what others wrote.

use crate::connection::tls;
use crate::database::Database;
use crate::url::{PostgresUrl, Target};
use async_trait::async_trait;
use futures_util::future::poll_fn;
use portcullis_application::ports::StoreChanges;
use shaku::Component;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_postgres::AsyncMessage;

/// How long after a connection was lost, or could not be made, the next one is tried.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);

/// [`StoreChanges`] on SQLite or PostgreSQL.
///
/// On PostgreSQL it listens on a connection of its own, which it makes at the first call and again whenever it was
/// lost. SQLite tells nobody of a change; there, and while there is no connection, a call lasts as long as its caller's
/// patience.
#[derive(Component)]
#[shaku(interface = StoreChanges)]
pub struct DieselStoreChanges {
    /// The database that others write to.
    database: Database,
    /// Keeps one piece of news for whoever comes later.
    #[shaku(force_default)]
    news: Arc<Notify>,
    /// The task that listens, where one does. It ends with this value.
    #[shaku(force_default)]
    listening: Mutex<JoinSet<()>>,
}

impl DieselStoreChanges {
    /// The news of an open database, for whoever has no container.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self {
            database,
            news: Arc::default(),
            listening: Mutex::default(),
        }
    }

    fn listen_to(&self, url: &PostgresUrl) {
        let mut listening = self.listening.lock().unwrap_or_else(PoisonError::into_inner);
        if listening.is_empty() {
            listening.spawn(listen_for_good(url.clone(), Arc::clone(&self.news)));
        }
    }
}

#[async_trait]
impl StoreChanges for DieselStoreChanges {
    async fn wait(&self, patience: Duration) {
        match self.database.url().target() {
            Target::Sqlite(_) => tokio::time::sleep(patience).await,
            Target::Postgres(url) => {
                self.listen_to(url);
                // Whether there was news does not matter to whoever waits: they look either way.
                drop(tokio::time::timeout(patience, self.news.notified()).await);
            }
        }
    }
}

async fn listen_for_good(url: PostgresUrl, news: Arc<Notify>) {
    loop {
        if let Err(error) = listen(&url, &news).await {
            tracing::debug!(%error, "nobody tells of changes in the database at present");
        }
        tokio::time::sleep(RETRY_AFTER).await;
    }
}

/// Listens until the connection ends.
async fn listen(url: &PostgresUrl, news: &Notify) -> anyhow::Result<()> {
    let connecting = url.config().connect(tls::connector(url)?);
    let (client, mut connection) = tokio::time::timeout(CONNECT, connecting).await??;
    let mut beginning = pin!(client.batch_execute("LISTEN portcullis_changes"));
    // The connection alone moves the bytes, so both are looked at until the answer is there.
    let mut has_begun = false;
    let mut next = async || {
        poll_fn(|context| {
            if !has_begun && let Poll::Ready(begun) = beginning.as_mut().poll(context) {
                has_begun = true;
                if let Err(error) = begun {
                    return Poll::Ready(Some(Err(error)));
                }
                // What happened while nobody listened was told to nobody.
                news.notify_one();
            }
            connection.poll_message(context)
        })
        .await
    };
    while let Some(message) = next().await {
        if let AsyncMessage::Notification(_) = message? {
            news.notify_one();
        }
    }
    Ok(())
}
