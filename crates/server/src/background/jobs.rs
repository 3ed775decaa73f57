//! The table of jobs: what a server does by itself, how often, and whether each server does it or one at a time.

use anyhow::Context as _;
use chrono::TimeDelta;
use futures_util::FutureExt as _;
use portcullis_application::ports::{SharedJob, StoreError};
use portcullis_application::{SigningError, Upkeep};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// Something that a server does by itself.
pub(super) struct Job {
    pub(super) name: &'static str,
    /// How long after the start it is done for the first time.
    pub(super) first: Duration,
    pub(super) pace: Pace,
    by: By,
    /// What is done once more when the server stops.
    pub(super) last_round: Option<Work>,
    round: Work,
}

type Work = fn(Arc<dyn Upkeep>) -> Round;

type Round = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;

/// How long after the end of a round the next one begins.
pub(super) enum Pace {
    Every(Duration),
    /// As soon as the store tells of changes, between two bounds.
    OnNews {
        at_least: Duration,
        at_most: Duration,
    },
    /// As soon as there are keys to be made.
    OnWantedKeys {
        at_least: Duration,
    },
    /// As soon as this server wrote a mail or one is due, between two bounds.
    OnMail {
        at_least: Duration,
        at_most: Duration,
    },
}

enum By {
    /// Each server, since it is about what the server has in memory, or since the store itself makes them take turns.
    EachServer,
    /// One of those that share a store. The turn keeps the others off.
    OneServer { job: SharedJob, turn: TimeDelta },
}

/// A job that is done seldom is also done soon after the start: a server may never run for so long at a time.
const SOON: Duration = Duration::from_secs(10);

const SEAL: Work = |upkeep| Box::pin(async move { Ok(upkeep.seal_audit_trail().await.map(drop)?) });
const SEND_MAILS: Work = |upkeep| Box::pin(async move { Ok(upkeep.send_mails().await.map(drop)?) });
const NOTE_USE: Work = |upkeep| Box::pin(async move { Ok(upkeep.note_use().await.map(drop)?) });

pub(super) static JOBS: [Job; 11] = [
    Job {
        name: "catch_up",
        first: Duration::ZERO,
        // A server has to know within a second what others revoked: the longest pause is a quarter of that. The shortest
        // keeps it from asking all the time, however much they write.
        pace: Pace::OnNews {
            at_least: Duration::from_millis(20),
            at_most: Duration::from_millis(250),
        },
        by: By::EachServer,
        last_round: None,
        round: |upkeep| Box::pin(async move { Ok(upkeep.catch_up().await?) }),
    },
    Job {
        name: "probe_store",
        first: Duration::from_secs(1),
        pace: Pace::Every(Duration::from_secs(1)),
        by: By::EachServer,
        last_round: None,
        round: |upkeep| Box::pin(async move { Ok(upkeep.probe_store().await?) }),
    },
    Job {
        name: "seal_audit_trail",
        first: Duration::from_secs(5),
        pace: Pace::Every(Duration::from_secs(5)),
        by: By::EachServer,
        last_round: Some(SEAL),
        round: SEAL,
    },
    Job {
        name: "send_mails",
        first: Duration::from_millis(250),
        // The longest pause is for the mails that the command line wrote, or another server that died.
        pace: Pace::OnMail {
            at_least: Duration::from_millis(250),
            at_most: Duration::from_secs(15),
        },
        // Whoever sends a mail takes it first, so that servers help one another.
        by: By::EachServer,
        // What is under way is finished, and what the last requests caused leaves too.
        last_round: Some(SEND_MAILS),
        round: SEND_MAILS,
    },
    Job {
        name: "measure_mails",
        first: SOON,
        pace: Pace::Every(Duration::from_secs(15)),
        by: By::EachServer,
        last_round: None,
        round: |upkeep| Box::pin(async move { Ok(upkeep.measure_mails().await?) }),
    },
    Job {
        name: "note_use",
        first: Duration::from_secs(30),
        pace: Pace::Every(Duration::from_secs(30)),
        by: By::EachServer,
        last_round: Some(NOTE_USE),
        round: NOTE_USE,
    },
    Job {
        name: "sum_up_refusals",
        first: Duration::from_mins(1),
        pace: Pace::Every(Duration::from_mins(1)),
        by: By::EachServer,
        last_round: Some(|upkeep| Box::pin(async move { Ok(upkeep.sum_up_last_refusals().await.map(drop)?) })),
        round: |upkeep| Box::pin(async move { Ok(upkeep.sum_up_refusals().await.map(drop)?) }),
    },
    Job {
        name: "make_provider_keys",
        first: Duration::from_millis(500),
        // Whoever registers the first client waits for them.
        pace: Pace::OnWantedKeys {
            at_least: Duration::from_millis(500),
        },
        // Where two make them at once, those of one are kept.
        by: By::EachServer,
        last_round: None,
        round: |upkeep| Box::pin(async move { Ok(upkeep.make_provider_keys().await?) }),
    },
    Job {
        name: SharedJob::CleanUp.as_str(),
        first: Duration::from_mins(1),
        pace: Pace::Every(Duration::from_mins(1)),
        by: By::OneServer {
            job: SharedJob::CleanUp,
            turn: TimeDelta::seconds(50),
        },
        last_round: None,
        round: |upkeep| {
            Box::pin(async move {
                let cleaned_up = upkeep.clean_up().await?;
                tracing::debug!(
                    cleaned_up.sessions,
                    cleaned_up.revocations,
                    cleaned_up.mails,
                    cleaned_up.links,
                    cleaned_up.challenges,
                    cleaned_up.secrets_encrypted_anew,
                    cleaned_up.spent,
                    "cleaned up"
                );
                Ok(())
            })
        },
    },
    Job {
        name: SharedJob::PruneAuditTrail.as_str(),
        first: SOON,
        pace: Pace::Every(Duration::from_hours(1)),
        by: By::OneServer {
            job: SharedJob::PruneAuditTrail,
            turn: TimeDelta::minutes(1),
        },
        last_round: None,
        round: |upkeep| Box::pin(async move { Ok(upkeep.prune_audit_trail().await.map(drop)?) }),
    },
    Job {
        name: SharedJob::RotateSigningKeys.as_str(),
        first: SOON,
        pace: Pace::Every(Duration::from_mins(5)),
        by: By::OneServer {
            job: SharedJob::RotateSigningKeys,
            turn: TimeDelta::minutes(1),
        },
        last_round: None,
        round: |upkeep| Box::pin(async move { Ok(upkeep.rotate_signing_keys().await?) }),
    },
];

