//! The key that everything else is derived from: given by the settings, or in a file that an embedded store's first start
//! makes. The start, the commands and `doctor` judge it here.

use crate::config::{Config, SECRET_KEY, SettingError, lost_secret_key};
use crate::file_access::Others;
use crate::key_file::{self, KeptKey};
use portcullis_application::ports::Entropy;
use portcullis_security::SecretKey;
use portcullis_storage::{Database, DatabaseKind};
use std::path::Path;

/// The key that there is; `None` where it is still to be made, or lost. Warns where others may read it.
///
/// # Errors
/// A file that can't be used, and none on PostgreSQL, where each replica would make another one.
pub(crate) fn find(config: &Config) -> Result<Option<SecretKey>, SettingError> {
    Ok(look_for(config)?.map(|kept| {
        if let Some(remark) = kept.remark {
            tracing::warn!("{remark}");
        }
        kept.key
    }))
}

/// The same, and leaves it to the caller to say who else may read it.
pub(crate) fn look_for(config: &Config) -> Result<Option<KeptKey>, SettingError> {
    match (&config.keys.current, config.database.url.kind()) {
        (Some(key), _) => Ok(Some(KeptKey {
            key: key.clone(),
            remark: config.keys.current_file.as_deref().and_then(remark),
        })),
        (None, DatabaseKind::Sqlite) => key_file::find(&config.database.data_dir),
        (None, DatabaseKind::Postgres) => {
            Err(SECRET_KEY.refused("is needed with PostgreSQL, the same for every replica"))
        }
    }
}

/// Who else may read the file that the settings name. Docker gives secrets to everybody in the container, so it is a warning.
fn remark(file: &Path) -> Option<String> {
    Others::at(file).ok()?.remark(file, "chmod 600")
}

/// The key that was found, or a new one where the store has nothing yet that only another one opens.
///
/// # Errors
/// The key is lost, or its file can't be made or read.
pub(crate) fn or_made(
    found: Option<SecretKey>,
    config: &Config,
    database: &Database,
    entropy: &dyn Entropy,
) -> anyhow::Result<SecretKey> {
    if let Some(key) = found {
        return Ok(key);
    }
    let needs_a_key = database.audit_key().map_err(config.database.unusable())?.is_some();
    if needs_a_key {
        // Another first start may have made it meanwhile.
        return find(config)?.ok_or_else(|| lost(config).into());
    }
    Ok(key_file::read_or_make(&config.database.data_dir, entropy)?)
}

/// That the store has keys which only the lost key opens.
pub(crate) fn lost(config: &Config) -> SettingError {
    lost_secret_key(format!(
        "{} is gone, and the database has keys that it encrypted; put it back, or set SECRET_KEY to what stood in it",
        key_file::path(&config.database.data_dir).display()
    ))
}
