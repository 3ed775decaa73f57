//! What must stand before the container is built: an open store, keys, threads that hash.

use crate::audit_key::{self, InDatabase, Opening};
use crate::config::{Config, SettingError, another_secret_key};
use crate::container::Parts;
use crate::first_admin;
use crate::letters::{carrier, letters, letters_of_ours};
use crate::metrics::{Metrics, PrometheusMeter};
use crate::port::Port;
use crate::secret_key;
use anyhow::Context as _;
use portcullis_application::ports::{KeyRingError, Meter};
use portcullis_application::{ProviderPolicy, SigningError, UpkeepPolicy};
use portcullis_mail::Letters;
use portcullis_outbound::Upstream;
use portcullis_security::{
    AuditKeyEncryption, BcryptOptions, BcryptPool, BrowserProofKeys, DeviceTokenKeys, GrantSecretKeys, Keys,
    LinkTokenKeys, OsEntropy, PageCursorKeys, PasskeyChallengeKeys, PasskeySite, PasswordJudge, RefreshTokenKeys,
    SealedTextKeys, SecretKey, SessionCookieKeys, SharedLimitKey, SigningKeyEncryption, SigningKeys, SystemClock,
    TotpSecretKeys,
};
use portcullis_shared_limits::SharedLimits;
use portcullis_storage::{Database, DatabaseOptions, OpenError, ServingClaim};
use portcullis_web::NoIssuer;
use std::sync::Arc;

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
    /// Where the figures are read, if anywhere.
    pub(crate) metrics_port: Option<Port>,
    /// Whether the store was made just now.
    pub(crate) is_first_start: bool,
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
        let metrics_port = config.metrics.as_ref().map(Port::take).transpose()?;
        let found = secret_key::find(config)?;
        let metrics = match &metrics_port {
            Some(_) => Metrics::on(Arc::new(SystemClock)),
            None => Metrics::off(),
        };
        let options = DatabaseOptions {
            meter: meter(&metrics),
            ..DatabaseOptions::default()
        };
        let database = match migration {
            Migration::Run => {
                refuse_a_vain_first_start(config)?;
                Database::open(&config.database.url, &options)
            }
            Migration::Refuse => Database::open_existing(&config.database.url, &options),
        }
        .map_err(config.database.unusable())?;
        let claim = database.claim().map_err(config.database.unusable())?;
        let is_first_start = matches!(database.check_schema(), Err(OpenError::NotMade));
        let mut parts = parts(
            config,
            AtPort::of(config, port.number())?,
            migration,
            found,
            database,
            audit_key::take_over,
            metrics,
        )?;
        if let Some(url) = &config.limits.shared {
            let (names, clock) = (parts.shared_limit_key.clone().into_key(), Arc::new(SystemClock));
            parts.shared_limits = Some(SharedLimits::open(url, names, clock)?);
        }
        Ok(Self {
            parts,
            port,
            metrics_port,
            is_first_start,
            claim,
        })
    }

    /// What the container's components are made of.
    #[must_use]
    pub fn parts(&self) -> Parts {
        self.parts.clone()
    }
}

/// The parts for a command, which may run beside a server. There must be a store of this version. Keys that are there stay
/// encrypted as they are.
pub(crate) fn parts_beside_a_server(config: &Config) -> anyhow::Result<Parts> {
    let found = secret_key::find(config)?;
    let database = open_existing_store(config)?;
    parts(
        config,
        AtPort::of(config, config.http.port)?,
        Migration::Refuse,
        found,
        database,
        audit_key::read_or_make,
        Metrics::off(),
    )
}

/// The same, and makes the store where there is none.
pub(crate) fn parts_of_a_first_store(config: &Config) -> anyhow::Result<Parts> {
    let found = secret_key::find(config)?;
    let database = open_store(config)?;
    let migration = match database.check_schema() {
        Err(OpenError::NotMade) => Migration::Run,
        _ => Migration::Refuse,
    };
    let parts = parts(
        config,
        AtPort::of(config, config.http.port)?,
        migration,
        found,
        database,
        audit_key::read_or_make,
        Metrics::off(),
    )?;
    if migration == Migration::Run {
        // Whoever meant another folder would look for the account in vain.
        eprintln!("portcullis: made a new store in {}", config.database.place());
    }
    Ok(parts)
}

/// The parts for a look at a store whose keys were made. Changes nothing, and writes no letter: an operator's own templates are
/// looked at by themselves.
pub(crate) fn parts_for_a_look(config: &Config, database: Database) -> anyhow::Result<Parts> {
    let found = secret_key::find(config)?;
    parts(
        config,
        AtPort {
            number: config.http.port,
            letters: letters_of_ours(config, config.http.port)?,
        },
        Migration::Refuse,
        found,
        database,
        audit_key::read,
        Metrics::off(),
    )
}

/// Where there is no file yet, the settings' administrator is sure to be made, or to be refused. A refusal makes no store:
/// the next start would not be the first.
fn refuse_a_vain_first_start(config: &Config) -> Result<(), SettingError> {
    let is_missing = config.database.url.sqlite_path().is_some_and(|file| !file.exists());
    match &config.first_admin {
        Some(named) if is_missing => {
            first_admin::password(named, &PasswordJudge::new(config.passwords.blocklist)).map(drop)
        }
        _ => Ok(()),
    }
}

