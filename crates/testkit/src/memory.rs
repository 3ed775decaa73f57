//! A store in memory that keeps every promise of the port but the one of surviving a crash.

mod refresh_tokens;
mod users;

use async_trait::async_trait;
use portcullis_application::ports::{
    Access, RefreshTokenRepository, Repositories, Store, StoreError, StoreResult, UserRepository, Verdict, Work,
};
use portcullis_domain::{RefreshToken, SessionId, User, UserId};
use shaku::Component;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Users and sessions in two maps. Clones share them, so a test can keep a handle.
///
/// A unit of work gets a copy of the maps; a commit puts the copy in their place. Units run one after the other.
#[derive(Clone, Default, Component)]
#[shaku(interface = Store)]
pub struct MemoryStore {
    /// What was committed.
    #[shaku(default)]
    tables: Arc<Mutex<Tables>>,
}

/// What a [`MemoryStore`] keeps.
#[derive(Clone, Default)]
pub struct Tables {
    users: BTreeMap<UserId, User>,
    refresh_tokens: BTreeMap<SessionId, RefreshToken>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Deletes a user and with it the user's sessions.
    pub fn delete_user(&self, id: UserId) {
        let mut tables = lock(&self.tables);
        tables.users.remove(&id);
        tables.refresh_tokens.retain(|_, token| token.user_id != id);
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn run(&self, access: Access, work: Work) -> StoreResult<()> {
        let tables = Arc::clone(&self.tables);
        // On a thread that is not the caller's, so that the unit goes on when the caller goes away.
        tokio::task::spawn_blocking(move || run(&tables, access, work))
            .await
            .map_err(|error| StoreError::Unexpected(error.into()))?
    }

    async fn check(&self) -> StoreResult<()> {
        Ok(())
    }
}

fn run(tables: &Mutex<Tables>, access: Access, work: Work) -> StoreResult<()> {
    let mut tables = lock(tables);
    let mut unit = Unit {
        tables: tables.clone(),
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
}
