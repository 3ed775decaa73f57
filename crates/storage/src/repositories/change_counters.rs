//! How often something was changed that servers keep in memory.

use crate::connection::AnyConnection;
use crate::error::{RefusedRow, StatementError};
use crate::schema::change_counters;
use diesel::prelude::*;
use portcullis_application::ports::RegistryStamp;

/// The row of the clients and resources.
const REGISTRY: &str = "clients";

/// Adds 1, and holds the row until the unit ends.
pub(super) fn advance(connection: &mut AnyConnection) -> Result<RegistryStamp, StatementError> {
    diesel::update(change_counters::table.find(REGISTRY))
        .set(change_counters::value.eq(change_counters::value + 1))
        .execute(connection)?;
    present(connection)
}

/// The number of the last change.
pub(super) fn present(connection: &mut AnyConnection) -> Result<RegistryStamp, StatementError> {
    let value: Option<i64> = change_counters::table
        .find(REGISTRY)
        .select(change_counters::value)
        .get_result(connection)
        .optional()?;
    let value = value.ok_or_else(|| RefusedRow::new("change_counters.name", format!("no row {REGISTRY}")))?;
    let number = u64::try_from(value).map_err(|_| RefusedRow::new("change_counters.value", "below zero"))?;
    Ok(RegistryStamp(number))
}

/// A stamp as the store keeps it.
pub(super) fn number_of(stamp: RegistryStamp) -> i64 {
    i64::try_from(stamp.0).unwrap_or(i64::MAX)
}