/// Opens the store, and makes its file where that is missing.
pub(crate) fn open_store(config: &Config) -> anyhow::Result<Database> {
    Database::open(&config.database.url, &DatabaseOptions::default()).map_err(config.database.unusable())
}

/// Opens a store that is there.
pub(crate) fn open_existing_store(config: &Config) -> anyhow::Result<Database> {
    Database::open_existing(&config.database.url, &DatabaseOptions::default()).map_err(config.database.unusable())
}

/// Keys that `SECRET_KEY` does not open count as a bad `SECRET_KEY`.
pub(crate) fn unready_keys(error: SigningError) -> anyhow::Error {
    match error {
        SigningError::KeyRing(sealed @ KeyRingError::Sealed(_)) => another_secret_key(&sealed).into(),
        SigningError::KeyRing(error) => error.into(),
        SigningError::Store(error) => error.into(),
    }
}

/// The port of http.
const HTTP: u16 = 80;

fn provider_policy(config: &Config, port: u16) -> ProviderPolicy {
    let issuer = match config.http.provider_issuer(port) {
        // A command beside a server that took a free port: whichever that is, clients are judged alike.
        Err(NoIssuer::AnyPort) => config.http.provider_issuer(HTTP),
        issuer => issuer,
    };
    match issuer {
        Ok(issuer) => ProviderPolicy::On(issuer),
        Err(why) => ProviderPolicy::Off(why.to_string()),
    }
}

/// The providers that people sign in by, where this server listens on that port.
pub(crate) fn upstream(config: &Config, port: u16) -> anyhow::Result<Upstream> {
    let (providers, allowed) = (config.social.providers.clone(), config.social.allowed.clone());
    Upstream::new(providers, allowed, &config.http.base(port)).context("calls of other providers can't be set up")
}

/// The site that passkeys are made for, where there are passkeys.
fn passkey_site(config: &Config) -> anyhow::Result<Option<PasskeySite>> {
    let Ok(party) = &config.passkeys else {
        return Ok(None);
    };
    let site = PasskeySite::new(&party.id, &party.origin, config.theme.name.as_str());
    site.map(Some).context("passkeys can't be used")
}

/// Counts there what happens below the container.
fn meter(metrics: &Metrics) -> Arc<dyn Meter> {
    Arc::new(PrometheusMeter::of(metrics.clone()))
}

/// What depends on the port that the server listens on.
struct AtPort {
    number: u16,
    letters: Letters,
}

impl AtPort {
    fn of(config: &Config, number: u16) -> Result<Self, SettingError> {
        Ok(Self {
            number,
            letters: letters(config, number)?,
        })
    }
}

fn parts(
    config: &Config,
    at: AtPort,
    migration: Migration,
    found: Option<SecretKey>,
    database: Database,
    opening: Opening,
    metrics: Metrics,
) -> anyhow::Result<Parts> {
    match migration {
        Migration::Run => {
            let applied = database.migrate().map_err(config.database.unusable())?;
            tracing::debug!(applied, "the store's schema is up to date");
        }
        Migration::Refuse => database.check_schema().map_err(config.database.unusable())?,
    }
    let keys = Keys {
        current: secret_key::or_made(found, config, &database, &OsEntropy)?,
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
        mail_carrier: carrier(config, &at.letters),
        letters: at.letters,
        mail_policy: config.mail.policy,
        link_token_keys: LinkTokenKeys::derive(&keys, &salt),
        database,
        hashing: BcryptPool::start_measured(options, meter(&metrics))
            .context("the threads that hash passwords can't be started")?,
        password_judge: PasswordJudge::new(config.passwords.blocklist),
        audit_key,
        signing_keys: SigningKeys::new(&keys),
        issuer: config.http.issuer.clone(),
        signing_key_encryption: SigningKeyEncryption::derive(&keys, &salt),
        refresh_token_keys: RefreshTokenKeys::derive(&keys, &salt),
        session_cookie_keys: SessionCookieKeys::derive(&keys, &salt),
        totp_secret_keys: TotpSecretKeys::derive(&keys, &salt),
        sealed_text_keys: SealedTextKeys::derive(&keys, &salt),
        upstream: upstream(config, at.number)?,
        passkey_challenge_keys: PasskeyChallengeKeys::derive(&keys, &salt),
        passkey_site: passkey_site(config)?,
        app: config.theme.name.as_str().to_owned(),
        grant_secret_keys: GrantSecretKeys::derive(&keys, &salt),
        page_cursor_keys: PageCursorKeys::derive(&keys, &salt),
        browser_proof_keys: BrowserProofKeys::derive(&keys, &salt),
        device_token_keys: DeviceTokenKeys::derive(&keys, &salt),
        limit_policy: config.limits.policy,
        shared_limit_key: SharedLimitKey::derive(&keys, &salt),
        shared_limits: None,
        token_policy: config.tokens,
        provider_policy: provider_policy(config, at.number),
        factor_demand: config.factors,
        upkeep_policy: UpkeepPolicy {
            signing: config.keys.signing,
            audit_retention: config.audit_retention,
        },
        metrics,
    })
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
        let look = |config: &Config| parts_for_a_look(config, open_existing_store(config).unwrap());
        assert!(look(&before).is_err());
        let made = kept(parts_beside_a_server(&before));
        assert_eq!(kept(look(&after)), made);
        assert_eq!(kept(parts_beside_a_server(&after)), made);
        let serving = Foundation::prepare(&after, Migration::Run);
        assert_ne!(kept(serving.map(|foundation| foundation.parts())), made);
    }
}
