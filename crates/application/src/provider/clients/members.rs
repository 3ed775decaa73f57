//! Members of clients, in a unit of work. They are no part of what the file says, so anybody who may administrate keeps them.

use super::errors::{AddMemberError, ClientOutOfReach};
use crate::ports::StoreResult;
use crate::unit_of_work::Unit;
use portcullis_domain::{AuditEvent, AuditEventType, Client, ClientMember, ClientRoles, UserId};
use portcullis_oauth2::ClientId;

pub(super) fn put(
    unit: &mut Unit<'_>,
    client_id: &ClientId,
    user: UserId,
    roles: ClientRoles,
) -> Result<ClientMember, AddMemberError> {
    // Users come before the registry in the order of what is locked.
    unit.lock_user(user)?;
    let (_, registered) = unit.reach_client_of_anybody(client_id, None)?;
    let before = unit.clients().find_member(registered.client.id, user)?;
    let member = ClientMember {
        user_id: user,
        roles,
        added_at: before.as_ref().map_or_else(|| unit.now(), |before| before.added_at),
    };
    if before.as_ref() != Some(&member) {
        unit.clients().put_member(registered.client.id, &member)?;
        record(unit, &registered.client, user)?;
    }
    Ok(member)
}

pub(super) fn remove(unit: &mut Unit<'_>, client_id: &ClientId, user: UserId) -> Result<(), ClientOutOfReach> {
    let (_, registered) = unit.reach_client_of_anybody(client_id, None)?;
    if !unit.clients().delete_member(registered.client.id, user)? {
        return Err(ClientOutOfReach::NotFound);
    }
    Ok(record(unit, &registered.client, user)?)
}

/// The event names the user whose membership changed.
fn record(unit: &mut Unit<'_>, client: &Client, user: UserId) -> StoreResult<()> {
    let event = AuditEvent {
        client_id: Some(client.client_id.clone()),
        ..unit.success(AuditEventType::ClientChanged, Some(user))
    };
    unit.record(event)
}
