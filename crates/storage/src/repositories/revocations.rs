//! Revocations.

use super::paging::{ROWS_AT_ONCE, at_most};
use crate::connection::AnyConnection;
use crate::error::{RefusedRow, StatementError};
use crate::schema::{refresh_tokens, revocations};
use crate::types::{DbId, DbInstant, Instant};
use crate::unit::Unit;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use portcullis_application::ports::{RevocationNumber, RevocationRepository, StoreResult};
use portcullis_domain::{Ending, Generation, Revocation, SessionId};

/// A session that was ended or outdated, its generation and the end of its access tokens, as the guarded update gave them
/// back: what the row holds since the unit has its lock.
pub(super) type Ended = (DbId, i64, DbInstant);

/// Adds the revocations of those sessions, whose rows the unit has locked. Each is remembered as long as the ending says,
/// or as its access tokens live, whichever is longer.
pub(super) fn add(
    connection: &mut AnyConnection,
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
                add_many(connection, ids, DbInstant(at_least))?;
            }
        }
    }
    let revocation_of = |(id, generation, until)| revocation(id, generation, until);
    Ok(remembered.into_iter().map(revocation_of).collect::<Result<_, _>>()?)
}

/// In two statements: those whose access tokens end by then, and those whose end later.
fn add_many(connection: &mut AnyConnection, ids: Vec<DbId>, at_least: DbInstant) -> Result<(), StatementError> {
    let columns = (revocations::session_id, revocations::generation, revocations::until);
    refresh_tokens::table
        .filter(refresh_tokens::id.eq_any(ids.clone()))
        .filter(refresh_tokens::access_until.le(at_least))
        .select((
            refresh_tokens::id,
            refresh_tokens::generation,
            at_least.into_sql::<Instant>(),
        ))
        .insert_into(revocations::table)
        .into_columns(columns)
        .execute(connection)?;
    refresh_tokens::table
        .filter(refresh_tokens::id.eq_any(ids))
        .filter(refresh_tokens::access_until.gt(at_least))
        .select((
            refresh_tokens::id,
            refresh_tokens::generation,
            refresh_tokens::access_until,
        ))
        .insert_into(revocations::table)
        .into_columns(columns)
        .execute(connection)?;
    Ok(())
}

fn revocation(id: DbId, generation: i64, until: DbInstant) -> Result<Revocation, RefusedRow> {
    Ok(Revocation {
        session_id: SessionId::from(id.0),
        generation: u64::try_from(generation)
            .map(Generation::new)
            .map_err(|_| RefusedRow::new("revocations.generation", "below zero"))?,
        until: until.0,
    })
}

/// Number, session, generation and end of a revocation.
type RevocationRow = (i64, DbId, i64, DbInstant);

fn numbered(row: RevocationRow) -> Result<(RevocationNumber, Revocation), RefusedRow> {
    let (number, id, generation, until) = row;
    let number = u64::try_from(number).map_err(|_| RefusedRow::new("revocations.number", "below zero"))?;
    Ok((RevocationNumber(number), revocation(id, generation, until)?))
}

fn column_of(number: RevocationNumber) -> i64 {
    i64::try_from(number.0).unwrap_or(i64::MAX)
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

    fn find_all(
        &mut self,
        numbers: &[RevocationNumber],
        now: DateTime<Utc>,
    ) -> StoreResult<Vec<(RevocationNumber, Revocation)>> {
        self.read(|connection| {
            let mut found = Vec::new();
            for part in numbers.chunks(ROWS_AT_ONCE) {
                let of_numbers = part.iter().map(|number| column_of(*number));
                let rows: Vec<RevocationRow> = revocations::table
                    .filter(revocations::number.eq_any(of_numbers))
                    .filter(revocations::until.gt(DbInstant(now)))
                    .order(revocations::number)
                    .load(connection)?;
                found.extend(rows);
            }
            Ok(found.into_iter().map(numbered).collect::<Result<_, _>>()?)
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
