//! The list of users by the page.

use super::row::{FoundUser, found_user};
use crate::connection::{AnyConnection, Cached, MultiBackend};
use crate::error::StatementError;
use crate::repositories::paging::{self, Place, SCAN, to_read};
use crate::schema::users;
use crate::types::{DbId, DbInstant};
use diesel::dsl::{IntoBoxed, Select, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use portcullis_application::ports::UserFilter;
use portcullis_domain::{Page, PageRequest, Position, Role, User};

/// As the index of administrators says it: a literal, since an index is chosen without a look at what is bound.
pub(super) const IS_ADMIN: &str = "users.role = 'ADMIN'";

/// As the index of disabled users says it.
const IS_DISABLED: &str = "NOT users.is_active";

const PLACE: Place = Place {
    at: "users.created_at",
    id: "users.id",
};

type Places<'q> = IntoBoxed<'q, Select<users::table, (users::created_at, users::id)>, MultiBackend>;

/// The index that a list goes along. Each holds its users in the order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::repositories) enum Index {
    All,
    Admins,
    Disabled,
}

impl Index {
    pub(in crate::repositories) fn of(filter: &UserFilter) -> Self {
        match (filter.role, filter.is_active) {
            (Some(Role::Admin), _) => Self::Admins,
            (_, Some(false)) => Self::Disabled,
            _ => Self::All,
        }
    }

    fn condition(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Admins => Some(IS_ADMIN),
            Self::Disabled => Some(IS_DISABLED),
        }
    }

    /// Whether all that the index holds are asked for.
    pub(in crate::repositories) fn answers(self, filter: &UserFilter) -> bool {
        let asks_no_more = match self {
            Self::All => filter.role.is_none() && filter.is_active.is_none(),
            Self::Admins => filter.is_active.is_none(),
            Self::Disabled => filter.role.is_none(),
        };
        asks_no_more && filter.query.is_none()
    }
}

/// The users that match, from where the request says.
pub(super) fn page(
    connection: &mut AnyConnection,
    filter: &UserFilter,
    request: &PageRequest,
) -> Result<Page<User>, StatementError> {
    let index = Index::of(filter);
    let (rows, cease_at): (Vec<FoundUser>, _) = if index.answers(filter) {
        let all = scanned(index, request.after)
            .limit(to_read(request))
            .select(found_user());
        (Cached(all).load(connection)?, None)
    } else {
        let cease_at = scan_end(connection, index, request.after)?;
        let found: Vec<(DbInstant, DbId)> =
            Cached(matching(index, filter, request.after, cease_at).limit(to_read(request))).load(connection)?;
        let ids = found.into_iter().map(|(_, id)| id);
        let of_ids = users::table
            .filter(users::id.eq_any(ids))
            .order((users::created_at.desc(), users::id.desc()))
            .select(found_user());
        (of_ids.load(connection)?, cease_at)
    };
    let users: Result<Vec<_>, _> = rows.into_iter().map(User::try_from).collect();
    let placed = users?.into_iter().map(|user| (position_of(&user), user)).collect();
    Ok(paging::page(request, placed, cease_at))
}

/// The last user that one call looks at; `None` where fewer than that are left.
fn scan_end(
    connection: &mut AnyConnection,
    index: Index,
    after: Option<Position>,
) -> Result<Option<Position>, StatementError> {
    let end = places(index, after).offset(SCAN - 1).limit(1);
    let last: Option<(DbInstant, DbId)> = Cached(end).get_result(connection).optional()?;
    Ok(last.map(|(at, id)| Position { at: at.0, id: id.0 }))
}

/// What the index holds behind a position, newest first.
pub(in crate::repositories) fn scanned<'q>(
    index: Index,
    after: Option<Position>,
) -> users::BoxedQuery<'q, MultiBackend> {
    let mut users = users::table
        .order((users::created_at.desc(), users::id.desc()))
        .into_boxed();
    if let Some(condition) = index.condition() {
        users = users.filter(sql::<Bool>(condition));
    }
    if let Some(after) = after {
        users = users.filter(PLACE.is_before(after));
    }
    users
}

/// Where those stand.
pub(in crate::repositories) fn places<'q>(index: Index, after: Option<Position>) -> Places<'q> {
    scanned(index, after).select((users::created_at, users::id))
}

/// Where those stand that match. The index alone says so, since it holds all that is asked here.
pub(in crate::repositories) fn matching<'q>(
    index: Index,
    filter: &UserFilter,
    after: Option<Position>,
    cease_at: Option<Position>,
) -> Places<'q> {
    let mut places = places(index, after);
    if let Some(last) = cease_at {
        places = places.filter(PLACE.is_not_before(last));
    }
    // What the index is of is not asked again.
    if let (Some(role), Index::All | Index::Disabled) = (filter.role, index) {
        places = places.filter(users::role.eq(role.as_str()));
    }
    if let (Some(is_active), Index::All | Index::Admins) = (filter.is_active, index) {
        places = places.filter(users::is_active.eq(is_active));
    }
    if let Some(query) = &filter.query {
        places = places.filter(users::search_text.like(containing(query.as_str())).escape('\\'));
    }
    places
}

/// The pattern of texts that hold this one, in which every character stands for itself.
fn containing(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

fn position_of(user: &User) -> Position {
    Position {
        at: user.created_at,
        id: user.id.as_uuid(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_a_pattern_stands_for_itself() {
        assert_eq!(containing("50%_\\'"), "%50\\%\\_\\\\'%");
    }
}
