//! The outbox.

mod row;

use self::row::MailRow;
use super::paging::{Place, at_most, to_read};
use crate::connection::Cached;
use crate::error::StatementError;
use crate::schema::mails;
use crate::types::{DbId, DbInstant};
use crate::unit::Unit;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use portcullis_application::ports::{MailCounts, MailRepository, StoreResult};
use portcullis_domain::{
    LinkId, Locale, Mail, MailId, MailKind, MailState, Page, PageRequest, Position, UserAgent, UserId,
};

const PLACE: Place = Place {
    at: "mails.created_at",
    id: "mails.id",
};

const WAITING: &str = MailState::Waiting.as_str();

fn mail_of(row: QueryResult<MailRow>) -> Result<Option<Mail>, StatementError> {
    Ok(row.optional()?.map(Mail::try_from).transpose()?)
}

fn all_of(rows: Vec<MailRow>) -> Result<Vec<Mail>, StatementError> {
    Ok(rows.into_iter().map(Mail::try_from).collect::<Result<_, _>>()?)
}

/// The mail while that attempt at it is the last.
macro_rules! attempted {
    ($id:expr, $attempt:expr) => {
        mails::table
            .find(DbId($id.as_uuid()))
            .filter(mails::state.eq(WAITING))
            .filter(mails::attempts.eq(i64::from($attempt)))
    };
}

