//! Wrong codes of a user, of one kind or another.

use crate::connection::AnyConnection;
use crate::schema::code_failures;
use crate::types::{DbId, DbInstant};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use portcullis_application::ports::WrongCodes;
use portcullis_domain::{CodeCounter, UserId};

/// Which codes are counted together.
#[derive(Debug, Clone, Copy)]
enum Codes {
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

/// A counter: whose, of which codes, and its name among those of the user.
#[derive(Debug, Clone)]
pub(super) struct Counter {
    user: DbId,
    codes: Codes,
    name: Vec<u8>,
}

impl Counter {
    /// The one that a user has of mailed codes.
    pub(super) fn of_mails(user: UserId) -> Self {
        Self {
            user: DbId(user.as_uuid()),
            codes: Codes::Mail,
            name: Vec::new(),
        }
    }

    /// One of those that a user has of codes of a second factor.
    pub(super) fn of_factor(user: UserId, counter: CodeCounter) -> Self {
        Self {
            user: DbId(user.as_uuid()),
            codes: Codes::Factor,
            name: counter.to_bytes(),
        }
    }
}

/// Those that count: of which the first came after `since`.
pub(super) fn wrong(
    connection: &mut AnyConnection,
    counter: &Counter,
    since: DateTime<Utc>,
) -> QueryResult<Option<WrongCodes>> {
    let found: Option<(DbInstant, i64)> = code_failures::table
        .find((counter.user, counter.codes.name(), counter.name.as_slice()))
        .filter(code_failures::since.gt(DbInstant(since)))
        .select((code_failures::since, code_failures::wrong))
        .get_result(connection)
        .optional()?;
    Ok(found.map(|(first, wrong)| WrongCodes {
        since: first.0,
        wrong: u32::try_from(wrong).unwrap_or(u32::MAX),
    }))
}

/// Counts one more, and removes what no counter of these codes counts any more. The unit holds the user's row, so that nobody else
/// counts in between.
pub(super) fn note_wrong(
    connection: &mut AnyConnection,
    counter: &Counter,
    since: DateTime<Utc>,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    let Counter { user, codes, name } = counter;
    let over = code_failures::table
        .filter(code_failures::user_id.eq(*user))
        .filter(code_failures::kind.eq(codes.name()))
        .filter(code_failures::since.le(DbInstant(since)));
    diesel::delete(over).execute(connection)?;
    let updated = diesel::update(code_failures::table.find((*user, codes.name(), name.as_slice())))
        .set(code_failures::wrong.eq(code_failures::wrong + 1))
        .execute(connection)?;
    if updated == 0 {
        diesel::insert_into(code_failures::table)
            .values((
                code_failures::user_id.eq(*user),
                code_failures::kind.eq(codes.name()),
                code_failures::counter.eq(name.as_slice()),
                code_failures::since.eq(DbInstant(at)),
                code_failures::wrong.eq(1),
            ))
            .execute(connection)?;
    }
    Ok(())
}
