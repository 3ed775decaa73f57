//! The secrets of clients, as rows.

use crate::connection::AnyConnection;
use crate::error::{RefusedRow, StatementError};
use crate::schema::client_secrets;
use crate::types::{DbId, DbInstant};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use portcullis_domain::{ClientSecret, ClientSecretId, Digest32, Label, RegistrationId};

/// How much later a use is noted than the one before.
const NOTED_EVERY: TimeDelta = TimeDelta::hours(1);

/// A row of `client_secrets`.
#[derive(Queryable, Insertable)]
#[diesel(table_name = client_secrets)]
pub(super) struct SecretRow {
    id: DbId,
    pub(super) client: DbId,
    digest: Vec<u8>,
    label: String,
    created_at: DbInstant,
    expires_at: Option<DbInstant>,
    last_used_at: Option<DbInstant>,
}

impl SecretRow {
    pub(super) fn new(client: RegistrationId, secret: &ClientSecret) -> Self {
        Self {
            id: DbId(secret.id.as_uuid()),
            client: DbId(client.as_uuid()),
            digest: secret.digest.as_bytes().to_vec(),
            label: secret
                .label
                .as_ref()
                .map_or_else(String::new, |label| label.as_str().to_owned()),
            created_at: DbInstant(secret.created_at),
            expires_at: secret.expires_at.map(DbInstant),
            last_used_at: secret.last_used_at.map(DbInstant),
        }
    }
}

impl TryFrom<SecretRow> for ClientSecret {
    type Error = RefusedRow;

    fn try_from(row: SecretRow) -> Result<Self, RefusedRow> {
        let digest: [u8; 32] = row
            .digest
            .try_into()
            .map_err(|_| RefusedRow::new("client_secrets.digest", "not 32 bytes"))?;
        let label = Some(row.label).filter(|label| !label.is_empty());
        let label = label.map(|label| Label::parse(&label)).transpose();
        Ok(Self {
            id: ClientSecretId::from(row.id.0),
            digest: Digest32::new(digest),
            label: label.map_err(|error| RefusedRow::new("client_secrets.label", error))?,
            created_at: row.created_at.0,
            expires_at: row.expires_at.map(|at| at.0),
            last_used_at: row.last_used_at.map(|at| at.0),
        })
    }
}

pub(super) fn note_use(
    connection: &mut AnyConnection,
    used: &[(ClientSecretId, DateTime<Utc>)],
) -> Result<(), StatementError> {
    for (id, at) in used {
        let noted_long_ago = client_secrets::last_used_at
            .is_null()
            .or(client_secrets::last_used_at.le(DbInstant(*at - NOTED_EVERY)));
        diesel::update(client_secrets::table.find(DbId(id.as_uuid())).filter(noted_long_ago))
            .set(client_secrets::last_used_at.eq(Some(DbInstant(*at))))
            .execute(connection)?;
    }
    Ok(())
}
