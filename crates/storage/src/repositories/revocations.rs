//! Revocations.

use super::paging::{ROWS_AT_ONCE, at_most};
use crate::connection::{AnyConnection, MultiBackend};
use crate::error::{RefusedRow, StatementError};
use crate::schema::{grants, revocations, sessions};
use crate::types::{DbId, DbInstant, Instant};
use crate::unit::Unit;
use chrono::{DateTime, Utc};
use diesel::dsl::{IntoBoxed, Select, max};
use diesel::prelude::*;
use portcullis_application::ports::{RevocationNumber, RevocationRepository, StoreResult};
use portcullis_domain::{Ending, FamilyId, Generation, Revocation};
use std::ops::RangeInclusive;

/// How many ranges of numbers one statement names: each row that it looks at is compared with each of them.
const RANGES_AT_ONCE: usize = 50;

/// In two statements: those whose access tokens end by then, and those whose end later.
macro_rules! add_many {
    ($families:ident, $connection:expr, $ids:expr, $at_least:expr) => {{
        let columns = (revocations::session_id, revocations::generation, revocations::until);
        $families::table
            .filter($families::id.eq_any($ids.clone()))
            .filter($families::access_until.le($at_least))
            .select(($families::id, $families::generation, $at_least.into_sql::<Instant>()))
            .insert_into(revocations::table)
            .into_columns(columns)
            .execute($connection)?;
        $families::table
            .filter($families::id.eq_any($ids))
            .filter($families::access_until.gt($at_least))
            .select(($families::id, $families::generation, $families::access_until))
            .insert_into(revocations::table)
            .into_columns(columns)
            .execute($connection)?;
    }};
}

/// Whose tokens are revoked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Families {
    /// Those of sessions.
    Sessions,
    /// Those of grants.
    Grants,
}

/// A session or grant that was ended or outdated, its generation and the end of its access tokens, as the guarded update gave them
/// back: what the row holds since the unit has its lock.
pub(super) type Ended = (DbId, i64, DbInstant);

/// Adds the revocations of those sessions or grants, whose rows the unit has locked. Each is remembered as long as the ending says,
/// or as its access tokens live, whichever is longer.
pub(super) fn add(
    connection: &mut AnyConnection,
    families: Families,
    ended: Vec<Ended>,
    ending: &Ending,
) -> Result<Vec<Revocation>, StatementError> {
    let at_least = ending.remembered_until;
    let remembered: Vec<Ended> = ended
        .into_iter()
        .map(|(id, generation, until)| (id, generation, DbInstant(until.0.max(at_least))))
        .collect();
    match remembered.as_slice() {
        [] => {}
        [(id, generation, until)] => {
            diesel::insert_into(revocations::table)
                .values((
                    revocations::session_id.eq(id),
                    revocations::generation.eq(generation),
                    revocations::until.eq(until),
                ))
                .execute(connection)?;
        }
        many => {
            for part in many.chunks(ROWS_AT_ONCE) {
                let ids: Vec<DbId> = part.iter().map(|(id, _, _)| *id).collect();
                let at_least = DbInstant(at_least);
                match families {
                    Families::Sessions => add_many!(sessions, connection, ids, at_least),
                    Families::Grants => add_many!(grants, connection, ids, at_least),
                }
            }
        }
    }
    let revocation_of = |(id, generation, until)| revocation(id, generation, until);
    Ok(remembered.into_iter().map(revocation_of).collect::<Result<_, _>>()?)
}

/// Adds one that is of no session.
pub(super) fn add_one(connection: &mut AnyConnection, revocation: &Revocation) -> Result<(), StatementError> {
    diesel::insert_into(revocations::table)
        .values((
            revocations::session_id.eq(DbId(revocation.family.as_uuid())),
            revocations::generation.eq(i64::try_from(revocation.generation.number()).unwrap_or(i64::MAX)),
            revocations::until.eq(DbInstant(revocation.until)),
        ))
        .execute(connection)?;
    Ok(())
}

fn revocation(id: DbId, generation: i64, until: DbInstant) -> Result<Revocation, RefusedRow> {
    Ok(Revocation {
        family: FamilyId::from(id.0),
        generation: u64::try_from(generation)
            .map(Generation::new)
            .map_err(|_| RefusedRow::new("revocations.generation", "below zero"))?,
        until: until.0,
    })
}

/// Number, family, generation and end of a revocation.
type RevocationRow = (i64, DbId, i64, DbInstant);

fn numbered(row: RevocationRow) -> Result<(RevocationNumber, Revocation), RefusedRow> {
    let (number, id, generation, until) = row;
    Ok((number_of(number)?, revocation(id, generation, until)?))
}

