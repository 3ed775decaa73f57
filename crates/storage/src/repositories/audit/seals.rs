//! Seals, the end of their chain, and what was removed of it.

use super::row::{counted, digest_of, number_of};
use crate::connection::{AnyConnection, Cached};
use crate::error::{RefusedRow, StatementError};
use crate::repositories::paging::{ROWS_AT_ONCE, at_most};
use crate::schema::{audit_events, audit_head, audit_pruning, audit_seals};
use crate::types::{DbId, DbInstant};
use diesel::prelude::*;
use portcullis_application::ports::{SignedPruning, SignedSeal};
use portcullis_domain::{AuditEventId, AuditHead, AuditPruning, AuditSeal, Digest32};
use uuid::Uuid;

/// The length of an id.
const ID_BYTES: usize = 16;

/// The one row of a table that has one.
const ONE: i32 = 1;

/// A row of `audit_seals`.
#[derive(Queryable, Insertable)]
#[diesel(table_name = audit_seals)]
struct SealRow {
    number: i64,
    sealed_at: DbInstant,
    previous: Vec<u8>,
    events: Vec<u8>,
    digest: Vec<u8>,
    mac: Vec<u8>,
}

impl From<&SignedSeal> for SealRow {
    fn from(SignedSeal { seal, mac }: &SignedSeal) -> Self {
        Self {
            number: number_of(seal.number),
            sealed_at: DbInstant(seal.sealed_at),
            previous: bytes_of(&seal.previous),
            events: seal.events.iter().flat_map(|id| id.as_uuid().into_bytes()).collect(),
            digest: bytes_of(&seal.digest),
            mac: bytes_of(mac),
        }
    }
}

impl TryFrom<SealRow> for SignedSeal {
    type Error = RefusedRow;

    fn try_from(row: SealRow) -> Result<Self, RefusedRow> {
        let (ids, rest) = row.events.as_chunks::<ID_BYTES>();
        if !rest.is_empty() {
            return Err(RefusedRow::new("audit_seals.events", "not whole ids"));
        }
        let seal = AuditSeal {
            number: counted("audit_seals.number", row.number)?,
            sealed_at: row.sealed_at.0,
            previous: digest_of("audit_seals.previous", &row.previous)?,
            events: ids.iter().map(|id| AuditEventId::from(Uuid::from_bytes(*id))).collect(),
            digest: digest_of("audit_seals.digest", &row.digest)?,
        };
        Ok(Self {
            seal,
            mac: digest_of("audit_seals.mac", &row.mac)?,
        })
    }
}

/// The row of `audit_pruning`.
#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = audit_pruning)]
struct PruningRow {
    id: i32,
    through_number: i64,
    through_hash: Vec<u8>,
    events: i64,
    pruned_at: DbInstant,
    mac: Vec<u8>,
}

fn bytes_of(digest: &Digest32) -> Vec<u8> {
    digest.as_bytes().to_vec()
}

fn head_of((number, hash): (i64, Vec<u8>)) -> Result<AuditHead, StatementError> {
    Ok(AuditHead {
        number: counted("audit_head.number", number)?,
        hash: digest_of("audit_head.hash", &hash)?,
    })
}

/// Reads the head and holds it: an update that changes nothing locks the row on both databases.
pub(super) fn lock_head(connection: &mut AnyConnection) -> Result<AuditHead, StatementError> {
    let untouched = diesel::update(audit_head::table.find(ONE))
        .set(audit_head::number.eq(audit_head::number))
        .returning((audit_head::number, audit_head::hash));
    if let Some(row) = Cached(untouched).get_result(connection).optional()? {
        return head_of(row);
    }
    diesel::insert_into(audit_head::table)
        .values((
            audit_head::id.eq(ONE),
            audit_head::number.eq(number_of(AuditHead::START.number)),
            audit_head::hash.eq(bytes_of(&AuditHead::START.hash)),
        ))
        .execute(connection)?;
    Ok(AuditHead::START)
}

/// The head as it is.
pub(super) fn head(connection: &mut AnyConnection) -> Result<Option<AuditHead>, StatementError> {
    let row = audit_head::table
        .find(ONE)
        .select((audit_head::number, audit_head::hash));
    row.get_result(connection).optional()?.map(head_of).transpose()
}

/// Adds a seal, marks its events and moves the head.
pub(super) fn add(connection: &mut AnyConnection, signed: &SignedSeal) -> Result<(), StatementError> {
    diesel::insert_into(audit_seals::table)
        .values(&SealRow::from(signed))
        .execute(connection)?;
    let number = number_of(signed.seal.number);
    for part in signed.seal.events.chunks(ROWS_AT_ONCE) {
        let ids: Vec<DbId> = part.iter().map(|id| DbId(id.as_uuid())).collect();
        diesel::update(audit_events::table.filter(audit_events::id.eq_any(ids)))
            .set(audit_events::seal.eq(number))
            .execute(connection)?;
    }
    let head = signed.seal.head();
    diesel::update(audit_head::table.find(ONE))
        .set((
            audit_head::number.eq(number_of(head.number)),
            audit_head::hash.eq(bytes_of(&head.hash)),
        ))
        .execute(connection)?;
    Ok(())
}

/// The seals behind a number.
pub(super) fn behind(
    connection: &mut AnyConnection,
    after: u64,
    limit: usize,
) -> Result<Vec<SignedSeal>, StatementError> {
    let rows: Vec<SealRow> = audit_seals::table
        .filter(audit_seals::number.gt(number_of(after)))
        .order(audit_seals::number)
        .limit(at_most(limit))
        .load(connection)?;
    Ok(rows.into_iter().map(SignedSeal::try_from).collect::<Result<_, _>>()?)
}

/// What was removed so far.
pub(super) fn pruning(connection: &mut AnyConnection) -> Result<Option<SignedPruning>, StatementError> {
    let row: Option<PruningRow> = audit_pruning::table.find(ONE).get_result(connection).optional()?;
    let Some(row) = row else { return Ok(None) };
    let pruning = AuditPruning {
        through: AuditHead {
            number: counted("audit_pruning.through_number", row.through_number)?,
            hash: digest_of("audit_pruning.through_hash", &row.through_hash)?,
        },
        events: counted("audit_pruning.events", row.events)?,
        pruned_at: row.pruned_at.0,
    };
    Ok(Some(SignedPruning {
        pruning,
        mac: digest_of("audit_pruning.mac", &row.mac)?,
    }))
}

/// Writes what was removed in the place of what stood there. Whoever does so holds the head.
pub(super) fn put_pruning(connection: &mut AnyConnection, record: &SignedPruning) -> Result<(), StatementError> {
    let SignedPruning { pruning, mac } = record;
    let row = PruningRow {
        id: ONE,
        through_number: number_of(pruning.through.number),
        through_hash: bytes_of(&pruning.through.hash),
        events: number_of(pruning.events),
        pruned_at: DbInstant(pruning.pruned_at),
        mac: bytes_of(mac),
    };
    let written = diesel::update(audit_pruning::table.find(ONE))
        .set(&row)
        .execute(connection)?;
    if written == 0 {
        diesel::insert_into(audit_pruning::table)
            .values(&row)
            .execute(connection)?;
    }
    Ok(())
}
