//! Passkeys.

use super::paging::at_most;
use super::sessions::{address_of, user_agent_of};
use crate::error::RefusedRow;
use crate::schema::passkeys;
use crate::types::{DbId, DbInstant, Id, Instant};
use crate::unit::Unit;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Bool, Nullable, Text};
use portcullis_application::ports::{PasskeyRepository, StoreResult};
use portcullis_domain::{
    CredentialId, Device, Label, Passkey, PasskeyId, PasskeyState, PasskeyUse, PublicHalf, UserAgent, UserId,
};

/// Adds a passkey, unless there is one of that credential: of those who add one at once the second finds the first.
const ADD: &str = "INSERT INTO passkeys (id, user_id, credential_id, relying_party, public_half, counter, is_synced, name, \
                   created_at, address, user_agent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
                   ON CONFLICT (credential_id) DO NOTHING";

/// A row of `passkeys`.
#[derive(Queryable)]
struct PasskeyRow {
    id: DbId,
    user_id: DbId,
    credential_id: Vec<u8>,
    relying_party: String,
    public_half: Vec<u8>,
    counter: i64,
    is_synced: bool,
    name: String,
    created_at: DbInstant,
    address: Option<String>,
    user_agent: Option<String>,
    last_used_at: Option<DbInstant>,
    last_address: Option<String>,
    last_user_agent: Option<String>,
}

impl TryFrom<PasskeyRow> for Passkey {
    type Error = RefusedRow;

    fn try_from(row: PasskeyRow) -> Result<Self, RefusedRow> {
        let credential_id = CredentialId::new(row.credential_id);
        let key = PublicHalf::new(row.public_half);
        let counter = u32::try_from(row.counter);
        let name = Label::parse(&row.name);
        let last_device = device_of(row.last_address, row.last_user_agent.as_deref());
        let last_device = last_device.map_err(|()| RefusedRow::new("passkeys.last_address", "not an IP address"))?;
        let created_on = device_of(row.address, row.user_agent.as_deref());
        Ok(Self {
            id: PasskeyId::from(row.id.0),
            user_id: UserId::from(row.user_id.0),
            credential_id: credential_id
                .ok_or_else(|| RefusedRow::new("passkeys.credential_id", "an id of another length"))?,
            relying_party: row.relying_party,
            state: PasskeyState {
                key: key.ok_or_else(|| RefusedRow::new("passkeys.public_half", "a key of another length"))?,
                counter: counter.map_err(|_| RefusedRow::new("passkeys.counter", "no counter"))?,
                is_synced: row.is_synced,
            },
            name: name.map_err(|error| RefusedRow::new("passkeys.name", error))?,
            created_at: row.created_at.0,
            created_on: created_on.map_err(|()| RefusedRow::new("passkeys.address", "not an IP address"))?,
            last_use: row.last_used_at.map(|at| PasskeyUse {
                at: at.0,
                device: last_device,
            }),
        })
    }
}

fn device_of(address: Option<String>, user_agent: Option<&str>) -> Result<Device, ()> {
    let address = address.map(|text| text.parse()).transpose().map_err(|_| ())?;
    Ok(Device {
        address,
        user_agent: user_agent.and_then(UserAgent::from_text),
    })
}

