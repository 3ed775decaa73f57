//! A row of `audit_events`, and what it says.

use crate::error::RefusedRow;
use crate::schema::audit_events;
use crate::types::{DbId, DbInstant};
use diesel::prelude::*;
use portcullis_application::ports::{AuditEntry, AuditRecord, FoundAuditEntry};
use portcullis_domain::Digest32;

/// The row.
#[derive(Queryable, Insertable)]
#[diesel(table_name = audit_events)]
// Null is written as such, so that the statement is the same for each row and is prepared once.
#[diesel(treat_none_as_default_value = false)]
pub(super) struct AuditEventRow {
    id: DbId,
    format: i64,
    kind: String,
    at: DbInstant,
    actor_id: Option<DbId>,
    user_id: Option<DbId>,
    address: Option<String>,
    request_id: Option<String>,
    result: String,
    details: String,
    mac: Vec<u8>,
    seal: Option<i64>,
}

impl From<&AuditEntry> for AuditEventRow {
    fn from(AuditEntry { record, mac }: &AuditEntry) -> Self {
        let record = record.clone();
        Self {
            id: DbId(record.id.as_uuid()),
            format: record.format,
            kind: record.kind,
            at: DbInstant(record.at),
            actor_id: record.actor_id.map(|id| DbId(id.as_uuid())),
            user_id: record.user_id.map(|id| DbId(id.as_uuid())),
            address: record.address,
            request_id: record.request_id,
            result: record.result,
            details: record.details,
            mac: mac.as_bytes().to_vec(),
            seal: None,
        }
    }
}

impl From<AuditEventRow> for AuditRecord {
    fn from(row: AuditEventRow) -> Self {
        Self {
            id: row.id.0.into(),
            format: row.format,
            kind: row.kind,
            at: row.at.0,
            actor_id: row.actor_id.map(|id| id.0.into()),
            user_id: row.user_id.map(|id| id.0.into()),
            address: row.address,
            request_id: row.request_id,
            result: row.result,
            details: row.details,
        }
    }
}

impl From<AuditEventRow> for FoundAuditEntry {
    fn from(row: AuditEventRow) -> Self {
        Self {
            mac: digest_of("audit_events.mac", &row.mac).ok(),
            seal: row.seal.and_then(|number| u64::try_from(number).ok()),
            record: row.into(),
        }
    }
}

/// A digest of 32 bytes.
pub(super) fn digest_of(column: &'static str, bytes: &[u8]) -> Result<Digest32, RefusedRow> {
    let bytes = bytes.try_into().map_err(|_| RefusedRow::new(column, "not 32 bytes"))?;
    Ok(Digest32::new(bytes))
}

/// A number as the store counts. There are not as many seals as would leave its range.
pub(super) fn number_of(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number as the program counts.
pub(super) fn counted(column: &'static str, number: i64) -> Result<u64, RefusedRow> {
    u64::try_from(number).map_err(|_| RefusedRow::new(column, "below zero"))
}
