//! Many sessions in one transaction on PostgreSQL.

use super::{SessionRow, advance_of, session_and_user};
use crate::connection::postgres::PgTls;
use crate::error::RefusedRow;
use crate::repositories::users::{FoundUser, found_user};
use crate::schema::{sessions, users};
use crate::types::DbId;
use diesel::prelude::*;
use portcullis_domain::{Session, SessionId, User};
use std::collections::{HashMap, HashSet};

/// What was found of some sessions.
pub(crate) struct Found {
    /// Those whose rows the transaction has, and that nobody in it writes yet.
    pub(crate) free: HashSet<SessionId>,
    /// Each as it is, with its user.
    pub(crate) rows: HashMap<SessionId, Result<(Session, User), RefusedRow>>,
}

/// Holds the rows of those sessions that nobody else has at this moment, then reads all of them. Waits for nobody, so that no two
/// transactions wait for each other.
pub(crate) fn hold_free_and_read(server: &mut PgTls, ids: &HashSet<SessionId>) -> QueryResult<Found> {
    let ids: Vec<DbId> = ids.iter().map(|id| DbId(id.as_uuid())).collect();
    let free = sessions::table
        .filter(sessions::id.eq_any(&ids))
        .select(sessions::id)
        .for_no_key_update()
        .skip_locked();
    // A statement of its own: it sees what was committed until the rows were held, changes of the users among it.
    let with_users = sessions::table
        .inner_join(users::table)
        .filter(sessions::id.eq_any(&ids))
        .select((sessions::all_columns, found_user()));
    let (held, rows): (Vec<DbId>, Vec<(SessionRow, FoundUser)>) = server.load_both(free, with_users)?;
    let rows = rows
        .into_iter()
        .map(|row| (SessionId::from(row.0.id.0), session_and_user(row)));
    Ok(Found {
        free: held.into_iter().map(|id| SessionId::from(id.0)).collect(),
        rows: rows.collect(),
    })
}

/// Advances sessions, each from what it was, and commits. Which of them were written.
pub(crate) fn advance_and_commit(server: &mut PgTls, steps: &[(Session, Session)]) -> QueryResult<Vec<bool>> {
    let statements = steps.iter().map(|(before, next)| advance_of(before, next));
    let counts = server.execute_all_and_commit(statements)?;
    Ok(counts.into_iter().map(|count| count == 1).collect())
}
