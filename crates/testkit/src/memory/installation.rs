//! The store as a whole, in memory.

use super::Unit;
use chrono::{DateTime, Utc};
use portcullis_application::ports::{InstallationRepository, StoreResult};

impl InstallationRepository for Unit {
    fn is_backup(&mut self) -> StoreResult<bool> {
        Ok(self.readable()?.is_backup)
    }

    fn take_backup_mark(&mut self) -> StoreResult<bool> {
        Ok(std::mem::take(&mut self.writable()?.is_backup))
    }

    fn not_before(&mut self) -> StoreResult<Option<DateTime<Utc>>> {
        Ok(self.readable()?.not_before)
    }

    fn raise_not_before(&mut self, at: DateTime<Utc>) -> StoreResult<()> {
        let tables = self.writable()?;
        tables.not_before = tables.not_before.max(Some(at));
        Ok(())
    }
}