impl Job {
    /// One round, and how it went. `None` where it is another server's turn.
    pub(super) async fn run(&self, upkeep: &Arc<dyn Upkeep>) -> Option<anyhow::Result<()>> {
        self.do_once(self.round, upkeep).await
    }

    /// The last round, where there is one.
    pub(super) async fn run_last(&self, upkeep: &Arc<dyn Upkeep>) -> Option<anyhow::Result<()>> {
        self.do_once(self.last_round?, upkeep).await
    }

    async fn do_once(&self, work: Work, upkeep: &Arc<dyn Upkeep>) -> Option<anyhow::Result<()>> {
        let round = || whole(work(Arc::clone(upkeep)));
        match self.by {
            By::EachServer => Some(round().await),
            By::OneServer { job, turn } => match whole(async { Ok(upkeep.take_turn(job, turn).await?) }).await {
                Ok(true) => {
                    let outcome = round().await;
                    let failure = outcome.as_ref().err().map(in_a_few_words);
                    let noted = whole(async { Ok(upkeep.note_run(job, failure).await?) }).await;
                    Some(outcome.and(noted.context("how it went could not be noted")))
                }
                Ok(false) => None,
                Err(error) => Some(Err(error)),
            },
        }
    }
}

/// The kind of failure. What a database says of itself is for the log alone: a store may be shown to more people.
fn in_a_few_words(error: &anyhow::Error) -> String {
    let of_the_store = match error.downcast_ref() {
        Some(SigningError::Store(error)) => Some(error),
        Some(SigningError::KeyRing(_)) | None => error.downcast_ref::<StoreError>(),
    };
    match of_the_store {
        Some(error @ (StoreError::Busy | StoreError::Unavailable(_) | StoreError::Conflict)) => error.to_string(),
        None if error.is::<Panicked>() => error.to_string(),
        Some(StoreError::Unexpected(_)) | None => "an unexpected error".to_owned(),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("it panicked")]
struct Panicked;

/// Work that panics has failed, no more.
pub(super) async fn whole<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let ended = AssertUnwindSafe(work).catch_unwind().await;
    ended.unwrap_or_else(|_| Err(Panicked.into()))
}
