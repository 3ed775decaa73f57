//! Identities at other providers.

use crate::error::RefusedRow;
use crate::schema::identities;
use crate::types::{DbId, DbInstant};
use crate::unit::Unit;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use portcullis_application::ports::{IdentityRepository, StoreResult};
use portcullis_domain::{IdentityId, IdentityKey, IdentityLabel, LinkedIdentity, UserId};

/// A row of `identities`.
#[derive(Queryable, Insertable)]
#[diesel(table_name = identities)]
struct IdentityRow {
    id: DbId,
    user_id: DbId,
    issuer: String,
    subject: String,
    provider: String,
    label: Option<String>,
    linked_at: DbInstant,
    last_used_at: Option<DbInstant>,
}

impl From<&LinkedIdentity> for IdentityRow {
    fn from(identity: &LinkedIdentity) -> Self {
        Self {
            id: DbId(identity.id.as_uuid()),
            user_id: DbId(identity.user_id.as_uuid()),
            issuer: identity.key.issuer().to_owned(),
            subject: identity.key.subject().to_owned(),
            provider: identity.provider.as_str().to_owned(),
            label: identity.label.as_ref().map(|label| label.as_str().to_owned()),
            linked_at: DbInstant(identity.linked_at),
            last_used_at: identity.last_used_at.map(DbInstant),
        }
    }
}

impl TryFrom<IdentityRow> for LinkedIdentity {
    type Error = RefusedRow;

    fn try_from(row: IdentityRow) -> Result<Self, RefusedRow> {
        let key = IdentityKey::new(&row.issuer, &row.subject);
        let provider = row.provider.parse();
        Ok(Self {
            id: IdentityId::from(row.id.0),
            user_id: UserId::from(row.user_id.0),
            key: key.map_err(|error| RefusedRow::new("identities.subject", error))?,
            provider: provider.map_err(|error| RefusedRow::new("identities.provider", error))?,
            label: row.label.as_deref().and_then(IdentityLabel::of),
            linked_at: row.linked_at.0,
            last_used_at: row.last_used_at.map(|at| at.0),
        })
    }
}

impl IdentityRepository for Unit<'_> {
    fn find(&mut self, key: &IdentityKey) -> StoreResult<Option<LinkedIdentity>> {
        self.read(|connection| {
            let row: Option<IdentityRow> = identities::table
                .filter(identities::issuer.eq(key.issuer()))
                .filter(identities::subject.eq(key.subject()))
                .get_result(connection)
                .optional()?;
            Ok(row.map(LinkedIdentity::try_from).transpose()?)
        })
    }

    fn list(&mut self, user: UserId) -> StoreResult<Vec<LinkedIdentity>> {
        self.read(|connection| {
            let rows: Vec<IdentityRow> = identities::table
                .filter(identities::user_id.eq(DbId(user.as_uuid())))
                .order((identities::linked_at, identities::id))
                .load(connection)?;
            Ok(rows
                .into_iter()
                .map(LinkedIdentity::try_from)
                .collect::<Result<_, _>>()?)
        })
    }

    fn insert(&mut self, identity: &LinkedIdentity) -> StoreResult<()> {
        self.write(|connection| {
            diesel::insert_into(identities::table)
                .values(&IdentityRow::from(identity))
                .execute(connection)?;
            Ok(())
        })
    }

    fn note_use(&mut self, id: IdentityId, at: DateTime<Utc>, label: Option<&IdentityLabel>) -> StoreResult<bool> {
        self.write(|connection| {
            let of_id = identities::table.find(DbId(id.as_uuid()));
            let noted = diesel::update(of_id)
                .set((
                    identities::last_used_at.eq(Some(DbInstant(at))),
                    identities::label.eq(label.map(IdentityLabel::as_str)),
                ))
                .execute(connection)?;
            Ok(noted == 1)
        })
    }

    fn delete(&mut self, user: UserId, id: IdentityId) -> StoreResult<bool> {
        self.write(|connection| {
            let theirs = identities::table
                .find(DbId(id.as_uuid()))
                .filter(identities::user_id.eq(DbId(user.as_uuid())));
            Ok(diesel::delete(theirs).execute(connection)? == 1)
        })
    }
}
