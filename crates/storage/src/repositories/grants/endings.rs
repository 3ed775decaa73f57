//! The ends of grants.

use super::row::number_of;
use crate::connection::{AnyConnection, Cached, direct};
use crate::error::StatementError;
use crate::repositories::paging::{ROWS_AT_ONCE, at_most};
use crate::repositories::revocations::{self, Ended, Families};
use crate::schema::grants;
use crate::types::{DbId, DbInstant};
use diesel::prelude::*;
use portcullis_application::ports::GrantsToEnd;
use portcullis_domain::{AuditReason, Ending, Generation, GrantId, Revocation};

/// What a revocation names of a grant.
const IDENTITY: (grants::id, grants::generation, grants::access_until) =
    (grants::id, grants::generation, grants::access_until);

/// Ends grants, and adds their revocations.
pub(super) fn end(
    connection: &mut AnyConnection,
    which: GrantsToEnd,
    reason: AuditReason,
    ending: &Ending,
) -> Result<Vec<Revocation>, StatementError> {
    let mut revoked = Vec::new();
    for part in ids_of(connection, which, ending)?.chunks(ROWS_AT_ONCE) {
        let not_ended = grants::table
            .filter(grants::id.eq_any(part))
            .filter(grants::revoked_at.is_null());
        let ended: Vec<Ended> = diesel::update(not_ended)
            .set((
                grants::revoked_at.eq(DbInstant(ending.at)),
                grants::reason.eq(reason.as_str()),
            ))
            .returning(IDENTITY)
            .load(connection)?;
        revoked.extend(revocations::add(connection, Families::Grants, ended, ending)?);
    }
    Ok(revoked)
}

/// The grants that were not ended yet, in the order of their ids. Whether they still are not, the update asks once more.
fn ids_of(connection: &mut AnyConnection, which: GrantsToEnd, ending: &Ending) -> Result<Vec<DbId>, StatementError> {
    let live = grants::table
        .filter(grants::revoked_at.is_null())
        .select(grants::id)
        .order(grants::id)
        .into_boxed();
    let ids = match which {
        GrantsToEnd::One(id) => return Ok(vec![DbId(id.as_uuid())]),
        GrantsToEnd::OfSession(session) => live
            .filter(grants::session_id.eq(DbId(session.as_uuid())))
            .filter(grants::offline.eq(false))
            .load(connection)?,
        GrantsToEnd::OfSessions { user, kept } => {
            let bound = live
                .filter(grants::user_id.eq(DbId(user.as_uuid())))
                .filter(grants::offline.eq(false));
            match kept {
                Some(kept) => bound
                    .filter(grants::session_id.ne(DbId(kept.as_uuid())))
                    .load(connection)?,
                None => bound.load(connection)?,
            }
        }
        GrantsToEnd::OfUser { user, kept } => {
            let theirs = live.filter(grants::user_id.eq(DbId(user.as_uuid())));
            match kept {
                Some(kept) => theirs
                    .filter(grants::offline.or(grants::session_id.ne(DbId(kept.as_uuid()))))
                    .load(connection)?,
                None => theirs.load(connection)?,
            }
        }
        GrantsToEnd::OfClient { user, client } => live
            .filter(grants::user_id.eq(DbId(user.as_uuid())))
            .filter(grants::client.eq(DbId(client.as_uuid())))
            .load(connection)?,
        GrantsToEnd::Oldest { user, client, keep } => {
            let oldest = grants::table
                .filter(grants::user_id.eq(DbId(user.as_uuid())))
                .filter(grants::client.eq(DbId(client.as_uuid())))
                .filter(grants::revoked_at.is_null())
                .filter(grants::expires_at.gt(DbInstant(ending.at)))
                .filter(
                    grants::code_until
                        .is_null()
                        .or(grants::code_until.gt(DbInstant(ending.at))),
                )
                // Codes that nobody redeemed never push out what is in use.
                .order((
                    grants::redeemed_at.is_null(),
                    grants::created_at.desc(),
                    grants::id.desc(),
                ))
                .select(grants::id)
                .limit(i64::MAX)
                .offset(at_most(keep));
            direct::list(oldest, connection)?
        }
    };
    Ok(ids)
}

/// Makes access tokens worthless, and leaves the grant.
pub(super) fn outdate(
    connection: &mut AnyConnection,
    id: GrantId,
    through: Generation,
    ending: &Ending,
) -> Result<Option<Revocation>, StatementError> {
    let through = number_of(through);
    let there = grants::table
        .find(DbId(id.as_uuid()))
        .filter(grants::revoked_at.is_null());
    let higher = there.filter(grants::outdated.is_null().or(grants::outdated.lt(through)));
    Cached(diesel::update(higher).set(grants::outdated.eq(through))).execute(connection)?;
    let until: Option<DbInstant> = there.select(grants::access_until).get_result(connection).optional()?;
    let outdated = until.map(|until| (DbId(id.as_uuid()), through, until));
    let revoked = revocations::add(connection, Families::Grants, outdated.into_iter().collect(), ending)?;
    Ok(revoked.into_iter().next())
}
