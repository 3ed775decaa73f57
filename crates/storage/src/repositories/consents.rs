//! Consents.

use super::paging::at_most;
use crate::connection::Cached;
use crate::error::RefusedRow;
use crate::schema::consents;
use crate::types::{DbId, DbInstant};
use crate::unit::Unit;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use portcullis_application::ports::{ConsentRepository, StoreResult};
use portcullis_domain::{Consent, RegistrationId, UserId};
use portcullis_oauth2::{ScopeName, ScopeSet};

/// A row of `consents`.
#[derive(Queryable, Insertable)]
#[diesel(table_name = consents)]
pub(super) struct ConsentRow {
    user_id: DbId,
    client: DbId,
    scopes: String,
    granted_at: DbInstant,
    last_used_at: DbInstant,
}

impl From<&Consent> for ConsentRow {
    fn from(consent: &Consent) -> Self {
        Self {
            user_id: DbId(consent.user_id.as_uuid()),
            client: DbId(consent.client.as_uuid()),
            scopes: consent.scopes.to_string(),
            granted_at: DbInstant(consent.granted_at),
            last_used_at: DbInstant(consent.last_used_at),
        }
    }
}

impl TryFrom<ConsentRow> for Consent {
    type Error = RefusedRow;

    fn try_from(row: ConsentRow) -> Result<Self, RefusedRow> {
        Ok(Self {
            user_id: UserId::from(row.user_id.0),
            client: RegistrationId::from(row.client.0),
            scopes: scopes_of("consents.scopes", &row.scopes)?,
            granted_at: row.granted_at.0,
            last_used_at: row.last_used_at.0,
        })
    }
}

/// The scopes of a column. There may be none, and more than one request may name.
pub(super) fn scopes_of(column: &'static str, text: &str) -> Result<ScopeSet, RefusedRow> {
    let names = text.split(' ').filter(|name| !name.is_empty());
    let scopes = names.map(ScopeName::parse).collect::<Result<_, _>>();
    scopes.map_err(|error| RefusedRow::new(column, error))
}

impl ConsentRepository for Unit<'_> {
    fn find(&mut self, user: UserId, client: RegistrationId) -> StoreResult<Option<Consent>> {
        self.read(|connection| {
            let row: Option<ConsentRow> = consents::table
                .find((DbId(user.as_uuid()), DbId(client.as_uuid())))
                .get_result(connection)
                .optional()?;
            Ok(row.map(Consent::try_from).transpose()?)
        })
    }

    fn list(&mut self, user: UserId) -> StoreResult<Vec<Consent>> {
        self.read(|connection| {
            let rows: Vec<ConsentRow> = consents::table
                .filter(consents::user_id.eq(DbId(user.as_uuid())))
                .order((consents::granted_at.desc(), consents::client))
                .load(connection)?;
            Ok(rows.into_iter().map(Consent::try_from).collect::<Result<_, _>>()?)
        })
    }

    fn put(&mut self, consent: &Consent) -> StoreResult<()> {
        self.write(|connection| {
            let row = ConsentRow::from(consent);
            let there = diesel::update(consents::table.find((row.user_id, row.client))).set((
                consents::scopes.eq(&row.scopes),
                consents::granted_at.eq(row.granted_at),
                consents::last_used_at.eq(row.last_used_at),
            ));
            if Cached(there).execute(connection)? == 0 {
                diesel::insert_into(consents::table).values(&row).execute(connection)?;
            }
            Ok(())
        })
    }

    fn note_use(&mut self, user: UserId, client: RegistrationId, at: DateTime<Utc>) -> StoreResult<()> {
        self.write(|connection| {
            let earlier = consents::table
                .find((DbId(user.as_uuid()), DbId(client.as_uuid())))
                .filter(consents::last_used_at.lt(DbInstant(at)));
            Cached(diesel::update(earlier).set(consents::last_used_at.eq(DbInstant(at)))).execute(connection)?;
            Ok(())
        })
    }

    fn delete(&mut self, user: UserId, client: RegistrationId) -> StoreResult<bool> {
        self.write(|connection| {
            let theirs = consents::table.find((DbId(user.as_uuid()), DbId(client.as_uuid())));
            Ok(diesel::delete(theirs).execute(connection)? == 1)
        })
    }

    fn delete_unused(&mut self, before: DateTime<Utc>, limit: usize) -> StoreResult<usize> {
        self.write(|connection| {
            let unused: Vec<(DbId, DbId)> = consents::table
                .filter(consents::last_used_at.lt(DbInstant(before)))
                .order(consents::last_used_at)
                .select((consents::user_id, consents::client))
                .limit(at_most(limit))
                .load(connection)?;
            let mut deleted = 0;
            for key in unused {
                // It may have been used in the meantime.
                let still_unused = consents::table
                    .find(key)
                    .filter(consents::last_used_at.lt(DbInstant(before)));
                deleted += diesel::delete(still_unused).execute(connection)?;
            }
            Ok(deleted)
        })
    }
}
