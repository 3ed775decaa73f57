//! A row of `users`, and the user that it says.

use crate::error::RefusedRow;
use crate::schema::{passkeys, passwords, totp, users};
use crate::types::{DbId, DbInstant};
use diesel::dsl::exists;
use diesel::prelude::*;
use portcullis_application::ports::search_text;
use portcullis_domain::{Email, FullName, Locale, TimeZone, User, UserId};

/// The row.
#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = users)]
// What is `None` is written as null, not left as it is.
#[diesel(treat_none_as_null = true)]
pub(in crate::repositories) struct UserRow {
    id: DbId,
    email: String,
    email_verified: bool,
    full_name: String,
    role: String,
    is_active: bool,
    created_at: DbInstant,
    locale: Option<String>,
    time_zone: Option<String>,
    pending_email: Option<String>,
    has_signed_in: bool,
    search_text: String,
}

/// What a user is read from: the row, and whether there are a password, a second factor and passkeys beside it.
#[derive(Queryable)]
pub(in crate::repositories) struct FoundUser {
    pub(in crate::repositories) row: UserRow,
    pub(in crate::repositories) has_password: bool,
    pub(in crate::repositories) has_second_factor: bool,
    pub(in crate::repositories) has_passkey: bool,
}

/// The columns of a [`FoundUser`].
pub(in crate::repositories) type FoundUserColumns = (
    <users::table as Table>::AllColumns,
    has_password,
    has_second_factor,
    has_passkey,
);

/// See [`FoundUserColumns`].
pub(in crate::repositories) fn found_user() -> FoundUserColumns {
    (users::all_columns, has_password(), has_second_factor(), has_passkey())
}

#[diesel::dsl::auto_type]
fn has_password() -> _ {
    exists(passwords::table.filter(passwords::user_id.eq(users::id)))
}

#[diesel::dsl::auto_type]
pub(in crate::repositories) fn has_second_factor() -> _ {
    exists(
        totp::table
            .filter(totp::user_id.eq(users::id))
            .filter(totp::secret.is_not_null()),
    )
}

#[diesel::dsl::auto_type]
pub(in crate::repositories) fn has_passkey() -> _ {
    exists(passkeys::table.filter(passkeys::user_id.eq(users::id)))
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
            locale: user.locale.as_ref().map(|locale| locale.as_str().to_owned()),
            time_zone: user.time_zone.map(|zone| zone.as_str().to_owned()),
            pending_email: user.pending_email.as_ref().map(|email| email.as_str().to_owned()),
            has_signed_in: user.has_signed_in,
            search_text: search_text(user),
        }
    }
}

/// An address that may be missing.
pub(in crate::repositories) fn address(
    column: &'static str,
    text: Option<String>,
) -> Result<Option<Email>, RefusedRow> {
    let email = text.map(|text| Email::parse(&text)).transpose();
    email.map_err(|error| RefusedRow::new(column, error))
}

impl TryFrom<FoundUser> for User {
    type Error = RefusedRow;

    fn try_from(found: FoundUser) -> Result<Self, RefusedRow> {
        let FoundUser {
            row,
            has_password,
            has_second_factor,
            has_passkey,
        } = found;
        Ok(Self {
            id: UserId::from(row.id.0),
            email: Email::parse(&row.email).map_err(|error| RefusedRow::new("users.email", error))?,
            email_verified: row.email_verified,
            full_name: FullName::parse(&row.full_name).map_err(|error| RefusedRow::new("users.full_name", error))?,
            role: row.role.parse().map_err(|error| RefusedRow::new("users.role", error))?,
            is_active: row.is_active,
            created_at: row.created_at.0,
            // A newer version may know more languages and zones.
            locale: row.locale.and_then(|tag| Locale::parse(&tag).ok()),
            time_zone: row.time_zone.and_then(|name| TimeZone::parse(&name).ok()),
            pending_email: address("users.pending_email", row.pending_email)?,
            has_password,
            has_second_factor,
            has_passkey,
            has_signed_in: row.has_signed_in,
        })
    }
}
