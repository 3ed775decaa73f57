//! Signing keys.

use super::locks::{Lock, hold};
use crate::connection::AnyConnection;
use crate::error::{RefusedRow, StatementError};
use crate::schema::signing_keys;
use crate::types::DbInstant;
use crate::unit::Unit;
use diesel::prelude::*;
use portcullis_application::ports::{SigningKeyRepository, StoreResult};
use portcullis_domain::{KeyId, SigningKey, SigningKeyPurpose};

/// A row of `signing_keys`.
#[derive(Queryable, Insertable)]
#[diesel(table_name = signing_keys)]
struct SigningKeyRow {
    id: String,
    purpose: String,
    algorithm: String,
    encrypted: Vec<u8>,
    public_part: Option<String>,
    created_at: DbInstant,
    activated_at: Option<DbInstant>,
    retired_at: Option<DbInstant>,
}

impl From<&SigningKey> for SigningKeyRow {
    fn from(key: &SigningKey) -> Self {
        Self {
            id: key.id.as_str().to_owned(),
            purpose: key.purpose.as_str().to_owned(),
            algorithm: key.algorithm.as_str().to_owned(),
            encrypted: key.encrypted.clone(),
            public_part: key.public_part.clone(),
            created_at: DbInstant(key.created_at),
            activated_at: key.activated_at.map(DbInstant),
            retired_at: key.retired_at.map(DbInstant),
        }
    }
}

impl TryFrom<SigningKeyRow> for SigningKey {
    type Error = RefusedRow;

    fn try_from(row: SigningKeyRow) -> Result<Self, RefusedRow> {
        let (purpose, algorithm) = (row.purpose.parse(), row.algorithm.parse());
        Ok(Self {
            id: KeyId::new(row.id),
            purpose: purpose.map_err(|error| RefusedRow::new("signing_keys.purpose", error))?,
            algorithm: algorithm.map_err(|error| RefusedRow::new("signing_keys.algorithm", error))?,
            encrypted: row.encrypted,
            public_part: row.public_part,
            created_at: row.created_at.0,
            activated_at: row.activated_at.map(|at| at.0),
            retired_at: row.retired_at.map(|at| at.0),
        })
    }
}

/// Those whose purpose this version knows. A newer one may have made others.
fn all(connection: &mut AnyConnection) -> Result<Vec<SigningKey>, StatementError> {
    let known = SigningKeyPurpose::ALL.map(SigningKeyPurpose::as_str);
    let rows: Vec<SigningKeyRow> = signing_keys::table
        .filter(signing_keys::purpose.eq_any(known))
        .order((signing_keys::created_at, signing_keys::id))
        .load(connection)?;
    Ok(rows.into_iter().map(SigningKey::try_from).collect::<Result<_, _>>()?)
}

impl SigningKeyRepository for Unit<'_> {
    fn list(&mut self) -> StoreResult<Vec<SigningKey>> {
        self.read(all)
    }

    fn lock_all(&mut self) -> StoreResult<Vec<SigningKey>> {
        self.write(|connection| {
            hold(connection, Lock::SigningKeys)?;
            all(connection)
        })
    }

    fn insert(&mut self, key: &SigningKey) -> StoreResult<()> {
        self.write(|connection| {
            diesel::insert_into(signing_keys::table)
                .values(&SigningKeyRow::from(key))
                .execute(connection)?;
            Ok(())
        })
    }

    fn update(&mut self, key: &SigningKey) -> StoreResult<bool> {
        self.write(|connection| {
            let written = diesel::update(signing_keys::table.find(key.id.as_str()))
                .set((
                    signing_keys::encrypted.eq(&key.encrypted),
                    signing_keys::activated_at.eq(key.activated_at.map(DbInstant)),
                    signing_keys::retired_at.eq(key.retired_at.map(DbInstant)),
                ))
                .execute(connection)?;
            Ok(written == 1)
        })
    }

    fn delete(&mut self, id: &KeyId) -> StoreResult<bool> {
        self.write(|connection| {
            let deleted = diesel::delete(signing_keys::table.find(id.as_str())).execute(connection)?;
            Ok(deleted == 1)
        })
    }
}
