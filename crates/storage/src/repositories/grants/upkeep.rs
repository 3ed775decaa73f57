//! What is done to many users' grants in the background. It never waits for anybody: a row that somebody else holds is passed
//! over.

use crate::connection::AnyConnection;
use crate::connection::postgres::PgTls;
use crate::error::StatementError;
use crate::repositories::paging::at_most;
use crate::schema::grants;
use crate::types::{DbId, DbInstant, Id, Instant};
use diesel::prelude::*;
use portcullis_application::ports::{SweepGrants, Swept};
use portcullis_domain::{AuditReason, Ending, GrantId};
use uuid::Uuid;

/// Removes those of the next grants that nobody needs.
pub(super) fn sweep(
    connection: &mut AnyConnection,
    after: Option<GrantId>,
    over: SweepGrants,
    batch: usize,
) -> Result<Swept<GrantId>, StatementError> {
    let (after, last) = bounds(connection, after, batch)?;
    let through = last.unwrap_or(DbId(Uuid::max()));
    let (codes, ended) = (DbInstant(over.codes_before), DbInstant(over.ended_before));
    let changed = if let AnyConnection::Postgres(server) = connection {
        remove_free(server, after, through, codes, ended)?
    } else {
        let is_ended = grants::expires_at.nullable().lt(ended).or(grants::revoked_at.lt(ended));
        let is_over = grants::code_until
            .lt(codes)
            .or(grants::access_until.nullable().lt(ended).and(is_ended));
        let next = grants::table
            .filter(grants::id.gt(after))
            .filter(grants::id.le(through));
        diesel::delete(next.filter(is_over)).execute(connection)?
    };
    Ok(Swept {
        changed,
        last: last.map(|id| GrantId::from(id.0)),
    })
}

/// A code that was redeemed has no time until which it may be.
fn remove_free(
    server: &mut PgTls,
    after: DbId,
    through: DbId,
    codes: DbInstant,
    ended: DbInstant,
) -> QueryResult<usize> {
    diesel::sql_query(
        "WITH over AS ( \
             SELECT id FROM grants \
             WHERE id > $1 AND id <= $2 \
                 AND (code_until < $3 OR (access_until < $4 AND (expires_at < $4 OR revoked_at < $4))) \
             FOR UPDATE SKIP LOCKED \
         ) \
         DELETE FROM grants USING over WHERE grants.id = over.id",
    )
    .bind::<Id, _>(after)
    .bind::<Id, _>(through)
    .bind::<Instant, _>(codes)
    .bind::<Instant, _>(ended)
    .execute(server)
}

/// Ends those of the next grants that were not ended yet.
pub(super) fn end_next(
    connection: &mut AnyConnection,
    after: Option<GrantId>,
    reason: AuditReason,
    ending: &Ending,
    batch: usize,
) -> Result<Swept<GrantId>, StatementError> {
    let (after, last) = bounds(connection, after, batch)?;
    let live = grants::table
        .filter(grants::id.gt(after))
        .filter(grants::id.le(last.unwrap_or(DbId(Uuid::max()))))
        .filter(grants::revoked_at.is_null());
    let changed = diesel::update(live)
        .set((
            grants::revoked_at.eq(DbInstant(ending.at)),
            grants::reason.eq(reason.as_str()),
        ))
        .execute(connection)?;
    Ok(Swept {
        changed,
        last: last.map(|id| GrantId::from(id.0)),
    })
}

/// Behind which grant a batch begins, and with which one it ends; `None` where it is the last one.
fn bounds(
    connection: &mut AnyConnection,
    after: Option<GrantId>,
    batch: usize,
) -> Result<(DbId, Option<DbId>), StatementError> {
    let after = DbId(after.map_or(Uuid::nil(), GrantId::as_uuid));
    let last = grants::table
        .filter(grants::id.gt(after))
        .order(grants::id)
        .select(grants::id)
        .limit(1)
        .offset(at_most(batch.saturating_sub(1)))
        .get_result(connection)
        .optional()?;
    Ok((after, last))
}