impl MailRepository for Unit<'_> {
    fn insert(&mut self, mail: &Mail) -> StoreResult<()> {
        self.write(|connection| {
            diesel::insert_into(mails::table)
                .values(&MailRow::from(mail))
                .execute(connection)?;
            Ok(())
        })
    }

    fn find(&mut self, id: MailId) -> StoreResult<Option<Mail>> {
        self.read(|connection| mail_of(mails::table.find(DbId(id.as_uuid())).get_result(connection)))
    }

    fn find_by_link(&mut self, link: LinkId) -> StoreResult<Option<Mail>> {
        self.read(|connection| {
            let with_link = mails::table.filter(mails::link_id.eq(DbId(link.as_uuid())));
            mail_of(with_link.order(mails::id.desc()).limit(1).get_result(connection))
        })
    }

    fn user_agents_told(
        &mut self,
        user: UserId,
        kind: MailKind,
        since: DateTime<Utc>,
        limit: usize,
    ) -> StoreResult<Vec<Option<UserAgent>>> {
        self.read(|connection| {
            let told: Vec<Option<String>> = mails::table
                .filter(mails::user_id.eq(DbId(user.as_uuid())))
                .filter(mails::kind.eq(kind.as_str()))
                .filter(mails::created_at.gt(DbInstant(since)))
                .select(mails::user_agent)
                .limit(at_most(limit))
                .load(connection)?;
            let agents = told
                .into_iter()
                .map(|agent| agent.as_deref().and_then(UserAgent::from_text));
            Ok(agents.collect())
        })
    }

    fn list(&mut self, state: Option<MailState>, request: &PageRequest) -> StoreResult<Page<Mail>> {
        self.read(|connection| {
            let mut listed = mails::table
                .order((mails::created_at.desc(), mails::id.desc()))
                .limit(to_read(request))
                .into_boxed();
            if let Some(state) = state {
                listed = listed.filter(mails::state.eq(state.as_str()));
            }
            if let Some(after) = request.after {
                listed = listed.filter(PLACE.is_before(after));
            }
            let read = all_of(listed.load(connection)?)?;
            Ok(request.page(read, |mail| Position {
                at: mail.created_at,
                id: mail.id.as_uuid(),
            }))
        })
    }

    fn due(&mut self, now: DateTime<Utc>, limit: usize) -> StoreResult<Vec<Mail>> {
        self.read(|connection| {
            let due = mails::table
                .filter(mails::state.eq(WAITING))
                .filter(mails::next_at.le(DbInstant(now)))
                .order(mails::next_at)
                .limit(at_most(limit));
            all_of(due.load(connection)?)
        })
    }

    fn next_due(&mut self) -> StoreResult<Option<DateTime<Utc>>> {
        self.read(|connection| {
            let next: Option<DbInstant> = mails::table
                .filter(mails::state.eq(WAITING))
                .order(mails::next_at)
                .select(mails::next_at)
                .limit(1)
                .get_result(connection)
                .optional()?;
            Ok(next.map(|at| at.0))
        })
    }

    fn claim(&mut self, id: MailId, now: DateTime<Utc>, until: DateTime<Utc>) -> StoreResult<Option<Mail>> {
        self.write(|connection| {
            let due = mails::table
                .find(DbId(id.as_uuid()))
                .filter(mails::state.eq(WAITING))
                .filter(mails::next_at.le(DbInstant(now)));
            let claimed = diesel::update(due)
                .set((
                    mails::attempts.eq(mails::attempts + 1),
                    mails::next_at.eq(DbInstant(until)),
                ))
                .returning(mails::all_columns);
            mail_of(Cached(claimed).get_result(connection))
        })
    }

    fn address(&mut self, addressed: &Mail) -> StoreResult<()> {
        self.write(|connection| {
            diesel::update(mails::table.find(DbId(addressed.id.as_uuid())))
                .set((
                    mails::kind.eq(addressed.kind.as_str()),
                    mails::user_id.eq(addressed.user_id.map(|id| DbId(id.as_uuid()))),
                    mails::link_id.eq(addressed.link_id.map(|id| DbId(id.as_uuid()))),
                    mails::locale.eq(addressed.locale.as_ref().map(Locale::as_str)),
                ))
                .execute(connection)?;
            Ok(())
        })
    }

    fn note_sent(&mut self, id: MailId, attempt: u32, at: DateTime<Utc>) -> StoreResult<bool> {
        self.write(|connection| {
            let sent = diesel::update(attempted!(id, attempt))
                .set((
                    mails::state.eq(MailState::Sent.as_str()),
                    mails::next_at.eq(DbInstant(at)),
                    mails::ended_at.eq(DbInstant(at)),
                    mails::failure.eq(None::<String>),
                ))
                .execute(connection)?;
            Ok(sent == 1)
        })
    }

    fn note_failure(
        &mut self,
        id: MailId,
        attempt: u32,
        at: DateTime<Utc>,
        failure: &str,
        next: Option<DateTime<Utc>>,
    ) -> StoreResult<bool> {
        self.write(|connection| {
            let state = if next.is_some() {
                MailState::Waiting
            } else {
                MailState::Failed
            };
            let failed = diesel::update(attempted!(id, attempt))
                .set((
                    mails::state.eq(state.as_str()),
                    mails::next_at.eq(DbInstant(next.unwrap_or(at))),
                    mails::ended_at.eq(DbInstant(at)),
                    mails::failure.eq(failure),
                ))
                .execute(connection)?;
            Ok(failed == 1)
        })
    }

    fn retry(&mut self, id: MailId, now: DateTime<Utc>) -> StoreResult<bool> {
        self.write(|connection| {
            let unsent = mails::table
                .find(DbId(id.as_uuid()))
                .filter(mails::state.ne(MailState::Sent.as_str()));
            let retried = diesel::update(unsent)
                .set((
                    mails::state.eq(WAITING),
                    mails::attempts.eq(0),
                    mails::next_at.eq(DbInstant(now)),
                    mails::tried_since.eq(DbInstant(now)),
                ))
                .execute(connection)?;
            Ok(retried == 1)
        })
    }

    fn delete(&mut self, id: MailId) -> StoreResult<bool> {
        self.write(|connection| {
            let deleted = diesel::delete(mails::table.find(DbId(id.as_uuid()))).execute(connection)?;
            Ok(deleted == 1)
        })
    }

    fn counts(&mut self) -> StoreResult<MailCounts> {
        self.read(|connection| {
            let mut count = |state: MailState| -> QueryResult<u64> {
                let counted: i64 = mails::table
                    .filter(mails::state.eq(state.as_str()))
                    .count()
                    .get_result(connection)?;
                Ok(u64::try_from(counted).unwrap_or(0))
            };
            let (waiting, failed) = (count(MailState::Waiting)?, count(MailState::Failed)?);
            let failing: i64 = mails::table
                .filter(mails::state.eq(WAITING))
                .filter(mails::failure.is_not_null())
                .count()
                .get_result(connection)?;
            let oldest: Option<DbInstant> = mails::table
                .filter(mails::state.eq(WAITING))
                .order((mails::created_at, mails::id))
                .select(mails::created_at)
                .limit(1)
                .get_result(connection)
                .optional()?;
            Ok(MailCounts {
                waiting,
                failing: u64::try_from(failing).unwrap_or(0),
                failed,
                oldest_waiting: oldest.map(|at| at.0),
            })
        })
    }

    fn delete_ended(&mut self, state: MailState, before: DateTime<Utc>, limit: usize) -> StoreResult<usize> {
        self.write(|connection| {
            let over: Vec<DbId> = mails::table
                .filter(mails::state.eq(state.as_str()))
                .filter(mails::next_at.lt(DbInstant(before)))
                .order(mails::next_at)
                .select(mails::id)
                .limit(at_most(limit))
                .load(connection)?;
            Ok(diesel::delete(mails::table.filter(mails::id.eq_any(over))).execute(connection)?)
        })
    }
}
