//! The members of clients.

use crate::connection::AnyConnection;
use crate::error::{RefusedRow, StatementError};
use crate::repositories::paging::{Place, to_read};
use crate::schema::client_members;
use crate::types::{DbId, DbInstant};
use diesel::prelude::*;
use portcullis_domain::{ClientMember, ClientRoles, Page, PageRequest, Position, RegistrationId, UserId};

const PLACE: Place = Place {
    at: "client_members.added_at",
    id: "client_members.user_id",
};

/// User, roles, and since when.
pub(in crate::repositories) type MemberRow = (DbId, String, DbInstant);

pub(in crate::repositories) fn member((user, roles, added_at): MemberRow) -> Result<ClientMember, RefusedRow> {
    let roles = ClientRoles::of(roles.split(' ').filter(|role| !role.is_empty()));
    Ok(ClientMember {
        user_id: UserId::from(user.0),
        roles: roles.map_err(|error| RefusedRow::new("client_members.roles", error))?,
        added_at: added_at.0,
    })
}

pub(in crate::repositories) const COLUMNS: (client_members::user_id, client_members::roles, client_members::added_at) =
    (client_members::user_id, client_members::roles, client_members::added_at);

pub(super) fn list(
    connection: &mut AnyConnection,
    client: RegistrationId,
    request: &PageRequest,
) -> Result<Page<ClientMember>, StatementError> {
    let mut members = client_members::table
        .filter(client_members::client.eq(DbId(client.as_uuid())))
        .order((client_members::added_at.desc(), client_members::user_id.desc()))
        .select(COLUMNS)
        .limit(to_read(request))
        .into_boxed();
    if let Some(after) = request.after {
        members = members.filter(PLACE.is_before(after));
    }
    let rows: Vec<MemberRow> = members.load(connection)?;
    let read: Vec<ClientMember> = rows.into_iter().map(member).collect::<Result<_, _>>()?;
    Ok(request.page(read, |member| Position {
        at: member.added_at,
        id: member.user_id.as_uuid(),
    }))
}

pub(super) fn find(
    connection: &mut AnyConnection,
    client: RegistrationId,
    user: UserId,
) -> Result<Option<ClientMember>, StatementError> {
    let row: Option<MemberRow> = client_members::table
        .find((DbId(client.as_uuid()), DbId(user.as_uuid())))
        .select(COLUMNS)
        .get_result(connection)
        .optional()?;
    Ok(row.map(member).transpose()?)
}

pub(super) fn put(
    connection: &mut AnyConnection,
    client: RegistrationId,
    member: &ClientMember,
) -> Result<(), StatementError> {
    let key = (DbId(client.as_uuid()), DbId(member.user_id.as_uuid()));
    let roles = client_members::roles.eq(member.roles.to_string());
    let changed = diesel::update(client_members::table.find(key))
        .set(roles.clone())
        .execute(connection)?;
    // The unit holds the registry, so that nobody else adds one in between.
    if changed == 0 {
        diesel::insert_into(client_members::table)
            .values((
                client_members::client.eq(key.0),
                client_members::user_id.eq(key.1),
                roles,
                client_members::added_at.eq(DbInstant(member.added_at)),
            ))
            .execute(connection)?;
    }
    Ok(())
}

pub(super) fn delete(
    connection: &mut AnyConnection,
    client: RegistrationId,
    user: UserId,
) -> Result<bool, StatementError> {
    let key = (DbId(client.as_uuid()), DbId(user.as_uuid()));
    Ok(diesel::delete(client_members::table.find(key)).execute(connection)? == 1)
}
