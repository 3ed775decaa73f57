//! What is said of the store as a whole.

use crate::connection::AnyConnection;
use crate::error::StatementError;
use crate::schema::installation;
use crate::types::DbInstant;
use crate::unit::Unit;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use portcullis_application::ports::{InstallationRepository, StoreResult};

impl InstallationRepository for Unit<'_> {
    fn is_backup(&mut self) -> StoreResult<bool> {
        self.read(|connection| {
            let is_backup: bool = installation::table
                .find(1)
                .select(installation::is_backup)
                .get_result(connection)?;
            Ok(is_backup)
        })
    }

    fn take_backup_mark(&mut self) -> StoreResult<bool> {
        self.write(|connection| {
            let marked = installation::table.filter(installation::is_backup);
            let taken = diesel::update(marked)
                .set(installation::is_backup.eq(false))
                .execute(connection)?;
            must_be_there(connection, taken)?;
            Ok(taken == 1)
        })
    }

    fn not_before(&mut self) -> StoreResult<Option<DateTime<Utc>>> {
        self.read(|connection| {
            let at: Option<DbInstant> = installation::table
                .find(1)
                .select(installation::not_before)
                .get_result(connection)?;
            Ok(at.map(|at| at.0))
        })
    }

    fn raise_not_before(&mut self, at: DateTime<Utc>) -> StoreResult<()> {
        self.write(|connection| {
            let is_earlier = installation::not_before
                .is_null()
                .or(installation::not_before.lt(DbInstant(at)));
            let raised = diesel::update(installation::table.filter(is_earlier))
                .set(installation::not_before.eq(DbInstant(at)))
                .execute(connection)?;
            must_be_there(connection, raised)
        })
    }
}

/// An update that found nothing to change must not be taken for one that found no row.
fn must_be_there(connection: &mut AnyConnection, changed: usize) -> Result<(), StatementError> {
    if changed == 0 {
        let _id: i32 = installation::table
            .find(1)
            .select(installation::id)
            .get_result(connection)?;
    }
    Ok(())
}
