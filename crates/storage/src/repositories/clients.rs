//! The registry of clients.

pub(super) mod members;
mod row;
mod secrets;

use super::change_counters;
use super::paging::{Place, ROWS_AT_ONCE, to_read};
use crate::connection::AnyConnection;
use crate::error::StatementError;
use crate::schema::{client_secrets, client_values, clients};
use crate::types::DbId;
use crate::unit::Unit;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use portcullis_application::ports::{ClientRepository, RegistryStamp, StoreResult};
use portcullis_domain::{
    Client, ClientMember, ClientSecret, ClientSecretId, ManagedBy, Page, PageRequest, Position, RegisteredClient,
    RegistrationId, UserId, Version,
};
use portcullis_oauth2::ClientId;
pub(super) use row::SCOPE;
use row::{ClientRow, Values, counted, values_of};
use secrets::SecretRow;
use std::collections::HashMap;

const PLACE: Place = Place {
    at: "clients.created_at",
    id: "clients.id",
};

impl ClientRepository for Unit<'_> {
    fn begin_change(&mut self) -> StoreResult<RegistryStamp> {
        self.write(change_counters::advance)
    }

    fn stamp(&mut self) -> StoreResult<RegistryStamp> {
        self.read(change_counters::present)
    }

    fn insert(&mut self, client: &Client, stamp: RegistryStamp) -> StoreResult<()> {
        self.write(|connection| {
            diesel::insert_into(clients::table)
                .values(&ClientRow::new(client, stamp))
                .execute(connection)?;
            insert_values(connection, client)
        })
    }

    fn update(&mut self, seen: Version, client: &Client, stamp: RegistryStamp) -> StoreResult<bool> {
        self.write(|connection| {
            let id = DbId(client.id.as_uuid());
            let unchanged = clients::table
                .find(id)
                .filter(clients::version.eq(counted(seen.number())));
            let updated = diesel::update(unchanged)
                .set(&ClientRow::new(client, stamp))
                .execute(connection)?;
            if updated == 0 {
                return Ok(false);
            }
            diesel::delete(client_values::table.filter(client_values::client.eq(id))).execute(connection)?;
            insert_values(connection, client)?;
            Ok(true)
        })
    }

    fn delete(&mut self, id: RegistrationId) -> StoreResult<bool> {
        self.write(|connection| {
            let deleted = diesel::delete(clients::table.find(DbId(id.as_uuid()))).execute(connection)?;
            Ok(deleted == 1)
        })
    }

    fn find(&mut self, client_id: &ClientId) -> StoreResult<Option<RegisteredClient>> {
        self.read(|connection| {
            let rows: Vec<ClientRow> = clients::table
                .filter(clients::client_id.eq(client_id.as_str()))
                .load(connection)?;
            Ok(whole(connection, rows)?.pop())
        })
    }

    fn list(&mut self, request: &PageRequest) -> StoreResult<Page<RegisteredClient>> {
        self.read(|connection| {
            let mut listed = clients::table
                .order((clients::created_at.desc(), clients::id.desc()))
                .limit(to_read(request))
                .into_boxed();
            if let Some(after) = request.after {
                listed = listed.filter(PLACE.is_before(after));
            }
            let rows: Vec<ClientRow> = listed.load(connection)?;
            Ok(request.page(whole(connection, rows)?, |registered| Position {
                at: registered.client.created_at,
                id: registered.client.id.as_uuid(),
            }))
        })
    }

    fn list_of_file(&mut self) -> StoreResult<Vec<RegisteredClient>> {
        self.read(|connection| {
            let rows: Vec<ClientRow> = clients::table
                .filter(clients::managed_by.eq(ManagedBy::File.as_str()))
                .order(clients::client_id)
                .load(connection)?;
            whole(connection, rows)
        })
    }

    fn list_changed(&mut self, after: RegistryStamp) -> StoreResult<Vec<RegisteredClient>> {
        self.read(|connection| {
            let rows: Vec<ClientRow> = clients::table
                .filter(clients::stamp.gt(change_counters::number_of(after)))
                .load(connection)?;
            whole(connection, rows)
        })
    }

    fn ids(&mut self) -> StoreResult<Vec<RegistrationId>> {
        self.read(|connection| {
            let ids: Vec<DbId> = clients::table.select(clients::id).load(connection)?;
            Ok(ids.into_iter().map(|id| RegistrationId::from(id.0)).collect())
        })
    }

    fn insert_secret(&mut self, client: RegistrationId, secret: &ClientSecret) -> StoreResult<()> {
        self.write(|connection| {
            diesel::insert_into(client_secrets::table)
                .values(&SecretRow::new(client, secret))
                .execute(connection)?;
            Ok(())
        })
    }

    fn delete_secret(&mut self, client: RegistrationId, secret: ClientSecretId) -> StoreResult<bool> {
        self.write(|connection| {
            let own = client_secrets::table
                .find(DbId(secret.as_uuid()))
                .filter(client_secrets::client.eq(DbId(client.as_uuid())));
            Ok(diesel::delete(own).execute(connection)? == 1)
        })
    }

    fn note_secret_use(&mut self, used: &[(ClientSecretId, DateTime<Utc>)]) -> StoreResult<()> {
        self.write(|connection| secrets::note_use(connection, used))
    }

    fn list_members(&mut self, client: RegistrationId, request: &PageRequest) -> StoreResult<Page<ClientMember>> {
        self.read(|connection| members::list(connection, client, request))
    }

    fn find_member(&mut self, client: RegistrationId, user: UserId) -> StoreResult<Option<ClientMember>> {
        self.read(|connection| members::find(connection, client, user))
    }

    fn put_member(&mut self, client: RegistrationId, member: &ClientMember) -> StoreResult<()> {
        self.write(|connection| members::put(connection, client, member))
    }

    fn delete_member(&mut self, client: RegistrationId, user: UserId) -> StoreResult<bool> {
        self.write(|connection| members::delete(connection, client, user))
    }
}

