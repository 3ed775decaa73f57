//! A copy in the place of an embedded store.

use super::operation;
use super::output::{after_the_work, print_lines, shown};
use crate::audit_key::{self, InDatabase};
use crate::config::{Config, Environment};
use crate::secret_key;
use anyhow::Context as _;
use portcullis_application::ports::Clock as _;
use portcullis_security::{AuditKeyEncryption, Keys, OsEntropy, SecretKey, SystemClock};
use portcullis_storage::{Database, DatabaseOptions, Restoring};
use std::path::Path;

/// Puts the copy in the place of the store, which no server may be using, and says where the files of before are.
pub(super) fn run(environment: &Environment, file: &Path) -> anyhow::Result<()> {
    let config = operation::config(environment)?;
    // Before root takes on another user, who may not be allowed to read it.
    let found = secret_key::find(&config)?;
    let restoring = Restoring::prepare(&config.database.url, file)?;
    refuse_another_key(&config, found, &restoring).context("nothing was restored")?;
    let kept = restoring.finish(SystemClock.now())?;
    let place = &config.database.url;
    let restored = format!(
        "{place} is now the copy {}; the next start signs everybody out",
        shown(&file.to_string_lossy())
    );
    let kept = kept
        .iter()
        .map(|kept| format!("the files of before: {}", shown(&kept.to_string_lossy())));
    after_the_work(print_lines(std::iter::once(restored).chain(kept)))
}

/// `Err` where the key of the settings does not open the keys of the copy: no server could start on it.
fn refuse_another_key(config: &Config, found: Option<SecretKey>, restoring: &Restoring) -> anyhow::Result<()> {
    let copy = Database::look_at(&restoring.copy(), &DatabaseOptions::default())?;
    let has_keys = copy.audit_key()?.is_some();
    let outcome = match found {
        _ if !has_keys => Ok(()),
        None => Err(secret_key::lost(config).into()),
        Some(current) => {
            let keys = Keys {
                current,
                previous: config.keys.previous.clone(),
            };
            let kept = InDatabase {
                config: &config.database,
                database: &copy,
            };
            audit_key::read(&kept, &AuditKeyEncryption::derive(&keys, &copy.salt()?), &OsEntropy).map(drop)
        }
    };
    copy.close();
    outcome
}
