//! A store in memory that keeps every promise of the port but the one of surviving a crash.

mod audit;
mod installation;
mod jobs;
mod newest_first;
mod refresh_tokens;
mod revocations;
mod signing_keys;
mod users;

pub use audit::{AuditTrail, KeptEntry};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use portcullis_application::ports::{
    Access, AuditRepository, InstallationRepository, JobRecord, JobRepository, RefreshTokenRepository, Repositories,
    RevocationNumber, RevocationRepository, SharedJob, SigningKeyRepository, Store, StoreError, StoreResult,
    UserRepository, Verdict, Work,
};
use portcullis_domain::{KeyId, RefreshToken, Revocation, SessionId, SigningKey, User, UserId};
use shaku::Component;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many rows one page of a list looks at, unless a test says otherwise.
const SCAN: usize = 1000;

/// What a store keeps, in maps. Clones share them, so a test can keep a handle.
///
/// A unit of work gets a copy of the maps; a commit puts the copy in their place. Units run one after the other.
#[derive(Clone, Component)]
#[shaku(interface = Store)]
pub struct MemoryStore {
    /// What was committed.
    #[shaku(default)]
    tables: Arc<Mutex<Tables>>,
    /// How many rows one page of a list looks at.
    #[shaku(default = SCAN)]
    scan: usize,
}

/// What a [`MemoryStore`] keeps.
#[derive(Clone, Default)]
pub struct Tables {
    users: BTreeMap<UserId, User>,
    refresh_tokens: BTreeMap<SessionId, RefreshToken>,
    revocations: BTreeMap<RevocationNumber, Revocation>,
    /// Numbers are not given again when their revocations are gone.
    last_revocation: RevocationNumber,
    audit: AuditTrail,
    signing_keys: BTreeMap<KeyId, SigningKey>,
    jobs: HashMap<SharedJob, JobRecord>,
    is_backup: bool,
    not_before: Option<DateTime<Utc>>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty store whose lists look at `rows` rows for one page, so that pages come short.
    #[must_use]
    pub fn with_scan_of(rows: usize) -> Self {
        Self {
            scan: rows,
            ..Self::default()
        }
    }

    /// Deletes a user and with it the user's sessions.
    pub fn delete_user(&self, id: UserId) {
        delete_user(&mut lock(&self.tables), id);
    }

    /// Changes the audit trail as no call of the port does: like somebody who writes to the tables themselves.
    pub fn tamper<T>(&self, change: impl FnOnce(&mut AuditTrail) -> T) -> T {
        change(&mut lock(&self.tables).audit)
    }

    /// Makes the store what a backup is before anybody serves from it.
    pub fn mark_as_backup(&self) {
        lock(&self.tables).is_backup = true;
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self {
            tables: Arc::default(),
            scan: SCAN,
        }
    }
}

/// Whether there was one.
fn delete_user(tables: &mut Tables, id: UserId) -> bool {
    tables.refresh_tokens.retain(|_, session| session.user_id != id);
    tables.users.remove(&id).is_some()
}

#[async_trait]
impl Store for MemoryStore {
    async fn run(&self, access: Access, work: Work) -> StoreResult<()> {
        let (tables, scan) = (Arc::clone(&self.tables), self.scan);
        // On a thread that is not the caller's, so that the unit goes on when the caller goes away.
        tokio::task::spawn_blocking(move || run(&tables, scan, access, work))
            .await
            .map_err(|error| StoreError::Unexpected(error.into()))?
    }

    async fn check(&self) -> StoreResult<()> {
        Ok(())
    }
}

fn run(tables: &Mutex<Tables>, scan: usize, access: Access, work: Work) -> StoreResult<()> {
    let mut tables = lock(tables);
    let mut unit = Unit {
        tables: tables.clone(),
        scan,
        access,
        failed: false,
    };
    match work(&mut unit) {
        Verdict::Rollback => Ok(()),
        Verdict::Commit if unit.failed => Err(ended()),
        Verdict::Commit => {
            *tables = unit.tables;
            Ok(())
        }
    }
}

/// A panic in a unit poisons the lock but leaves the tables whole: they change only as a whole.
fn lock(tables: &Mutex<Tables>) -> MutexGuard<'_, Tables> {
    tables.lock().unwrap_or_else(PoisonError::into_inner)
}

fn ended() -> StoreError {
    StoreError::Unexpected(anyhow::anyhow!("a store error has ended this unit of work"))
}

/// One unit of work on its own copy of the tables.
struct Unit {
    tables: Tables,
    /// How many rows one page of a list looks at.
    scan: usize,
    access: Access,
    failed: bool,
}

impl Unit {
    fn readable(&self) -> StoreResult<&Tables> {
        if self.failed { Err(ended()) } else { Ok(&self.tables) }
    }

    fn writable(&mut self) -> StoreResult<&mut Tables> {
        if self.failed {
            return Err(ended());
        }
        if self.access != Access::Write {
            return Err(self.fail(StoreError::Unexpected(anyhow::anyhow!(
                "a unit of work that may only read tried to write"
            ))));
        }
        Ok(&mut self.tables)
    }

    /// Ends the unit by an error, which the caller returns.
    fn fail(&mut self, error: StoreError) -> StoreError {
        self.failed = true;
        error
    }
}

impl Repositories for Unit {
    fn users(&mut self) -> &mut dyn UserRepository {
        self
    }

    fn refresh_tokens(&mut self) -> &mut dyn RefreshTokenRepository {
        self
    }

    fn revocations(&mut self) -> &mut dyn RevocationRepository {
        self
    }

    fn audit(&mut self) -> &mut dyn AuditRepository {
        self
    }

    fn signing_keys(&mut self) -> &mut dyn SigningKeyRepository {
        self
    }

    fn jobs(&mut self) -> &mut dyn JobRepository {
        self
    }

    fn installation(&mut self) -> &mut dyn InstallationRepository {
        self
    }
}