fn insert_values(connection: &mut AnyConnection, client: &Client) -> Result<(), StatementError> {
    for (kind, value) in values_of(&client.settings) {
        diesel::insert_into(client_values::table)
            .values((
                client_values::client.eq(DbId(client.id.as_uuid())),
                client_values::kind.eq(kind),
                client_values::value.eq(value),
            ))
            .execute(connection)?;
    }
    Ok(())
}

/// The clients of those rows with their lists and secrets, in the order of the rows.
fn whole(connection: &mut AnyConnection, rows: Vec<ClientRow>) -> Result<Vec<RegisteredClient>, StatementError> {
    let ids: Vec<DbId> = rows.iter().map(|row| row.id).collect();
    let mut values: HashMap<uuid::Uuid, Values> = HashMap::new();
    let mut secrets: HashMap<uuid::Uuid, Vec<ClientSecret>> = HashMap::new();
    for part in ids.chunks(ROWS_AT_ONCE) {
        let of_part: Vec<(DbId, String, String)> = client_values::table
            .filter(client_values::client.eq_any(part))
            .load(connection)?;
        for (client, kind, value) in of_part {
            values.entry(client.0).or_default().push((kind, value));
        }
        let of_part: Vec<SecretRow> = client_secrets::table
            .filter(client_secrets::client.eq_any(part))
            .order((client_secrets::created_at, client_secrets::id))
            .load(connection)?;
        for secret in of_part {
            secrets.entry(secret.client.0).or_default().push(secret.try_into()?);
        }
    }
    let whole = rows.into_iter().map(|row| {
        let id = row.id.0;
        let client = row.with(&values.remove(&id).unwrap_or_default())?;
        let secrets = secrets.remove(&id).unwrap_or_default();
        Ok(RegisteredClient { client, secrets })
    });
    whole.collect()
}
