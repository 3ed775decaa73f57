//! Users.

pub(super) mod list;

use super::locks::{Lock, hold};
use crate::connection::Cached;
use crate::error::{RefusedRow, StatementError};
use crate::schema::users;
use crate::types::{DbId, DbInstant};
use crate::unit::Unit;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use portcullis_application::ports::{StoreResult, UserFilter, UserRepository, search_text};
use portcullis_domain::{Email, FullName, Page, PageRequest, User, UserId};

/// As the index of administrators says it: a literal, since an index is chosen without a look at what is bound.
const IS_ADMIN: &str = "users.role = 'ADMIN'";

/// As the index of disabled users says it.
const IS_DISABLED: &str = "NOT users.is_active";

/// A row of `users`.
#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = users)]
pub(super) struct UserRow {
    id: DbId,
    email: String,
    email_verified: bool,
    full_name: String,
    role: String,
    is_active: bool,
    created_at: DbInstant,
    search_text: String,
}

impl From<&User> for UserRow {
    fn from(user: &User) -> Self {
        Self {
            id: DbId(user.id.as_uuid()),
            email: user.email.as_str().to_owned(),
            email_verified: user.email_verified,
            full_name: user.full_name.as_str().to_owned(),
            role: user.role.as_str().to_owned(),
            is_active: user.is_active,
            created_at: DbInstant(user.created_at),
            search_text: search_text(user),
        }
    }
}

impl TryFrom<UserRow> for User {
    type Error = RefusedRow;

    fn try_from(row: UserRow) -> Result<Self, RefusedRow> {
        Ok(Self {
            id: UserId::from(row.id.0),
            email: Email::parse(&row.email).map_err(|error| RefusedRow::new("users.email", error))?,
            email_verified: row.email_verified,
            full_name: FullName::parse(&row.full_name).map_err(|error| RefusedRow::new("users.full_name", error))?,
            role: row.role.parse().map_err(|error| RefusedRow::new("users.role", error))?,
            is_active: row.is_active,
            created_at: row.created_at.0,
        })
    }
}

pub(super) fn user_of(row: QueryResult<UserRow>) -> Result<Option<User>, StatementError> {
    Ok(row.optional()?.map(User::try_from).transpose()?)
}

impl UserRepository for Unit<'_> {
    fn find(&mut self, id: UserId) -> StoreResult<Option<User>> {
        self.read(|connection| user_of(users::table.find(DbId(id.as_uuid())).get_result(connection)))
    }

    fn find_by_email(&mut self, email: &Email) -> StoreResult<Option<User>> {
        self.read(|connection| {
            let of_email = users::table.filter(users::email.eq(email.as_str()));
            user_of(of_email.get_result(connection))
        })
    }

    fn list(&mut self, filter: &UserFilter, request: &PageRequest) -> StoreResult<Page<User>> {
        self.read(|connection| list::page(connection, filter, request))
    }

    fn lock(&mut self, id: UserId) -> StoreResult<Option<User>> {
        // An update that changes nothing locks the row on both databases, and gives it back in the same answer. The
        // column is in no index: SQLite would write those anew.
        self.write(|connection| {
            let of_id = users::table.find(DbId(id.as_uuid()));
            let untouched = diesel::update(of_id).set(users::email_verified.eq(users::email_verified));
            user_of(Cached(untouched.returning(users::all_columns)).get_result(connection))
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