impl PasskeyRepository for Unit<'_> {
    fn add(&mut self, passkey: &Passkey) -> StoreResult<bool> {
        self.write(|connection| {
            let added = diesel::sql_query(ADD)
                .bind::<Id, _>(DbId(passkey.id.as_uuid()))
                .bind::<Id, _>(DbId(passkey.user_id.as_uuid()))
                .bind::<Binary, _>(passkey.credential_id.as_bytes())
                .bind::<Text, _>(&passkey.relying_party)
                .bind::<Binary, _>(passkey.state.key.as_bytes())
                .bind::<BigInt, _>(i64::from(passkey.state.counter))
                .bind::<Bool, _>(passkey.state.is_synced)
                .bind::<Text, _>(passkey.name.as_str())
                .bind::<Instant, _>(DbInstant(passkey.created_at))
                .bind::<Nullable<Text>, _>(address_of(&passkey.created_on))
                .bind::<Nullable<Text>, _>(user_agent_of(&passkey.created_on))
                .execute(connection)?;
            Ok(added == 1)
        })
    }

    fn find_by_credential(&mut self, id: &CredentialId) -> StoreResult<Option<Passkey>> {
        self.read(|connection| {
            let row: Option<PasskeyRow> = passkeys::table
                .filter(passkeys::credential_id.eq(id.as_bytes()))
                .get_result(connection)
                .optional()?;
            Ok(row.map(Passkey::try_from).transpose()?)
        })
    }

    fn list(&mut self, user: UserId) -> StoreResult<Vec<Passkey>> {
        self.read(|connection| {
            let rows: Vec<PasskeyRow> = passkeys::table
                .filter(passkeys::user_id.eq(DbId(user.as_uuid())))
                .order((passkeys::created_at, passkeys::id))
                .limit(at_most(Passkey::AT_MOST))
                .load(connection)?;
            Ok(rows.into_iter().map(Passkey::try_from).collect::<Result<_, _>>()?)
        })
    }

    fn count(&mut self, user: UserId) -> StoreResult<usize> {
        self.read(|connection| {
            let theirs = passkeys::table.filter(passkeys::user_id.eq(DbId(user.as_uuid())));
            let count: i64 = theirs.count().get_result(connection)?;
            // No count is below zero.
            Ok(usize::try_from(count).unwrap_or_default())
        })
    }

    fn count_made_for_others(&mut self, relying_party: Option<&str>) -> StoreResult<u64> {
        self.read(|connection| {
            let count: i64 = match relying_party {
                Some(own) => passkeys::table
                    .filter(passkeys::relying_party.ne(own))
                    .count()
                    .get_result(connection)?,
                None => passkeys::table.count().get_result(connection)?,
            };
            // No count is below zero.
            Ok(u64::try_from(count).unwrap_or_default())
        })
    }

    fn note_use(&mut self, id: PasskeyId, seen: u32, next: &PasskeyState, used: &PasskeyUse) -> StoreResult<bool> {
        self.write(|connection| {
            let as_seen = passkeys::table
                .find(DbId(id.as_uuid()))
                .filter(passkeys::counter.eq(i64::from(seen)));
            let noted = diesel::update(as_seen)
                .set((
                    passkeys::public_half.eq(next.key.as_bytes()),
                    passkeys::counter.eq(i64::from(next.counter)),
                    passkeys::is_synced.eq(next.is_synced),
                    passkeys::last_used_at.eq(DbInstant(used.at)),
                    passkeys::last_address.eq(address_of(&used.device)),
                    passkeys::last_user_agent.eq(user_agent_of(&used.device)),
                ))
                .execute(connection)?;
            Ok(noted == 1)
        })
    }

    fn rename(&mut self, user: UserId, id: PasskeyId, name: &Label) -> StoreResult<bool> {
        self.write(|connection| {
            let theirs = passkeys::table
                .find(DbId(id.as_uuid()))
                .filter(passkeys::user_id.eq(DbId(user.as_uuid())));
            let renamed = diesel::update(theirs)
                .set(passkeys::name.eq(name.as_str()))
                .execute(connection)?;
            Ok(renamed == 1)
        })
    }

    fn remove(&mut self, user: UserId, id: PasskeyId) -> StoreResult<bool> {
        self.write(|connection| {
            let theirs = passkeys::table
                .find(DbId(id.as_uuid()))
                .filter(passkeys::user_id.eq(DbId(user.as_uuid())));
            Ok(diesel::delete(theirs).execute(connection)? == 1)
        })
    }

    fn remove_added_since(&mut self, user: UserId, since: DateTime<Utc>) -> StoreResult<usize> {
        self.write(|connection| {
            let added = passkeys::table
                .filter(passkeys::user_id.eq(DbId(user.as_uuid())))
                .filter(passkeys::created_at.ge(DbInstant(since)));
            Ok(diesel::delete(added).execute(connection)?)
        })
    }

    fn remove_all(&mut self, user: UserId) -> StoreResult<usize> {
        self.write(|connection| {
            let theirs = passkeys::table.filter(passkeys::user_id.eq(DbId(user.as_uuid())));
            Ok(diesel::delete(theirs).execute(connection)?)
        })
    }
}