fn number_of(column: i64) -> Result<RevocationNumber, RefusedRow> {
    u64::try_from(column)
        .map(RevocationNumber)
        .map_err(|_| RefusedRow::new("revocations.number", "below zero"))
}

fn column_of(number: RevocationNumber) -> i64 {
    i64::try_from(number.0).unwrap_or(i64::MAX)
}

/// The query of [`list_within`](RevocationRepository::list_within), for as many ranges as one statement takes.
pub(super) fn within<'q>(
    ranges: &[RangeInclusive<RevocationNumber>],
    now: DateTime<Utc>,
    limit: usize,
) -> revocations::BoxedQuery<'q, MultiBackend> {
    let columns = |range: &RangeInclusive<RevocationNumber>| (column_of(*range.start()), column_of(*range.end()));
    let mut rows = revocations::table.into_boxed();
    let (mut lowest, mut highest) = (i64::MAX, 0);
    for (first, last) in ranges.iter().map(columns) {
        rows = rows.or_filter(revocations::number.between(first, last));
        (lowest, highest) = (lowest.min(first), highest.max(last));
    }
    // From the lowest to the highest in any case, so that no plan reads more of the index than this.
    rows.filter(revocations::number.between(lowest, highest))
        .filter(revocations::until.gt(DbInstant(now)))
        .order(revocations::number)
        .limit(at_most(limit))
}

/// What [`find_last_expired`](RevocationRepository::find_last_expired) reads.
pub(super) fn last_expired<'q>(
    at: DateTime<Utc>,
) -> IntoBoxed<'q, Select<revocations::table, revocations::number>, MultiBackend> {
    revocations::table
        .select(revocations::number)
        .filter(revocations::until.le(DbInstant(at)))
        .order(revocations::until.desc())
        .limit(1)
        .into_boxed()
}

impl RevocationRepository for Unit<'_> {
    fn list_after(
        &mut self,
        after: RevocationNumber,
        now: DateTime<Utc>,
        limit: usize,
    ) -> StoreResult<Vec<(RevocationNumber, Revocation)>> {
        self.read(|connection| {
            let rows: Vec<RevocationRow> = revocations::table
                .filter(revocations::number.gt(column_of(after)))
                .filter(revocations::until.gt(DbInstant(now)))
                .order(revocations::number)
                .limit(at_most(limit))
                .load(connection)?;
            Ok(rows.into_iter().map(numbered).collect::<Result<_, _>>()?)
        })
    }

    fn list_within(
        &mut self,
        ranges: &[RangeInclusive<RevocationNumber>],
        now: DateTime<Utc>,
        limit: usize,
    ) -> StoreResult<Vec<(RevocationNumber, Revocation)>> {
        self.read(|connection| {
            let mut found: Vec<RevocationRow> = Vec::new();
            for part in ranges.chunks(RANGES_AT_ONCE) {
                let rows: Vec<RevocationRow> = within(part, now, limit - found.len()).load(connection)?;
                found.extend(rows);
                if found.len() == limit {
                    break;
                }
            }
            Ok(found.into_iter().map(numbered).collect::<Result<_, _>>()?)
        })
    }

    fn highest_of(&mut self, family: FamilyId) -> StoreResult<Option<Generation>> {
        self.read(|connection| {
            let of_family = revocations::table.filter(revocations::session_id.eq(DbId(family.as_uuid())));
            let highest: Option<i64> = of_family.select(max(revocations::generation)).get_result(connection)?;
            let number = highest.map(u64::try_from).transpose();
            let number = number.map_err(|_| RefusedRow::new("revocations.generation", "below zero"))?;
            Ok(number.map(Generation::new))
        })
    }

    fn find_last_expired(&mut self, at: DateTime<Utc>) -> StoreResult<Option<RevocationNumber>> {
        self.read(|connection| {
            let last: Option<i64> = last_expired(at).get_result(connection).optional()?;
            Ok(last.map(number_of).transpose()?)
        })
    }

    fn delete_expired(&mut self, now: DateTime<Utc>, limit: usize) -> StoreResult<usize> {
        self.write(|connection| {
            let over: Vec<i64> = revocations::table
                .filter(revocations::until.le(DbInstant(now)))
                .order(revocations::until)
                .select(revocations::number)
                .limit(at_most(limit))
                .load(connection)?;
            let mut deleted = 0;
            for part in over.chunks(ROWS_AT_ONCE) {
                let of_numbers = revocations::table.filter(revocations::number.eq_any(part));
                deleted += diesel::delete(of_numbers).execute(connection)?;
            }
            Ok(deleted)
        })
    }
}
