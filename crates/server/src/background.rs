//! What a server does by itself while it serves: each job of the table at its pace.
//!
//! It runs beside the workers that answer requests, on the thread that started them, which has nothing else to do.

mod jobs;

use crate::metrics::Metrics;
use jobs::{JOBS, Job, Pace, whole};
use portcullis_application::Upkeep;
use portcullis_application::ports::StoreChanges;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

/// How long the last rounds may take at the end, all at once.
const LAST_ROUNDS: Duration = Duration::from_secs(4);

/// The jobs of one server. They end when this is dropped.
pub(crate) struct Background {
    stop: watch::Sender<()>,
    /// Those that end at once.
    rounds: JoinSet<()>,
    /// Those that are done once more at the end.
    last_rounds: Vec<(&'static str, JoinHandle<()>)>,
}

impl Background {
    /// Begins. [`Upkeep::begin`] comes first.
    pub(crate) fn start(upkeep: &Arc<dyn Upkeep>, changes: &Arc<dyn StoreChanges>, metrics: &Metrics) -> Self {
        let (stop, stopped) = watch::channel(());
        let (mut rounds, mut last_rounds) = (JoinSet::new(), Vec::new());
        for job in &JOBS {
            let history = History::of(job.name, metrics.clone());
            let work = keep_doing(job, Arc::clone(upkeep), Arc::clone(changes), stopped.clone(), history);
            if job.last_round.is_some() {
                last_rounds.push((job.name, tokio::spawn(work)));
            } else {
                rounds.spawn(work);
            }
        }
        Self {
            stop,
            rounds,
            last_rounds,
        }
    }

    /// Ends the jobs. Those that have a last round do it first: they tell the store when sessions were used, and seal the
    /// last events, and tell of refused sign-ins that were summed up.
    pub(crate) async fn end(self) {
        drop(self.rounds);
        drop(self.stop);
        let until = Instant::now() + LAST_ROUNDS;
        for (job, last_round) in self.last_rounds {
            if timeout_at(until, last_round).await.is_err() {
                tracing::warn!(job, "the last round did not end in time");
            }
        }
    }
}

async fn keep_doing(
    job: &'static Job,
    upkeep: Arc<dyn Upkeep>,
    changes: Arc<dyn StoreChanges>,
    mut stopped: watch::Receiver<()>,
    mut history: History,
) {
    // The sender sends nothing; the wait ends when the sender is gone.
    let mut is_over = timeout(job.first, stopped.changed()).await.is_ok();
    while !is_over || job.last_round.is_some() {
        let outcome = if is_over {
            job.run_last(&upkeep).await
        } else {
            job.run(&upkeep).await
        };
        match outcome {
            // Nothing comes after it, so it is told even where the rounds before failed too.
            Some(Err(error)) if is_over => {
                tracing::warn!(job = job.name, error = format!("{error:#}"), "the last round failed");
            }
            Some(outcome) => history.note(outcome),
            None => {}
        }
        if is_over {
            break;
        }
        is_over = tokio::select! {
            _ = stopped.changed() => true,
            () = wait(&job.pace, &*changes, &*upkeep) => false,
        };
    }
}

async fn wait(pace: &Pace, changes: &dyn StoreChanges, upkeep: &dyn Upkeep) {
    match pace {
        Pace::Every(pace) => sleep(*pace).await,
        Pace::OnNews { at_least, at_most } => {
            // The code that waits for news is an adapter's, and must not end the loop.
            let waited = whole(async {
                changes.wait(*at_most).await;
                Ok(())
            });
            if no_sooner(*at_least, waited).await.is_err() {
                sleep(*at_most).await;
            }
        }
        Pace::OnWantedKeys { at_least } => no_sooner(*at_least, upkeep.provider_keys_are_wanted()).await,
        Pace::OnMail { at_least, at_most } => {
            let due = upkeep.mails_are_due_in().unwrap_or(*at_most).min(*at_most);
            // Whether one was written or is due does not matter: both are sent.
            drop(no_sooner(*at_least, timeout(due, upkeep.mail_is_written())).await);
        }
    }
}

/// Waits for `news`, and at least for `at_least`. To wait for both at once would wake a server at rest twice.
async fn no_sooner<T>(at_least: Duration, news: impl Future<Output = T>) -> T {
    let earliest = Instant::now() + at_least;
    let news = news.await;
    sleep_until(earliest).await;
    news
}

/// How a job went last on this server. Tells in the log when it begins to fail and when it succeeds again, not of every
/// round between.
struct History {
    job: &'static str,
    metrics: Metrics,
    last_run: Option<LastRun>,
}

struct LastRun {
    ended_at: Instant,
    failure: Option<String>,
}

/// What a round means for an outage.
#[derive(Debug, PartialEq, Eq)]
enum Turn {
    None,
    Begins,
    GoesOn,
    Ends,
}

impl History {
    fn of(job: &'static str, metrics: Metrics) -> Self {
        Self {
            job,
            metrics,
            last_run: None,
        }
    }

    fn note(&mut self, outcome: anyhow::Result<()>) {
        let job = self.job;
        self.metrics.job_ended(job, outcome.is_ok());
        let error = outcome.err().map(|error| format!("{error:#}"));
        let before = self.last_run.as_ref();
        let seconds_before = before.map(|run| run.ended_at.elapsed().as_secs());
        match self.turn(error.clone()) {
            Turn::None => {}
            Turn::Begins => tracing::warn!(job, error, seconds_before, "what the server does by itself fails"),
            Turn::GoesOn => tracing::debug!(job, error, "what the server does by itself still fails"),
            Turn::Ends => tracing::info!(job, "what the server does by itself succeeds again"),
        }
    }

    fn turn(&mut self, failure: Option<String>) -> Turn {
        let fails = failure.is_some();
        let run = LastRun {
            ended_at: Instant::now(),
            failure,
        };
        let before = self.last_run.replace(run);
        match (before.is_some_and(|run| run.failure.is_some()), fails) {
            (false, false) => Turn::None,
            (false, true) => Turn::Begins,
            (true, true) => Turn::GoesOn,
            (true, false) => Turn::Ends,
        }
    }
}

#[cfg(test)]
mod tests;
