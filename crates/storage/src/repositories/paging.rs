//! Lists that are sorted by time and id, newest first, and how far a filter looks along them.

use crate::types::{DbId, DbInstant, Id, Instant};
use diesel::dsl::sql;
use diesel::expression::{AsExpression, SqlLiteral, UncheckedBind};
use diesel::sql_types::Bool;
use portcullis_domain::{Page, PageRequest, Position};

/// How many rows a filter looks at for one page.
pub(super) const SCAN: i64 = 20_000;

/// How many rows one statement names: neither database takes any number of values.
pub(super) const ROWS_AT_ONCE: usize = 1_000;

/// Whether a row stands before or behind a position. Written as SQL, since a comparison of pairs is the range of an
/// index, which comparisons of their members, put together by `OR`, are not.
pub(super) type Compared = Bound<Bound<Bound<SqlLiteral<Bool>, At>, At>, Id16>;

type Bound<Before, Value> = SqlLiteral<Bool, UncheckedBind<Before, Value>>;
type At = <DbInstant as AsExpression<Instant>>::Expression;
type Id16 = <DbId as AsExpression<Id>>::Expression;

/// The columns that a list is sorted by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The time.
    pub(super) at: &'static str,
    /// The id, among rows of one time.
    pub(super) id: &'static str,
}

impl Place {
    /// Earlier than the position: what the newest first come to later.
    pub(super) fn is_before(self, position: Position) -> Compared {
        self.compared("<", "", position)
    }

    /// At the position, or later than it.
    pub(super) fn is_not_before(self, position: Position) -> Compared {
        self.compared(">", "=", position)
    }

    /// Later than the position: what the oldest first come to later.
    pub(super) fn is_behind(self, position: Position) -> Compared {
        self.compared(">", "", position)
    }

    /// The time is compared by itself, too: by a pair PostgreSQL can't tell how many rows there are, takes them for a
    /// third of the table, and sets several processes to work.
    fn compared(self, sign: &str, or_equal: &str, Position { at, id }: Position) -> Compared {
        let Self { at: time, id: name } = self;
        sql::<Bool>(&format!("({time} {sign}= "))
            .bind::<Instant, _>(DbInstant(at))
            .sql(&format!(" AND ({time}, {name}) {sign}{or_equal} ("))
            .bind::<Instant, _>(DbInstant(at))
            .sql(", ")
            .bind::<Id, _>(DbId(id))
            .sql("))")
    }
}

/// The page of what was read up to the place where a filter ceased to look; `None` where it looked at everything.
pub(super) fn page<T>(request: &PageRequest, read: Vec<(Position, T)>, ceased_at: Option<Position>) -> Page<T> {
    let page = request.page(read, |(position, _)| *position);
    Page {
        items: page.items.into_iter().map(|(_, item)| item).collect(),
        next: page.next.or(ceased_at),
    }
}

/// As many rows as a page takes to know whether there is another.
pub(super) fn to_read(request: &PageRequest) -> i64 {
    at_most(request.to_read())
}

/// A limit as the databases take it.
pub(super) fn at_most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
