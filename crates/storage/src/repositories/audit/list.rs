//! The list of events by the page.

use super::events::PLACE;
use super::row::AuditEventRow;
use crate::connection::{AnyConnection, Cached, MultiBackend};
use crate::error::StatementError;
use crate::repositories::paging::{self, SCAN, to_read};
use crate::schema::audit_events;
use crate::types::{DbId, DbInstant};
use diesel::dsl::{IntoBoxed, Select, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use portcullis_application::ports::{AuditFilter, AuditRecord};
use portcullis_domain::{AuditEventType, Page, PageRequest, Position, UserId};

/// As the index of events by their type says it: a literal, since an index is chosen without a look at what is bound.
const IS_NO_LOGIN: &str = "audit_events.kind <> 'login'";

/// The index that a list goes along. Each holds its events in the order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::repositories) enum Index {
    All,
    OfUser(UserId),
    OfKind(AuditEventType),
}

impl Index {
    pub(in crate::repositories) fn of(filter: &AuditFilter) -> Self {
        match (filter.user_id, filter.kind) {
            (Some(user), _) => Self::OfUser(user),
            (None, Some(kind)) if kind != AuditEventType::Login => Self::OfKind(kind),
            _ => Self::All,
        }
    }

    /// The type that is asked for, where the index holds others, too.
    pub(in crate::repositories) fn leaves(self, filter: &AuditFilter) -> Option<AuditEventType> {
        match self {
            Self::All | Self::OfUser(_) => filter.kind,
            Self::OfKind(_) => None,
        }
    }

    /// What the index holds behind a position, newest first.
    fn events<'q>(self, after: Option<Position>) -> audit_events::BoxedQuery<'q, MultiBackend> {
        let mut events = audit_events::table
            .order((audit_events::at.desc(), audit_events::id.desc()))
            .into_boxed();
        if let Some(after) = after {
            events = events.filter(PLACE.is_before(after));
        }
        match self {
            Self::All => events,
            Self::OfUser(user) => events.filter(audit_events::user_id.eq(DbId(user.as_uuid()))),
            Self::OfKind(kind) => events
                .filter(audit_events::kind.eq(kind.as_str()))
                .filter(sql::<Bool>(IS_NO_LOGIN)),
        }
    }
}

/// The events that match, from where the request says.
pub(super) fn page(
    connection: &mut AnyConnection,
    filter: &AuditFilter,
    request: &PageRequest,
) -> Result<Page<AuditRecord>, StatementError> {
    let index = Index::of(filter);
    let (rows, cease_at): (Vec<AuditEventRow>, _) = match index.leaves(filter) {
        None => {
            let all = scanned(index, filter, request.after).limit(to_read(request));
            (Cached(all).load(connection)?, None)
        }
        Some(kind) => {
            let cease_at = scan_end(connection, index, filter, request.after)?;
            let matching = matching(index, kind, filter, request.after, cease_at).limit(to_read(request));
            let found: Vec<(DbInstant, DbId)> = Cached(matching).load(connection)?;
            let ids = found.into_iter().map(|(_, id)| id);
            let of_ids = audit_events::table
                .filter(audit_events::id.eq_any(ids))
                .order((audit_events::at.desc(), audit_events::id.desc()));
            (of_ids.load(connection)?, cease_at)
        }
    };
    let records = rows.into_iter().map(AuditRecord::from);
    let placed = records.map(|record| (record.position(), record)).collect();
    Ok(paging::page(request, placed, cease_at))
}

/// The last event that one call looks at; `None` where fewer than that are left.
fn scan_end(
    connection: &mut AnyConnection,
    index: Index,
    filter: &AuditFilter,
    after: Option<Position>,
) -> Result<Option<Position>, StatementError> {
    let end = places(index, filter, after).offset(SCAN - 1).limit(1);
    let last: Option<(DbInstant, DbId)> = Cached(end).get_result(connection).optional()?;
    Ok(last.map(|(at, id)| Position { at: at.0, id: id.0 }))
}

/// The events that are looked at, newest first.
pub(in crate::repositories) fn scanned<'q>(
    index: Index,
    filter: &AuditFilter,
    after: Option<Position>,
) -> audit_events::BoxedQuery<'q, MultiBackend> {
    let events = index.events(after);
    match filter.since {
        Some(since) => events.filter(audit_events::at.ge(DbInstant(since))),
        None => events,
    }
}

/// Where those stand.
pub(in crate::repositories) fn places<'q>(index: Index, filter: &AuditFilter, after: Option<Position>) -> Places<'q> {
    scanned(index, filter, after).select((audit_events::at, audit_events::id))
}

type Places<'q> = IntoBoxed<'q, Select<audit_events::table, (audit_events::at, audit_events::id)>, MultiBackend>;

/// Where those stand that are of a type. The index alone says so.
pub(in crate::repositories) fn matching<'q>(
    index: Index,
    kind: AuditEventType,
    filter: &AuditFilter,
    after: Option<Position>,
    cease_at: Option<Position>,
) -> Places<'q> {
    // One lower end, so that it is the one that the index goes down to.
    let places = match cease_at {
        Some(last) => index
            .events(after)
            .filter(PLACE.is_not_before(last))
            .select((audit_events::at, audit_events::id)),
        None => places(index, filter, after),
    };
    places.filter(audit_events::kind.eq(kind.as_str()))
}
