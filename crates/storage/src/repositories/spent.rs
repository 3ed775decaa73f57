//! What is good for one use.

use super::paging::at_most;
use crate::connection::AnyConnection;
use crate::schema::spent;
use crate::types::DbInstant;
use crate::unit::Unit;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use portcullis_application::ports::{SpentRepository, StoreResult};
use portcullis_domain::Digest32;

impl SpentRepository for Unit<'_> {
    fn spend(&mut self, digest: &Digest32, until: DateTime<Utc>) -> StoreResult<bool> {
        self.write(|connection| {
            let row = (
                spent::digest.eq(digest.as_bytes().as_slice()),
                spent::until.eq(DbInstant(until)),
            );
            let first = diesel::insert_into(spent::table).values(row).on_conflict_do_nothing();
            let inserted = match connection {
                AnyConnection::Postgres(server) => first.execute(server)?,
                AnyConnection::Sqlite(file) => first.execute(file)?,
            };
            Ok(inserted == 1)
        })
    }

    fn delete_expired(&mut self, now: DateTime<Utc>, limit: usize) -> StoreResult<usize> {
        self.write(|connection| {
            let over: Vec<Vec<u8>> = spent::table
                .filter(spent::until.le(DbInstant(now)))
                .order(spent::until)
                .select(spent::digest)
                .limit(at_most(limit))
                .load(connection)?;
            Ok(diesel::delete(spent::table.filter(spent::digest.eq_any(over))).execute(connection)?)
        })
    }
}
