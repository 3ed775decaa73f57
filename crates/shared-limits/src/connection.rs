//! The connection to Redis: on a thread of its own, bounded in time, and given up while Redis does not answer.

use crate::script::Scripts;
use crate::url::RedisUrl;
use anyhow::Context as _;
use redis::Client;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::time::{sleep, timeout};

/// How long an answer is waited for: some twenty times as long as it takes within one network.
const ANSWER_WITHIN: Duration = Duration::from_millis(50);

/// How long a connection may take, with TLS. Nobody waits for it.
const CONNECTED_WITHIN: Duration = Duration::from_secs(2);

/// How often Redis is asked whether it does its work.
const PAUSE: Duration = Duration::from_secs(1);

/// After so many questions without an answer the connection is made anew: what is at its other end may be gone without a
/// word.
const ASKED_IN_VAIN: u32 = 5;

/// How many calls may wait to be sent.
const WAITING: usize = 1024;

/// A Redis, or what is known of it.
pub(crate) struct Connection {
    shared: Arc<Shared>,
    /// `None` once it is dropped.
    runtime: Option<Runtime>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    /// It did not answer before, and was not asked.
    #[error("Redis did not answer before")]
    NotAsked,
    /// It took too long.
    #[error("Redis did not answer within {} ms", ANSWER_WITHIN.as_millis())]
    Late,
    /// It answered with an error, or can't be reached.
    #[error(transparent)]
    Redis(#[from] redis::RedisError),
    /// The call was cut short.
    #[error("the call ended with its thread")]
    Ended,
}

struct Shared {
    client: Client,
    scripts: Arc<Scripts>,
    manager: Mutex<Option<ConnectionManager>>,
    answers: AtomicBool,
    /// Whether it was told yet how Redis is.
    is_told: AtomicBool,
}

impl Connection {
    /// Begins to connect. Nobody waits for it: until Redis answers it counts as one that does not.
    pub(crate) fn open(url: &RedisUrl, scripts: Arc<Scripts>) -> anyhow::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("redis")
            .enable_all()
            .build()
            .context("the thread that talks to Redis can't be started")?;
        let shared = Arc::new(Shared {
            client: Client::open(url.connection())?,
            scripts,
            manager: Mutex::new(None),
            answers: AtomicBool::new(false),
            is_told: AtomicBool::new(false),
        });
        runtime.spawn(Arc::clone(&shared).keep_asking());
        Ok(Self {
            shared,
            runtime: Some(runtime),
        })
    }

    /// Whether Redis answered when it was last asked.
    pub(crate) fn answers(&self) -> bool {
        self.shared.answers.load(Ordering::Relaxed)
    }

    /// Asks Redis, if it answered before.
    pub(crate) async fn ask<T, F>(&self, question: impl FnOnce(ConnectionManager) -> F) -> Result<T, NoAnswer>
    where
        T: Send + 'static,
        F: Future<Output = redis::RedisResult<T>> + Send + 'static,
    {
        let (true, Some(runtime), Some(manager)) = (self.answers(), &self.runtime, self.shared.manager()) else {
            return Err(NoAnswer::NotAsked);
        };
        let asked = runtime.spawn(within_time(question(manager)));
        let answer = asked.await.unwrap_or(Err(NoAnswer::Ended));
        if let Err(error) = &answer {
            self.shared.note(Some(error));
        }
        answer
    }
}

/// A runtime may not be dropped by one of its kind, which waits for it.
impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Shared {
    /// It ends with the runtime.
    async fn keep_asking(self: Arc<Self>) {
        let mut in_vain = 0_u32;
        loop {
            match self.is_there().await {
                Ok(()) => {
                    in_vain = 0;
                    self.note(None);
                }
                Err(error) => {
                    in_vain += 1;
                    self.note(Some(&error));
                    if in_vain.is_multiple_of(ASKED_IN_VAIN) {
                        *self.lock() = None;
                    }
                }
            }
            sleep(PAUSE).await;
        }
    }

    async fn is_there(&self) -> Result<(), NoAnswer> {
        let mut manager = match self.manager() {
            Some(manager) => manager,
            None => self.connect().await?,
        };
        within_time(self.scripts.probe(&mut manager)).await
    }

    async fn connect(&self) -> Result<ConnectionManager, NoAnswer> {
        let connecting = ConnectionManager::new_with_config(self.client.clone(), config());
        let manager = timeout(CONNECTED_WITHIN, connecting)
            .await
            .map_err(|_| NoAnswer::Late)??;
        *self.lock() = Some(manager.clone());
        Ok(manager)
    }

    fn manager(&self) -> Option<ConnectionManager> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<ConnectionManager>> {
        self.manager.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells in the log when it begins not to answer, and when it answers again.
    fn note(&self, failure: Option<&NoAnswer>) {
        let answered = self.answers.swap(failure.is_none(), Ordering::Relaxed);
        let is_news = !self.is_told.swap(true, Ordering::Relaxed) || answered != failure.is_none();
        match failure {
            Some(error) if is_news => tracing::warn!(
                %error,
                "Redis does not answer: this server counts limits for itself until it does"
            ),
            None if is_news => tracing::info!("Redis answers: limits are counted together with the other servers"),
            Some(_) | None => {}
        }
    }
}

async fn within_time<T>(answer: impl Future<Output = redis::RedisResult<T>>) -> Result<T, NoAnswer> {
    Ok(timeout(ANSWER_WITHIN, answer).await.map_err(|_| NoAnswer::Late)??)
}

/// Connects and asks once.
pub(crate) async fn try_reach(url: &RedisUrl, scripts: &Scripts) -> Result<(), NoAnswer> {
    let client = Client::open(url.connection())?;
    let connecting = ConnectionManager::new_with_config(client, config());
    let mut manager = timeout(CONNECTED_WITHIN, connecting)
        .await
        .map_err(|_| NoAnswer::Late)??;
    within_time(scripts.probe(&mut manager)).await
}

fn config() -> ConnectionManagerConfig {
    ConnectionManagerConfig::new()
        .set_connection_timeout(Some(CONNECTED_WITHIN))
        .set_response_timeout(Some(ANSWER_WITHIN))
        .set_number_of_retries(1)
        .set_max_delay(PAUSE)
        .set_pipeline_buffer_size(WAITING)
}
