//! What must stand before the container is built: an open store, keys, threads that hash.

use crate::audit_key::{self, InDatabase, Opening};
use crate::config::{Config, SECRET_KEY, SettingError, another_secret_key, lost_secret_key};
use crate::container::Parts;
use crate::key_file;
use crate::port::Port;
use anyhow::Context as _;
use portcullis_application::ports::KeyRingError;
use portcullis_application::{SigningError, UpkeepPolicy};
use portcullis_security::{
    AuditKeyEncryption, BcryptOptions, BcryptPool, Keys, OsEntropy, PageCursorKeys, RefreshTokenKeys, SecretKey,
    SigningKeyEncryption, SigningKeys,
};
use portcullis_storage::{Database, DatabaseKind, DatabaseOptions, ServingClaim};
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
    pub(crate) parts: Parts,
    pub(crate) port: Port,
    /// Keeps other servers off an embedded store as long as it lives.
    pub(crate) claim: ServingClaim,
}

impl Foundation {
    /// Takes the port, opens the store to serve from it, brings its schema up to date, reads or makes the keys, starts
    /// the hashing threads. Nobody can connect yet. Where the port can't be had, nothing is made.
    ///
    /// # Errors
    /// One line that names what is wrong and, where it was a setting, which one.
    pub fn prepare(config: &Config, migration: Migration) -> anyhow::Result<Self> {
        let port = Port::take(&config.http)?;
        let given = given_key(config)?;
        let database = open_store(config)?;
        let claim = database.claim().map_err(config.database.unusable())?;
        Ok(Self {
            parts: parts(config, migration, given, database, audit_key::take_over)?,
            port,
            claim,
        })
    }

    /// What the container's components are made of.
    #[must_use]
    pub fn parts(&self) -> Parts {
        self.parts.clone()
    }
}

/// The parts for a command, which may run beside a server. Keys that are there stay encrypted as they are.
pub(crate) fn parts_beside_a_server(config: &Config) -> anyhow::Result<Parts> {
    let given = given_key(config)?;
    parts(
        config,
        Migration::Run,
        given,
        open_store(config)?,
        audit_key::read_or_make,
    )
}

/// The parts for a look at a store whose keys were made. Changes nothing.
pub(crate) fn parts_for_a_look(config: &Config) -> anyhow::Result<Parts> {
    let given = given_key(config)?;
    parts(config, Migration::Refuse, given, open_store(config)?, audit_key::read)
}

pub(crate) fn open_store(config: &Config) -> anyhow::Result<Database> {
    Database::open(&config.database.url, &DatabaseOptions::default()).map_err(config.database.unusable())
}

/// Keys that `SECRET_KEY` does not open count as a bad `SECRET_KEY`.
pub(crate) fn unready_keys(error: SigningError) -> anyhow::Error {
    match error {
        SigningError::KeyRing(sealed @ KeyRingError::Sealed(_)) => another_secret_key(&sealed).into(),
        SigningError::KeyRing(error) => error.into(),
        SigningError::Store(error) => error.into(),
    }
}

fn parts(
    config: &Config,
    migration: Migration,
    given: GivenKey,
    database: Database,
    opening: Opening,
) -> anyhow::Result<Parts> {
    match migration {
        Migration::Run => {
            let applied = database.migrate().map_err(config.database.unusable())?;
            tracing::debug!(applied, "the store's schema is up to date");
        }
        Migration::Refuse => database.check_schema().map_err(config.database.unusable())?,
    }
    let current = match given {
        GivenKey::Present(key) => key,
        GivenKey::Lost => key_of_new_keys(config, &database)?,
    };
    let keys = Keys {
        current,
        previous: config.keys.previous.clone(),
    };
    let salt = database.salt().map_err(config.database.unusable())?;
    let encryption = AuditKeyEncryption::derive(&keys, &salt);
    let kept = InDatabase {
        config: &config.database,
        database: &database,
    };
    let options = BcryptOptions::for_this_machine(config.passwords.cost);
    let audit_key = opening(&kept, &encryption, &OsEntropy)?;
    Ok(Parts {
        database,
        hashing: BcryptPool::start(options).context("the threads that hash passwords can't be started")?,
        audit_key,
        signing_keys: SigningKeys::new(&keys),
        issuer: config.http.issuer.clone(),
        signing_key_encryption: SigningKeyEncryption::derive(&keys, &salt),
        refresh_token_keys: RefreshTokenKeys::derive(&keys, &salt),
        page_cursor_keys: PageCursorKeys::derive(&keys, &salt),
        token_policy: config.tokens,
        upkeep_policy: UpkeepPolicy {
            signing: config.keys.signing,
            audit_retention: config.audit_retention,
        },
    })
}

