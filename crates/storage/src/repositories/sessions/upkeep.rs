//! What is written to many users' sessions in the background. It never waits for anybody: a row that somebody else
//! holds is passed over, so that there is no deadlock with those who hold the rows of one user.

use crate::connection::postgres::PgTls;
use crate::connection::{AnyConnection, Cached};
use crate::error::StatementError;
use crate::repositories::paging::at_most;
use crate::schema::sessions;
use crate::types::{DbId, DbInstant, Id, Instant};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::Array;
use portcullis_application::ports::Swept;
use portcullis_domain::{Ending, SessionId, SessionKind};
use uuid::Uuid;

/// Notes uses, where they are later than what stands there; how many. A browser's session that was live at its use ends
/// `idle` after it.
pub(super) fn note_use(
    connection: &mut AnyConnection,
    used: &[(SessionId, DateTime<Utc>)],
    idle: TimeDelta,
) -> Result<usize, StatementError> {
    if used.is_empty() {
        return Ok(0);
    }
    if let AnyConnection::Postgres(server) = connection {
        return Ok(note_use_of_free(server, used, idle)?);
    }
    // SQLite has one writer, which waits for nobody.
    let mut noted = 0;
    for (id, at) in used {
        let earlier = sessions::table
            .find(DbId(id.as_uuid()))
            .filter(sessions::last_used_at.lt(DbInstant(*at)));
        let was_live = sessions::kind
            .eq(SessionKind::Browser.as_str())
            .and(sessions::expires_at.gt(DbInstant(*at)));
        let end = case_when(was_live, DbInstant(*at + idle).into_sql::<Instant>()).otherwise(sessions::expires_at);
        let used = (sessions::last_used_at.eq(DbInstant(*at)), sessions::expires_at.eq(end));
        noted += Cached(diesel::update(earlier).set(used)).execute(connection)?;
    }
    Ok(noted)
}

fn note_use_of_free(server: &mut PgTls, used: &[(SessionId, DateTime<Utc>)], idle: TimeDelta) -> QueryResult<usize> {
    let ids: Vec<DbId> = used.iter().map(|(id, _)| DbId(id.as_uuid())).collect();
    let times: Vec<DbInstant> = used.iter().map(|(_, at)| DbInstant(*at)).collect();
    let ends: Vec<DbInstant> = used.iter().map(|(_, at)| DbInstant(*at + idle)).collect();
    diesel::sql_query(
        "WITH free AS ( \
             SELECT session.id, used.at, used.until \
             FROM unnest($1, $2, $3) AS used (id, at, until) JOIN sessions AS session USING (id) \
             WHERE session.last_used_at < used.at \
             FOR NO KEY UPDATE OF session SKIP LOCKED \
         ) \
         UPDATE sessions SET last_used_at = free.at, expires_at = \
             CASE WHEN kind = 'browser' AND expires_at > free.at THEN free.until ELSE expires_at END \
         FROM free WHERE sessions.id = free.id",
    )
    .bind::<Array<Id>, _>(ids)
    .bind::<Array<Instant>, _>(times)
    .bind::<Array<Instant>, _>(ends)
    .execute(server)
}

/// Removes those of the next sessions that ended before `before`.
pub(super) fn sweep(
    connection: &mut AnyConnection,
    after: Option<SessionId>,
    before: DateTime<Utc>,
    batch: usize,
) -> Result<Swept, StatementError> {
    let (after, last) = bounds(connection, after, batch)?;
    let through = last.unwrap_or(DbId(Uuid::max()));
    let behind = sessions::table.filter(sessions::id.gt(after));
    let before = DbInstant(before);
    let removed = if let AnyConnection::Postgres(server) = connection {
        remove_free(server, after, through, before)?
    } else {
        let over = sessions::expires_at
            .nullable()
            .lt(before)
            .or(sessions::revoked_at.lt(before));
        diesel::delete(behind.filter(sessions::id.le(through)).filter(over)).execute(connection)?
    };
    Ok(Swept {
        changed: removed,
        last: last.map(|id| SessionId::from(id.0)),
    })
}

/// Ends those of the next sessions that were not ended yet.
pub(super) fn revoke_next(
    connection: &mut AnyConnection,
    after: Option<SessionId>,
    ending: &Ending,
    batch: usize,
) -> Result<Swept, StatementError> {
    let (after, last) = bounds(connection, after, batch)?;
    let live = sessions::table
        .filter(sessions::id.gt(after))
        .filter(sessions::id.le(last.unwrap_or(DbId(Uuid::max()))))
        .filter(sessions::revoked_at.is_null());
    let changed = diesel::update(live)
        .set(sessions::revoked_at.eq(DbInstant(ending.at)))
        .execute(connection)?;
    Ok(Swept {
        changed,
        last: last.map(|id| SessionId::from(id.0)),
    })
}

/// Behind which session a batch begins, and with which one it ends; `None` where it is the last one.
fn bounds(
    connection: &mut AnyConnection,
    after: Option<SessionId>,
    batch: usize,
) -> Result<(DbId, Option<DbId>), StatementError> {
    let after = DbId(after.map_or(Uuid::nil(), SessionId::as_uuid));
    let last = sessions::table
        .filter(sessions::id.gt(after))
        .order(sessions::id)
        .select(sessions::id)
        .limit(1)
        .offset(at_most(batch.saturating_sub(1)))
        .get_result(connection)
        .optional()?;
    Ok((after, last))
}

fn remove_free(server: &mut PgTls, after: DbId, through: DbId, before: DbInstant) -> QueryResult<usize> {
    diesel::sql_query(
        "WITH ended AS ( \
             SELECT id FROM sessions \
             WHERE id > $1 AND id <= $2 AND (expires_at < $3 OR revoked_at < $3) \
             FOR UPDATE SKIP LOCKED \
         ) \
         DELETE FROM sessions USING ended WHERE sessions.id = ended.id",
    )
    .bind::<Id, _>(after)
    .bind::<Id, _>(through)
    .bind::<Instant, _>(before)
    .execute(server)
}
