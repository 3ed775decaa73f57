//! Tries of the codes beside links.

use crate::connection::AnyConnection;
use crate::schema::{code_failures, one_time_links as links};
use crate::types::{DbId, DbInstant};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use portcullis_domain::{LinkId, UserId};

/// Counts one more try, unless there were `most`.
pub(super) fn take_try(connection: &mut AnyConnection, id: LinkId, most: u32) -> QueryResult<bool> {
    let of_id = links::table
        .find(DbId(id.as_uuid()))
        .filter(links::code_tries.lt(i64::from(most)));
    let counted = diesel::update(of_id)
        .set(links::code_tries.eq(links::code_tries + 1))
        .execute(connection)?;
    Ok(counted == 1)
}

/// How many wrong ones count.
pub(super) fn wrong(connection: &mut AnyConnection, user: UserId, since: DateTime<Utc>) -> QueryResult<u32> {
    let counted: Option<i64> = code_failures::table
        .find(DbId(user.as_uuid()))
        .filter(code_failures::since.gt(DbInstant(since)))
        .select(code_failures::wrong)
        .get_result(connection)
        .optional()?;
    Ok(counted.map_or(0, |wrong| u32::try_from(wrong).unwrap_or(u32::MAX)))
}

/// Counts one more. The unit holds the user's row, so that nobody else counts in between.
pub(super) fn note_wrong(
    connection: &mut AnyConnection,
    user: UserId,
    since: DateTime<Utc>,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    let theirs = || code_failures::table.find(DbId(user.as_uuid()));
    let counted = diesel::update(theirs().filter(code_failures::since.gt(DbInstant(since))))
        .set(code_failures::wrong.eq(code_failures::wrong + 1))
        .execute(connection)?;
    if counted == 0 {
        diesel::delete(theirs()).execute(connection)?;
        diesel::insert_into(code_failures::table)
            .values((
                code_failures::user_id.eq(DbId(user.as_uuid())),
                code_failures::since.eq(DbInstant(at)),
                code_failures::wrong.eq(1),
            ))
            .execute(connection)?;
    }
    Ok(())
}
