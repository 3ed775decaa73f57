//! Secrets of clients, in a unit of work.

use super::errors::{AddSecretError, ClientOutOfReach};
use crate::unit_of_work::Unit;
use chrono::{DateTime, Utc};
use portcullis_domain::{AuditEventType, ClientProof, ClientSecret, ClientSecretId, Digest32, Label, ManagedBy};
use portcullis_oauth2::ClientId;

/// The secret that is to be added.
pub(super) struct Asked {
    pub(super) digest: Digest32,
    pub(super) label: Option<Label>,
    pub(super) expires_at: Option<DateTime<Utc>>,
}

pub(super) fn add(unit: &mut Unit<'_>, client_id: &ClientId, asked: Asked) -> Result<ClientSecret, AddSecretError> {
    let (stamp, registered) = unit.reach_client(client_id, None, ManagedBy::Admin)?;
    let client = registered.client;
    if client.settings.proof != ClientProof::Secret {
        return Err(AddSecretError::ShowsNone);
    }
    let now = unit.now();
    if asked.expires_at.is_some_and(|end| end <= now) {
        return Err(AddSecretError::Over);
    }
    let (live, over): (Vec<_>, Vec<_>) = registered.secrets.iter().partition(|secret| secret.is_live(now));
    if live.len() >= ClientSecret::MOST {
        return Err(AddSecretError::TooMany);
    }
    for secret in over {
        unit.clients().delete_secret(client.id, secret.id)?;
    }
    let client = unit.write_client(&client, client.clone(), stamp)?;
    Ok(unit.insert_client_secret(&client, asked.digest, asked.label, asked.expires_at)?)
}

pub(super) fn remove(
    unit: &mut Unit<'_>,
    client_id: &ClientId,
    secret: ClientSecretId,
) -> Result<(), ClientOutOfReach> {
    let (stamp, registered) = unit.reach_client(client_id, None, ManagedBy::Admin)?;
    let client = registered.client;
    if !unit.clients().delete_secret(client.id, secret)? {
        return Err(ClientOutOfReach::NotFound);
    }
    let client = unit.write_client(&client, client.clone(), stamp)?;
    Ok(unit.record_of_client(AuditEventType::ClientSecretRemoved, &client)?)
}
