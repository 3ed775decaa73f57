//! A row of `users`, and the user that it says.

use crate::error::RefusedRow;
use crate::schema::users;
use crate::types::{DbId, DbInstant};
use diesel::prelude::*;
use portcullis_application::ports::search_text;
use portcullis_domain::{Email, FullName, User, UserId};

/// The row.
#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = users)]
pub(in crate::repositories) struct UserRow {
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