/// What there is of `SECRET_KEY` before the store is open.
enum GivenKey {
    /// The key.
    Present(SecretKey),
    /// None, beside an embedded database that is there.
    Lost,
}

fn given_key(config: &Config) -> Result<GivenKey, SettingError> {
    match (&config.keys.current, config.database.url.kind()) {
        (Some(key), _) => Ok(GivenKey::Present(key.clone())),
        (None, DatabaseKind::Sqlite) => {
            let data_dir = &config.database.data_dir;
            let has_database = config.database.url.sqlite_path().is_some_and(Path::exists);
            if has_database && !key_file::is_there(data_dir) {
                return Ok(GivenKey::Lost);
            }
            key_file::read_or_make(data_dir, &OsEntropy).map(GivenKey::Present)
        }
        (None, DatabaseKind::Postgres) => {
            Err(SECRET_KEY.refused("is needed with PostgreSQL, the same for every replica"))
        }
    }
}

/// A key in the place of the one that is lost, unless the database has keys that only the lost one opens.
fn key_of_new_keys(config: &Config, database: &Database) -> anyhow::Result<SecretKey> {
    let data_dir = &config.database.data_dir;
    if database.audit_key().map_err(config.database.unusable())?.is_some() {
        let problem = format!(
            "{} is gone, and the database has keys that it encrypted; put it back, or set SECRET_KEY to what stood in it",
            key_file::path(data_dir).display()
        );
        return Err(lost_secret_key(problem).into());
    }
    tracing::warn!("a new key was made beside an existing database: everybody has to sign in again");
    Ok(key_file::read_or_make(data_dir, &OsEntropy)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    const OLD: &str = "Zx8sT1nWq4RmVy6KjB3hF7dGp2cLa9eM";
    const NEW: &str = "kR7vQ2mXz9LtWb4YpN6cJ8fHs3gDd5eU";

    #[test]
    fn a_command_makes_the_audit_key_and_only_a_server_encrypts_it_anew() {
        let folder = tempfile::tempdir().unwrap();
        let with = |settings: &[(&str, &str)]| {
            let common = [
                ("DATA_DIR", folder.path().to_str().unwrap()),
                ("BCRYPT_COST", "4"),
                ("PORT", "0"),
            ];
            let settings: Vec<_> = common.iter().chain(settings).copied().collect();
            Config::load(&Environment::of(&settings)).unwrap()
        };
        let (before, after) = (
            with(&[("SECRET_KEY", OLD)]),
            with(&[("SECRET_KEY", NEW), ("SECRET_KEY_PREVIOUS", OLD)]),
        );
        let kept = |parts: anyhow::Result<Parts>| {
            let database = parts.unwrap().database;
            let key = database.audit_key().unwrap();
            database.close();
            key.unwrap()
        };
        open_store(&before).unwrap().migrate().unwrap();
        assert!(parts_for_a_look(&before).is_err());
        let made = kept(parts_beside_a_server(&before));
        assert_eq!(kept(parts_for_a_look(&after)), made);
        assert_eq!(kept(parts_beside_a_server(&after)), made);
        let serving = Foundation::prepare(&after, Migration::Run);
        assert_ne!(kept(serving.map(|foundation| foundation.parts())), made);
    }
}
