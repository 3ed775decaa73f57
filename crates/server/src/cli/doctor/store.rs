//! The store, and what is in it.

use super::finding::{Finding, told};
use super::{administrators, jobs, mail, passkeys, second_factors};
use crate::config::Config;
use crate::container::{self, Container};
use crate::foundation::{parts_for_a_look, unready_keys};
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::SigningError;
use portcullis_application::ports::{
    Access, AuditFilter, Clock, KeyRing, Repositories, Store, StoreError, StoreResult, Verdict,
};
use portcullis_domain::{AuditHead, PageRequest, SigningKey, SigningKeyPurpose, SigningKeyStage};
use portcullis_storage::{Database, DatabaseKind, DatabaseOptions, OpenError};
use shaku::HasComponent as _;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::Runtime;

const STORE: &str = "store";
const KEYS: &str = "keys";
const TRAIL: &str = "audit trail";
const CLOCK: &str = "clock";

/// How far the clocks of replicas may differ.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::seconds(5);

/// A clock before this has not been set.
const EARLIEST: DateTime<Utc> = match DateTime::from_timestamp(1_767_225_600, 0) {
    Some(at) => at,
    None => DateTime::UNIX_EPOCH,
};

/// What was found, and what the key has to do with it.
pub(super) struct Look {
    pub(super) findings: Vec<Finding>,
    /// Whether the store has keys that only `SECRET_KEY` opens.
    pub(super) has_keys: bool,
}

impl Look {
    fn without_keys(findings: impl IntoIterator<Item = Finding>) -> Self {
        Self {
            findings: findings.into_iter().collect(),
            has_keys: false,
        }
    }
}

/// Opening a store blocks, so only what is asked of it then runs on the runtime.
pub(super) fn look_at(config: &Config, runtime: &Runtime) -> Look {
    match Database::look_at(&config.database.url, &DatabaseOptions::default()) {
        Ok(database) => {
            let look = look_into(config, &database, runtime);
            database.close();
            look
        }
        Err(error) => Look::without_keys(not_ready(config, error)),
    }
}

fn look_into(config: &Config, database: &Database, runtime: &Runtime) -> Look {
    match database.check_schema().and_then(|()| database.audit_key()) {
        Ok(Some(_)) => Look {
            findings: look_with_keys(config, database, runtime),
            has_keys: true,
        },
        Ok(None) => Look::without_keys(
            [
                Finding::ok(STORE, "reached, its schema is up to date"),
                Finding::ok(KEYS, "the first start makes them"),
            ]
            .into_iter()
            .chain(administrators::to_be_made(config)),
        ),
        Err(error) => Look::without_keys(not_ready(config, error)),
    }
}

/// Of a store that is not as it will be: whether the next start makes it so, as it does by default.
fn not_ready(config: &Config, error: OpenError) -> Vec<Finding> {
    match error {
        OpenError::NotMade => {
            let made = Finding::warn(
                STORE,
                format!(
                    "there is none yet in {}; the first start makes it. If there should be one, run this in the server's \
                     folder and with its settings",
                    config.database.place()
                ),
            );
            std::iter::once(made)
                .chain(administrators::to_be_made(config))
                .collect()
        }
        OpenError::MigrationsPending(lacking) => vec![Finding::warn(
            STORE,
            format!(
                "it lacks {lacking} migration(s) of this version; the next start makes them, as portcullis migrate does. \
                 Look again then"
            ),
        )],
        OpenError::Unclosed { .. } => vec![Finding::warn(STORE, format!("{error}. Look again then"))],
        error @ (OpenError::NewerSchema(_)
        | OpenError::Unreachable { .. }
        | OpenError::InUse { .. }
        | OpenError::ForeignFiles { .. }
        | OpenError::MissingBesideItsLog { .. }
        | OpenError::UnfinishedRestore { .. }
        | OpenError::Unsuitable(_)
        | OpenError::Migration(_)
        | OpenError::Store(_)) => vec![Finding::fail(STORE, format!("{:#}", config.database.unusable()(error)))],
    }
}

fn look_with_keys(config: &Config, database: &Database, runtime: &Runtime) -> Vec<Finding> {
    let parts = match parts_for_a_look(config, database.clone()) {
        Ok(parts) => parts,
        Err(error) => {
            return vec![
                Finding::ok(STORE, "reached, its schema is up to date"),
                Finding::fail(KEYS, format!("{error:#}")),
            ];
        }
    };
    let container: Container = container::builder(parts).build();
    runtime.block_on(look_with(config, &container))
}

