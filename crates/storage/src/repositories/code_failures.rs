//! Wrong codes of a user, of one kind or another.

use crate::connection::AnyConnection;
use crate::schema::code_failures;
use crate::types::{DbId, DbInstant};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use portcullis_application::ports::WrongCodes;
use portcullis_domain::UserId;

/// Which codes are counted together.
#[derive(Debug, Clone, Copy)]
pub(super) enum Codes {
    /// Those beside links of mails.
    Mail,
    /// Those of second factors.
    Factor,
}

impl Codes {
    const fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Factor => "factor",
        }
    }
}

/// Those that count: of which the first came after `since`.
pub(super) fn wrong(
    connection: &mut AnyConnection,
    user: UserId,
    codes: Codes,
    since: DateTime<Utc>,
) -> QueryResult<Option<WrongCodes>> {
    let counted: Option<(DbInstant, i64)> = code_failures::table
        .find((DbId(user.as_uuid()), codes.name()))
        .filter(code_failures::since.gt(DbInstant(since)))
        .select((code_failures::since, code_failures::wrong))
        .get_result(connection)
        .optional()?;
    Ok(counted.map(|(first, wrong)| WrongCodes {
        since: first.0,
        wrong: u32::try_from(wrong).unwrap_or(u32::MAX),
    }))
}

/// Counts one more. The unit holds the user's row, so that nobody else counts in between.
pub(super) fn note_wrong(
    connection: &mut AnyConnection,
    user: UserId,
    codes: Codes,
    since: DateTime<Utc>,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    let theirs = || code_failures::table.find((DbId(user.as_uuid()), codes.name()));
    let counted = diesel::update(theirs().filter(code_failures::since.gt(DbInstant(since))))
        .set(code_failures::wrong.eq(code_failures::wrong + 1))
        .execute(connection)?;
    if counted == 0 {
        diesel::delete(theirs()).execute(connection)?;
        diesel::insert_into(code_failures::table)
            .values((
                code_failures::user_id.eq(DbId(user.as_uuid())),
                code_failures::kind.eq(codes.name()),
                code_failures::since.eq(DbInstant(at)),
                code_failures::wrong.eq(1),
            ))
            .execute(connection)?;
    }
    Ok(())
}
