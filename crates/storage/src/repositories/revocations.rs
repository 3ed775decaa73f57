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

/// A session that was ended or outdated, and its generation, as the guarded update gave them back: what the row holds
/// since the unit has its lock.
pub(super) type Ended = (DbId, i64);

/// Adds the revocations of those sessions, whose rows the unit has locked.
pub(super) fn add(
    connection: &mut AnyConnection,
    ended: Vec<Ended>,
    ending: &Ending,
) -> Result<Vec<Revocation>, StatementError> {
    let until = DbInstant(ending.remembered_until);
    match ended.as_slice() {
        [] => {}
        [(id, generation)] => {
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
                let ids: Vec<DbId> = part.iter().map(|(id, _)| *id).collect();
                refresh_tokens::table
                    .filter(refresh_tokens::id.eq_any(ids))
                    .select((
                        refresh_tokens::id,
                        refresh_tokens::generation,
                        until.into_sql::<Instant>(),
                    ))
                    .insert_into(revocations::table)
                    .into_columns((revocations::session_id, revocations::generation, revocations::until))
                    .execute(connection)?;
            }
        }
    }
    let revocation_of = |(id, generation)| revocation(id, generation, until);
    Ok(ended.into_iter().map(revocation_of).collect::<Result<_, _>>()?)
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
