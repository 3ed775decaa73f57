//! Those who were invited.

use super::paging::{Place, at_most, to_read};
use crate::error::RefusedRow;
use crate::schema::invitations;
use crate::types::{DbId, DbInstant};
use crate::unit::Unit;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use portcullis_application::ports::{InvitationRepository, StoreResult};
use portcullis_domain::{Email, FullName, Invitation, InvitationId, Page, PageRequest, Position, UserId};

const PLACE: Place = Place {
    at: "invitations.created_at",
    id: "invitations.id",
};

/// A row of `invitations`.
#[derive(Queryable, Insertable)]
#[diesel(table_name = invitations)]
struct InvitationRow {
    id: DbId,
    email: String,
    full_name: Option<String>,
    role: String,
    invited_by: Option<DbId>,
    created_at: DbInstant,
    expires_at: DbInstant,
}

impl From<&Invitation> for InvitationRow {
    fn from(invitation: &Invitation) -> Self {
        Self {
            id: DbId(invitation.id.as_uuid()),
            email: invitation.email.as_str().to_owned(),
            full_name: invitation.full_name.as_ref().map(|name| name.as_str().to_owned()),
            role: invitation.role.as_str().to_owned(),
            invited_by: invitation.invited_by.map(|id| DbId(id.as_uuid())),
            created_at: DbInstant(invitation.created_at),
            expires_at: DbInstant(invitation.expires_at),
        }
    }
}

impl TryFrom<InvitationRow> for Invitation {
    type Error = RefusedRow;

    fn try_from(row: InvitationRow) -> Result<Self, RefusedRow> {
        let full_name = row.full_name.map(|name| FullName::parse(&name)).transpose();
        Ok(Self {
            id: InvitationId::from(row.id.0),
            email: Email::parse(&row.email).map_err(|error| RefusedRow::new("invitations.email", error))?,
            full_name: full_name.map_err(|error| RefusedRow::new("invitations.full_name", error))?,
            role: row
                .role
                .parse()
                .map_err(|error| RefusedRow::new("invitations.role", error))?,
            invited_by: row.invited_by.map(|id| UserId::from(id.0)),
            created_at: row.created_at.0,
            expires_at: row.expires_at.0,
        })
    }
}

impl InvitationRepository for Unit<'_> {
    fn insert(&mut self, invitation: &Invitation) -> StoreResult<()> {
        self.write(|connection| {
            diesel::insert_into(invitations::table)
                .values(&InvitationRow::from(invitation))
                .execute(connection)?;
            Ok(())
        })
    }

    fn find(&mut self, id: InvitationId) -> StoreResult<Option<Invitation>> {
        self.read(|connection| {
            let row: Option<InvitationRow> = invitations::table
                .find(DbId(id.as_uuid()))
                .get_result(connection)
                .optional()?;
            Ok(row.map(Invitation::try_from).transpose()?)
        })
    }

    fn list_open(&mut self, at: DateTime<Utc>, request: &PageRequest) -> StoreResult<Page<Invitation>> {
        self.read(|connection| {
            let mut open = invitations::table
                .filter(invitations::expires_at.gt(DbInstant(at)))
                .order((invitations::created_at.desc(), invitations::id.desc()))
                .limit(to_read(request))
                .into_boxed();
            if let Some(after) = request.after {
                open = open.filter(PLACE.is_before(after));
            }
            let rows: Vec<InvitationRow> = open.load(connection)?;
            let read: Vec<Invitation> = rows.into_iter().map(Invitation::try_from).collect::<Result<_, _>>()?;
            Ok(request.page(read, |invitation| Position {
                at: invitation.created_at,
                id: invitation.id.as_uuid(),
            }))
        })
    }

    fn extend(&mut self, id: InvitationId, expires_at: DateTime<Utc>) -> StoreResult<()> {
        self.write(|connection| {
            diesel::update(invitations::table.find(DbId(id.as_uuid())))
                .set(invitations::expires_at.eq(DbInstant(expires_at)))
                .execute(connection)?;
            Ok(())
        })
    }

    fn delete(&mut self, id: InvitationId) -> StoreResult<bool> {
        self.write(|connection| {
            let deleted = diesel::delete(invitations::table.find(DbId(id.as_uuid()))).execute(connection)?;
            Ok(deleted == 1)
        })
    }

    fn delete_by_email(&mut self, email: &Email) -> StoreResult<()> {
        self.write(|connection| {
            let of_email = invitations::table.filter(invitations::email.eq(email.as_str()));
            diesel::delete(of_email).execute(connection)?;
            Ok(())
        })
    }

    fn delete_expired(&mut self, before: DateTime<Utc>, limit: usize) -> StoreResult<usize> {
        self.write(|connection| {
            let over: Vec<DbId> = invitations::table
                .filter(invitations::expires_at.lt(DbInstant(before)))
                .order(invitations::expires_at)
                .select(invitations::id)
                .limit(at_most(limit))
                .load(connection)?;
            Ok(diesel::delete(invitations::table.filter(invitations::id.eq_any(over))).execute(connection)?)
        })
    }
}
