//! Backups of an embedded store.

use super::operation;
use crate::foundation::{open_store, unusable};
use std::path::Path;

/// Copies the store to a new file.
pub(super) fn run(file: &Path) -> anyhow::Result<()> {
    let config = operation::config()?;
    let database = open_store(&config)?;
    database.migrate().map_err(unusable(&config))?;
    let outcome = database.backup(file);
    database.close();
    Ok(outcome?)
}
