//! What must stand before the container is built: an open store, keys, threads that hash.

use crate::config::{Config, SettingError, bad_secret_key};
use crate::container::Parts;
use crate::key_file;
use anyhow::Context as _;
use portcullis_security::{
    BcryptCost, BcryptOptions, BcryptPool, JwtKeys, Keys, OsEntropy, RefreshTokenKeys, SecretKey,
};
use portcullis_storage::{Database, DatabaseKind, DatabaseOptions, OpenError, ServingClaim};
use std::path::Path;

/// What to do about a schema that is not up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Migration {
    /// Bring it up to date.
    Run,
    /// Leave it alone and refuse to start.
    Refuse,
}

/// Everything that can fail before the server serves.
pub struct Foundation {
    parts: Parts,
    /// Keeps other servers off an embedded store as long as it lives.
    _claim: ServingClaim,
}

impl Foundation {
    /// Opens the store, brings its schema up to date, reads or makes the keys, starts the hashing threads.
    ///
    /// # Errors
    /// One line that names what is wrong and, where it was a setting, which one.
    pub fn prepare(config: &Config, migration: Migration) -> anyhow::Result<Self> {
        if config.passwords.cost < BcryptCost::LEAST_FOR_REAL_PASSWORDS {
            tracing::warn!(
                cost = config.passwords.cost.number(),
                "BCRYPT_COST is too low for real passwords"
            );
        }
        let current = secret_key(config)?;
        let database = open_store(config)?;
        let claim = database.claim().map_err(unusable(config))?;
        match migration {
            Migration::Run => {
                let applied = database.migrate().map_err(unusable(config))?;
                tracing::debug!(applied, "the store's schema is up to date");
            }
            Migration::Refuse => database.check_schema().map_err(unusable(config))?,
        }
        let keys = Keys {
            current,
            previous: config.keys.previous.clone(),
        };
        let salt = database.salt().map_err(unusable(config))?;
        let options = BcryptOptions::for_this_machine(config.passwords.cost);
        let parts = Parts {
            database,
            hashing: BcryptPool::start(options).context("the threads that hash passwords can't be started")?,
            jwt_keys: JwtKeys::hs256(&keys, config.http.issuer.clone()),
            refresh_token_keys: RefreshTokenKeys::derive(&keys, &salt),
            token_policy: config.tokens.policy,
        };
        Ok(Self { parts, _claim: claim })
    }

    /// What the container's components are made of.
    #[must_use]
    pub fn parts(&self) -> Parts {
        self.parts.clone()
    }

    /// Finishes what the store has begun. Blocks.
    pub(crate) fn close(self) {
        self.parts.database.close();
    }
}

pub(crate) fn open_store(config: &Config) -> anyhow::Result<Database> {
    Database::open(&config.database.url, &DatabaseOptions::default()).map_err(unusable(config))
}

/// A store that can't be used counts as a bad setting; one of another version does not.
pub(crate) fn unusable(config: &Config) -> impl Fn(OpenError) -> anyhow::Error {
    |error| match error {
        OpenError::MigrationsPending(_) | OpenError::NewerSchema(_) => error.into(),
        OpenError::Unreachable { .. } | OpenError::InUse { .. } | OpenError::Migration(_) | OpenError::Store(_) => {
            config.database.refused(error).into()
        }
    }
}

fn secret_key(config: &Config) -> Result<SecretKey, SettingError> {
    match (&config.keys.current, config.database.url.kind()) {
        (Some(key), _) => Ok(key.clone()),
        (None, DatabaseKind::Sqlite) => {
            let data_dir = &config.database.data_dir;
            let is_orphaned =
                config.database.url.sqlite_path().is_some_and(Path::exists) && !key_file::is_there(data_dir);
            let key = key_file::read_or_make(data_dir, &OsEntropy)?;
            if is_orphaned {
                tracing::warn!("a new key was made beside an existing database: everybody has to sign in again");
            }
            Ok(key)
        }
        (None, DatabaseKind::Postgres) => {
            let problem = "is needed with PostgreSQL, the same for every replica".to_owned();
            Err(bad_secret_key(problem))
        }
    }
}
