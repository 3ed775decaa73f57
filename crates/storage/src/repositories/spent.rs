//! What may be shown once.

use super::paging::{ROWS_AT_ONCE, at_most};
use crate::schema::spent;
use crate::types::{DbInstant, Instant};
use crate::unit::Unit;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Binary;
use portcullis_application::ports::{SpentRepository, StoreResult};
use portcullis_domain::Digest32;

impl SpentRepository for Unit<'_> {
    fn spend(&mut self, digest: &Digest32, until: DateTime<Utc>) -> StoreResult<bool> {
        self.write(|connection| {
            // Of those who insert at once one waits for the other, and finds its row.
            let inserted =
                diesel::sql_query("INSERT INTO spent (digest, until) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING")
                    .bind::<Binary, _>(digest.as_bytes().as_slice())
                    .bind::<Instant, _>(DbInstant(until))
                    .execute(connection)?;
            Ok(inserted == 1)
        })
    }

    fn is_spent(&mut self, digest: &Digest32) -> StoreResult<bool> {
        self.read(|connection| {
            let found: Option<Vec<u8>> = spent::table
                .find(digest.as_bytes().as_slice())
                .select(spent::digest)
                .get_result(connection)
                .optional()?;
            Ok(found.is_some())
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
            let mut deleted = 0;
            for part in over.chunks(ROWS_AT_ONCE) {
                deleted += diesel::delete(spent::table.filter(spent::digest.eq_any(part))).execute(connection)?;
            }
            Ok(deleted)
        })
    }
}
