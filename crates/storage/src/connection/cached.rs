//! Updates whose prepared statement is kept.
//!
//! Diesel prepares every `UPDATE` anew, since it can't know whether the next one of its type sets the same columns.
//! On PostgreSQL that doubles the cost of a short transaction.

use super::any::MultiBackend;
use diesel::QueryResult;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::RunQueryDsl;

/// A statement whose text is the same whenever it is made: it is prepared once for each connection. Found again by
/// its text, so that one that breaks this promise costs memory but is never confused with another.
pub(crate) struct Cached<S>(pub(crate) S);

impl<S: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for Cached<S> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _: &MultiBackend) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<S> QueryId for Cached<S> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<S: Query> Query for Cached<S> {
    type SqlType = S::SqlType;
}

impl<S, Connection> RunQueryDsl<Connection> for Cached<S> {}