async fn look_with(config: &Config, container: &Container) -> Vec<Finding> {
    let store: Arc<dyn Store> = container.resolve();
    let (ring, clock): (Arc<dyn KeyRing>, Arc<dyn Clock>) = (container.resolve(), container.resolve());
    let works = match config.database.url.kind() {
        // Its files are looked at instead: nothing is written there, not even for a moment.
        DatabaseKind::Sqlite => store.check().await.map(|()| "reached, its schema is up to date"),
        DatabaseKind::Postgres => writes(&*store)
            .await
            .map(|()| "reached, takes writes, its schema is up to date"),
    };
    let works = match works {
        Ok(text) => Finding::ok(STORE, text),
        Err(error) => return vec![Finding::fail(STORE, told(error))],
    };
    let mut findings = vec![
        works,
        keys(config, &*store, &*ring).await,
        trail(&*store).await,
        time(&*store, clock.now()).await,
        administrators::look_for(config, &*store).await,
        second_factors::look_at(config, &*store).await,
    ];
    findings.extend(passkeys::left_behind(config, &*store).await);
    findings.extend(jobs::look_at(&*store).await);
    findings.push(mail::look_at(config, &*store).await);
    findings
}

/// Whether a write would succeed. It is undone.
async fn writes(store: &dyn Store) -> StoreResult<()> {
    store.check().await?;
    let outcome = Arc::new(Mutex::new(Ok(0)));
    let slot = Arc::clone(&outcome);
    let work = Box::new(move |repositories: &mut dyn Repositories| {
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = repositories.users().lock_administrators();
        Verdict::Rollback
    });
    store.run(Access::Write, work).await?;
    let mut outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::replace(&mut *outcome, Ok(0)).map(drop)
}

async fn keys(config: &Config, store: &dyn Store, ring: &dyn KeyRing) -> Finding {
    let keys: StoreResult<Vec<SigningKey>> = store.read(|repositories| repositories.signing_keys().list()).await;
    let keys = match keys {
        Ok(keys) => keys,
        Err(error) => return Finding::fail(KEYS, told(error)),
    };
    let signs =
        |key: &&SigningKey| key.purpose == SigningKeyPurpose::Session && key.stage() == SigningKeyStage::Current;
    let Some(current) = keys.iter().find(signs) else {
        return Finding::ok(KEYS, "the audit trail's opens; the next start makes one that signs");
    };
    if let Err(error) = ring.load(&keys) {
        return Finding::fail(KEYS, format!("{:#}", unready_keys(SigningError::KeyRing(error))));
    }
    let (algorithm, id) = (current.algorithm, &current.id);
    match config.keys.signing.algorithm {
        Some(set) if set != algorithm => Finding::warn(
            KEYS,
            format!("{algorithm} signs; ALGORITHM={set} takes over at the next start"),
        ),
        _ => Finding::ok(KEYS, format!("all open; {algorithm} signs by the key {id}")),
    }
}

async fn trail(store: &dyn Store) -> Finding {
    let head: StoreResult<Option<AuditHead>> = store.read(|repositories| repositories.audit().head()).await;
    match head {
        Ok(None) => Finding::fail(TRAIL, "its end was removed; run portcullis audit verify"),
        Ok(Some(AuditHead::START)) => Finding::ok(TRAIL, "nothing is sealed yet"),
        Ok(Some(AuditHead { number, hash })) => Finding::ok(
            TRAIL,
            format!("sealed up to {number}:{hash}; portcullis audit verify checks all of it"),
        ),
        Err(error) => Finding::fail(TRAIL, told(error)),
    }
}

async fn time(store: &dyn Store, now: DateTime<Utc>) -> Finding {
    let newest = store
        .read(|repositories| {
            let page = repositories
                .audit()
                .list(&AuditFilter::default(), &PageRequest::default())?;
            Ok::<_, StoreError>(page.items.first().map(|event| event.at))
        })
        .await;
    match newest {
        Ok(newest) => judged(now, newest),
        Err(error) => Finding::fail(CLOCK, told(error)),
    }
}

fn judged(now: DateTime<Utc>, newest_event: Option<DateTime<Utc>>) -> Finding {
    if now < EARLIEST {
        return Finding::fail(CLOCK, format!("it says {now}, which is long past; set it"));
    }
    match newest_event {
        Some(newest) if newest > now + CLOCK_TOLERANCE => Finding::fail(
            CLOCK,
            format!("it says {now}, and the store has an event of {newest}; set it"),
        ),
        _ => Finding::ok(CLOCK, format!("it says {now}, and nothing in the store is later")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Grade;
    use super::*;

    #[test]
    fn a_clock_behind_the_newest_event_is_a_fault() {
        let now = EARLIEST + TimeDelta::days(100);
        for (now, newest, expected) in [
            (now, None, Grade::Ok),
            (now, Some(now + CLOCK_TOLERANCE), Grade::Ok),
            (now, Some(now + TimeDelta::minutes(1)), Grade::Fail),
            (DateTime::UNIX_EPOCH, None, Grade::Fail),
        ] {
            assert_eq!(judged(now, newest).grade, expected, "{now} {newest:?}");
        }
    }
}
