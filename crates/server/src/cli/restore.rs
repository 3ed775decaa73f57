//! A copy in the place of an embedded store.

use super::operation;
use super::output::print_lines;
use crate::audit_key::{self, InDatabase};
use crate::config::{Config, Environment};
use crate::secret_key;
use anyhow::Context as _;
use portcullis_application::ports::Clock as _;
use portcullis_security::{AuditKeyEncryption, Keys, OsEntropy, SystemClock};
use portcullis_storage::{Database, DatabaseOptions, Restoring};
use std::path::Path;

/// Puts the copy in the place of the store, which no server may be using, and says where the files of before are.
pub(super) fn run(environment: &Environment, file: &Path) -> anyhow::Result<()> {
    let config = operation::config(environment)?;
    let restoring = Restoring::prepare(&config.database.url, file)?;
    refuse_another_key(&config, &restoring).context("nothing was restored")?;
    let kept = restoring.finish(SystemClock.now())?;
    let place = &config.database.url;
    let restored = format!(
        "{place} is now the copy {}; the next start signs everybody out",
        file.display()
    );
    let kept = kept
        .iter()
        .map(|kept| format!("the files of before: {}", kept.display()));
    print_lines(std::iter::once(restored).chain(kept))
}

/// `Err` where the key of the settings does not open the keys of the copy: no server could start on it.
fn refuse_another_key(config: &Config, restoring: &Restoring) -> anyhow::Result<()> {
    let found = secret_key::find(config)?;
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
