//! What a server does by itself while it serves, each kind of work at a pace of its own.
//!
//! It runs beside the workers that answer requests, on the thread that started them, which has nothing else to do.

use anyhow::anyhow;
use futures_util::FutureExt as _;
use portcullis_application::UpkeepService;
use portcullis_application::ports::StoreChanges;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

/// How long the server waits at the most before it asks again what others revoked. A quarter of the time in which it
/// has to know.
const CATCH_UP: Duration = Duration::from_millis(250);

/// How long it waits at the least: whatever others write, it does not ask all the time.
const CATCH_UP_AT_LEAST: Duration = Duration::from_millis(20);

const SEAL: Duration = Duration::from_secs(5);
const NOTE_USE: Duration = Duration::from_secs(30);
const CLEAN_UP: Duration = Duration::from_mins(1);
const ROTATE: Duration = Duration::from_mins(5);
const PRUNE: Duration = Duration::from_hours(1);

/// What is done seldom is done soon after the start, too: a server may never run for so long at a time.
const SOON: Duration = Duration::from_secs(10);

/// How long each of the last rounds may take at the end.
const LAST_ROUND: Duration = Duration::from_secs(2);

/// The work of one server. It ends when this is dropped.
pub(crate) struct Background {
    stop: watch::Sender<()>,
    rounds: JoinSet<()>,
    note_use: JoinHandle<()>,
    upkeep: Arc<dyn UpkeepService>,
}

impl Background {
    /// Begins. [`UpkeepService::begin`] comes first.
    pub(crate) fn start(upkeep: &Arc<dyn UpkeepService>, changes: Arc<dyn StoreChanges>) -> Self {
        let (stop, stopped) = watch::channel(());
        let mut rounds = JoinSet::new();
        rounds.spawn(keep_catching_up(Arc::clone(upkeep), changes));
        let seal = Arc::clone(upkeep);
        rounds.spawn(repeat("seal the audit trail", SEAL, SEAL, move || {
            let upkeep = Arc::clone(&seal);
            async move { Ok(upkeep.seal_audit_trail().await.map(drop)?) }
        }));
        let clean_up = Arc::clone(upkeep);
        rounds.spawn(repeat("clean up", CLEAN_UP, CLEAN_UP, move || {
            let upkeep = Arc::clone(&clean_up);
            async move {
                let cleaned_up = upkeep.clean_up().await?;
                tracing::debug!(cleaned_up.sessions, cleaned_up.revocations, "cleaned up");
                Ok(())
            }
        }));
        let prune = Arc::clone(upkeep);
        rounds.spawn(repeat("remove old audit events", SOON, PRUNE, move || {
            let upkeep = Arc::clone(&prune);
            async move { Ok(upkeep.prune_audit_trail().await.map(drop)?) }
        }));
        let rotate = Arc::clone(upkeep);
        rounds.spawn(repeat("rotate the signing keys", SOON, ROTATE, move || {
            let upkeep = Arc::clone(&rotate);
            async move { Ok(upkeep.rotate_signing_keys().await?) }
        }));
        let note_use = tokio::spawn(keep_noting_use(Arc::clone(upkeep), stopped));
        Self {
            stop,
            rounds,
            note_use,
            upkeep: Arc::clone(upkeep),
        }
    }

    /// Ends the work, tells the store what it was not told yet of when sessions were used, and seals the last events.
    pub(crate) async fn end(self) {
        drop(self.rounds);
        drop(self.stop);
        if timeout(LAST_ROUND, self.note_use).await.is_err() {
            tracing::warn!("when sessions were last used was not written in time");
        }
        let last_seal = whole(async { Ok(self.upkeep.seal_audit_trail().await.map(drop)?) });
        if !matches!(timeout(LAST_ROUND, last_seal).await, Ok(Ok(()))) {
            tracing::warn!("the last events of the audit trail were not sealed");
        }
    }
}

async fn keep_catching_up(upkeep: Arc<dyn UpkeepService>, changes: Arc<dyn StoreChanges>) {
    let mut outage = Outage::of("learn what others revoked");
    loop {
        outage.note(whole(async { Ok(upkeep.catch_up().await?) }).await);
        // What waits for news is not ours either, and must not end the loop.
        let waited = whole(async {
            changes.wait(CATCH_UP).await;
            Ok(())
        });
        let (waited, ()) = tokio::join!(waited, sleep(CATCH_UP_AT_LEAST));
        if waited.is_err() {
            sleep(CATCH_UP).await;
        }
    }
}

async fn keep_noting_use(upkeep: Arc<dyn UpkeepService>, mut stopped: watch::Receiver<()>) {
    let mut outage = Outage::of("write when sessions were last used");
    let mut is_last = false;
    while !is_last {
        // The sender says nothing; that it is gone ends the wait.
        is_last = timeout(NOTE_USE, stopped.changed()).await.is_ok();
        outage.note(whole(async { Ok(upkeep.note_use().await.map(drop)?) }).await);
    }
}

/// Does a round after `first`, and another whenever `pace` has gone by since the end of the one before.
async fn repeat<R>(task: &'static str, first: Duration, pace: Duration, round: impl Fn() -> R + Send)
where
    R: Future<Output = anyhow::Result<()>> + Send,
{
    let mut outage = Outage::of(task);
    sleep(first).await;
    loop {
        outage.note(whole(round()).await);
        sleep(pace).await;
    }
}

/// A round that panics has failed, no more.
async fn whole(round: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let ended = AssertUnwindSafe(round).catch_unwind().await;
    ended.unwrap_or_else(|_| Err(anyhow!("it panicked")))
}

/// Tells in the log when a task begins to fail and when it succeeds again, not of every round between.
struct Outage {
    task: &'static str,
    is_on: bool,
}

/// What a round means for an outage.
#[derive(Debug, PartialEq, Eq)]
enum Turn {
    None,
    Begins,
    GoesOn,
    Ends,
}

impl Outage {
    fn of(task: &'static str) -> Self {
        Self { task, is_on: false }
    }

    fn note(&mut self, outcome: anyhow::Result<()>) {
        let task = self.task;
        let error = outcome.err().map(|error| format!("{error:#}"));
        match self.turn(error.as_ref()) {
            Turn::None => {}
            Turn::Begins => tracing::warn!(task, error, "what the server does by itself fails"),
            Turn::GoesOn => tracing::debug!(task, error, "what the server does by itself still fails"),
            Turn::Ends => tracing::info!(task, "what the server does by itself succeeds again"),
        }
    }

    fn turn<E>(&mut self, error: Option<&E>) -> Turn {
        let was_on = std::mem::replace(&mut self.is_on, error.is_some());
        match (was_on, self.is_on) {
            (false, false) => Turn::None,
            (false, true) => Turn::Begins,
            (true, true) => Turn::GoesOn,
            (true, false) => Turn::Ends,
        }
    }
}

#[cfg(test)]
mod tests;
