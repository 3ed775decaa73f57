//! Users.

pub(super) mod list;
mod row;

pub(super) use row::{FoundUser, FoundUserColumns, UserRow, address, found_user, has_passkey, has_second_factor};

use self::list::IS_ADMIN;
use super::locks::{Lock, hold};
use crate::connection::{Cached, direct};
use crate::error::StatementError;
use crate::schema::users;
use crate::types::DbId;
use crate::unit::Unit;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use portcullis_application::ports::{StoreResult, UserFilter, UserRepository};
use portcullis_domain::{Email, Page, PageRequest, User, UserId};

pub(super) fn user_of(row: QueryResult<Option<FoundUser>>) -> Result<Option<User>, StatementError> {
    Ok(row?.map(User::try_from).transpose()?)
}

impl UserRepository for Unit<'_> {
    fn find(&mut self, id: UserId) -> StoreResult<Option<User>> {
        self.read(|connection| {
            let of_id = users::table.find(DbId(id.as_uuid())).select(found_user());
            user_of(direct::find(of_id, connection))
        })
    }

    fn find_by_email(&mut self, email: &Email) -> StoreResult<Option<User>> {
        self.read(|connection| {
            let of_email = users::table.filter(users::email.eq(email.as_str()));
            user_of(direct::find(of_email.select(found_user()), connection))
        })
    }

    fn find_by_pending_email(&mut self, email: &Email) -> StoreResult<Option<User>> {
        self.read(|connection| {
            let waiting = users::table
                .filter(users::pending_email.eq(email.as_str()))
                .select(found_user())
                .limit(2);
            let found: Vec<FoundUser> = waiting.load(connection)?;
            let [_] = found.as_slice() else { return Ok(None) };
            Ok(found.into_iter().next().map(User::try_from).transpose()?)
        })
    }

    fn list(&mut self, filter: &UserFilter, request: &PageRequest) -> StoreResult<Page<User>> {
        self.read(|connection| list::page(connection, filter, request))
    }

    fn lock(&mut self, id: UserId) -> StoreResult<Option<User>> {
        // An update that changes nothing locks the row, and gives it back in the same answer.
        self.write(|connection| {
            let of_id = users::table.find(DbId(id.as_uuid()));
            if connection.writes_alone() {
                return user_of(direct::find(of_id.select(found_user()), connection));
            }
            let untouched = diesel::update(of_id).set(users::email_verified.eq(users::email_verified));
            user_of(
                Cached(untouched.returning(found_user()))
                    .get_result(connection)
                    .optional(),
            )
        })
    }

    fn insert(&mut self, user: &User) -> StoreResult<()> {
        self.write(|connection| {
            diesel::insert_into(users::table)
                .values(&UserRow::from(user))
                .execute(connection)?;
            Ok(())
        })
    }

    fn update(&mut self, user: &User) -> StoreResult<bool> {
        self.write(|connection| {
            let of_id = users::table.find(DbId(user.id.as_uuid()));
            let written = diesel::update(of_id).set(&UserRow::from(user)).execute(connection)?;
            Ok(written == 1)
        })
    }

    fn delete(&mut self, id: UserId) -> StoreResult<bool> {
        self.write(|connection| {
            let deleted = diesel::delete(users::table.find(DbId(id.as_uuid()))).execute(connection)?;
            Ok(deleted == 1)
        })
    }

    fn lock_administrators(&mut self) -> StoreResult<u64> {
        self.write(|connection| {
            hold(connection, Lock::Administrators)?;
            let active = users::table.filter(sql::<Bool>(IS_ADMIN)).filter(users::is_active);
            let count: i64 = Cached(active.count()).get_result(connection)?;
            Ok(u64::try_from(count).unwrap_or(0))
        })
    }
}
