//! Events as whoever seals or verifies the trail reads them: oldest first, and not taken for what they should be.

use super::row::{AuditEventRow, digest_of, number_of};
use crate::connection::{AnyConnection, Cached, MultiBackend};
use crate::error::StatementError;
use crate::repositories::paging::{Place, ROWS_AT_ONCE, at_most};
use crate::schema::audit_events;
use crate::types::DbId;
use diesel::prelude::*;
use portcullis_application::ports::FoundAuditEntry;
use portcullis_domain::{AuditEventId, Digest32, Position};

pub(super) const PLACE: Place = Place {
    at: "audit_events.at",
    id: "audit_events.id",
};

/// The events behind a position.
pub(super) fn oldest(
    connection: &mut AnyConnection,
    after: Option<Position>,
    limit: usize,
) -> Result<Vec<FoundAuditEntry>, StatementError> {
    Ok(found(Cached(behind(after, limit)).load(connection)?))
}

pub(in crate::repositories) fn behind<'q>(after: Option<Position>, limit: usize) -> Events<'q> {
    let events = audit_events::table
        .order((audit_events::at, audit_events::id))
        .limit(at_most(limit))
        .into_boxed();
    match after {
        Some(after) => events.filter(PLACE.is_behind(after)),
        None => events,
    }
}

type Events<'q> = audit_events::BoxedQuery<'q, MultiBackend>;

/// The events that are marked with one seal, or with none, behind a position.
pub(super) fn marked(
    connection: &mut AnyConnection,
    seal: Option<u64>,
    after: Option<Position>,
    limit: usize,
) -> Result<Vec<FoundAuditEntry>, StatementError> {
    Ok(found(Cached(of_seal(seal, after, limit)).load(connection)?))
}

pub(in crate::repositories) fn of_seal<'q>(seal: Option<u64>, after: Option<Position>, limit: usize) -> Events<'q> {
    // The order names the seal, too: without it PostgreSQL would not see that the index has this order.
    let mut events = audit_events::table
        .order((audit_events::seal, audit_events::at, audit_events::id))
        .limit(at_most(limit))
        .into_boxed();
    events = match seal {
        Some(number) => events.filter(audit_events::seal.eq(number_of(number))),
        None => events.filter(audit_events::seal.is_null()),
    };
    match after {
        Some(after) => events.filter(PLACE.is_behind(after)),
        None => events,
    }
}

/// The events without a seal, as far as it needs them to be sealed.
pub(super) fn unsealed(
    connection: &mut AnyConnection,
    limit: usize,
) -> Result<Vec<(AuditEventId, Digest32)>, StatementError> {
    let rows: Vec<(DbId, Vec<u8>)> = audit_events::table
        .filter(audit_events::seal.is_null())
        .order((audit_events::seal, audit_events::at, audit_events::id))
        .select((audit_events::id, audit_events::mac))
        .limit(at_most(limit))
        .load(connection)?;
    let sealable = |(id, mac): (DbId, Vec<u8>)| Ok((AuditEventId::from(id.0), digest_of("audit_events.mac", &mac)?));
    rows.into_iter().map(sealable).collect()
}

/// The events of those ids.
pub(super) fn of_ids(connection: &mut AnyConnection, ids: &[DbId]) -> Result<Vec<FoundAuditEntry>, StatementError> {
    let mut events = Vec::with_capacity(ids.len());
    for part in ids.chunks(ROWS_AT_ONCE) {
        let rows = audit_events::table
            .filter(audit_events::id.eq_any(part))
            .load(connection)?;
        events.extend(found(rows));
    }
    Ok(events)
}

/// The events that are marked with a seal that there can't be. Two ranges of the index.
pub(super) fn stray(
    connection: &mut AnyConnection,
    pruned: u64,
    last: u64,
    limit: usize,
) -> Result<Vec<FoundAuditEntry>, StatementError> {
    let below: Vec<AuditEventRow> = audit_events::table
        .filter(audit_events::seal.le(number_of(pruned)))
        .order((audit_events::seal, audit_events::at, audit_events::id))
        .limit(at_most(limit))
        .load(connection)?;
    let above: Vec<AuditEventRow> = audit_events::table
        .filter(audit_events::seal.gt(number_of(last)))
        .order((audit_events::seal, audit_events::at, audit_events::id))
        .limit(at_most(limit.saturating_sub(below.len())))
        .load(connection)?;
    Ok(found(below.into_iter().chain(above).collect()))
}

fn found(rows: Vec<AuditEventRow>) -> Vec<FoundAuditEntry> {
    rows.into_iter().map(FoundAuditEntry::from).collect()
}
