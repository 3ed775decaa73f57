//! Credentials.

use super::users::{FoundUser, UserRow, has_passkey, has_second_factor};
use crate::connection::Cached;
use crate::schema::{passwords, users};
use crate::types::DbId;
use crate::unit::Unit;
use diesel::prelude::*;
use portcullis_application::ports::{CredentialRepository, StoreResult};
use portcullis_domain::{Credentials, Email, PasswordHash, User, UserId};

fn credentials_of(hash: Option<String>) -> Credentials {
    Credentials {
        password: hash.map(PasswordHash::new),
    }
}

impl CredentialRepository for Unit<'_> {
    fn find(&mut self, user: UserId) -> StoreResult<Option<Credentials>> {
        self.read(|connection| {
            let hash: Option<Option<String>> = users::table
                .left_join(passwords::table)
                .filter(users::id.eq(DbId(user.as_uuid())))
                .select(passwords::hash.nullable())
                .get_result(connection)
                .optional()?;
            Ok(hash.map(credentials_of))
        })
    }

    fn find_by_email(&mut self, email: &Email) -> StoreResult<Option<(User, Credentials)>> {
        self.read(|connection| {
            let row: Option<(UserRow, Option<String>, bool, bool)> = users::table
                .left_join(passwords::table)
                .filter(users::email.eq(email.as_str()))
                .select((
                    users::all_columns,
                    passwords::hash.nullable(),
                    has_second_factor(),
                    has_passkey(),
                ))
                .get_result(connection)
                .optional()?;
            let Some((row, hash, has_second_factor, has_passkey)) = row else {
                return Ok(None);
            };
            let has_password = hash.is_some();
            let found = FoundUser {
                row,
                has_password,
                has_second_factor,
                has_passkey,
            };
            let user = found.try_into()?;
            Ok(Some((user, credentials_of(hash))))
        })
    }

    fn set_password(&mut self, user: UserId, hash: &PasswordHash) -> StoreResult<()> {
        self.write(|connection| {
            let (id, hash) = (DbId(user.as_uuid()), passwords::hash.eq(hash.expose()));
            let replaced = Cached(diesel::update(passwords::table.find(id)).set(hash)).execute(connection)?;
            // The unit holds the user's row, so that nobody else adds one in between.
            if replaced == 0 {
                diesel::insert_into(passwords::table)
                    .values((passwords::user_id.eq(id), hash))
                    .execute(connection)?;
            }
            Ok(())
        })
    }

    fn remove_password(&mut self, user: UserId) -> StoreResult<()> {
        self.write(|connection| {
            diesel::delete(passwords::table.find(DbId(user.as_uuid()))).execute(connection)?;
            Ok(())
        })
    }

    fn replace_password(&mut self, user: UserId, checked: &PasswordHash, hash: &PasswordHash) -> StoreResult<bool> {
        self.write(|connection| {
            let unchanged = passwords::table
                .find(DbId(user.as_uuid()))
                .filter(passwords::hash.eq(checked.expose()));
            let replaced =
                Cached(diesel::update(unchanged).set(passwords::hash.eq(hash.expose()))).execute(connection)?;
            Ok(replaced == 1)
        })
    }
}
