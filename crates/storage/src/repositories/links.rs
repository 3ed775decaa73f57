//! One-time links.

pub(super) mod row;

use self::row::LinkRow;
use super::code_failures::{Counter, note_wrong, wrong};
use super::locks::{Lock, hold};
use super::paging::at_most;
use crate::connection::AnyConnection;
use crate::error::StatementError;
use crate::schema::one_time_links as links;
use crate::types::{DbId, DbInstant};
use crate::unit::Unit;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use portcullis_application::ports::{LinkRepository, StoreResult};
use portcullis_domain::{Digest32, Email, LinkBearer, LinkId, LinkPurpose, OneTimeLink, UserId};

/// Those that are neither used nor replaced.
#[diesel::dsl::auto_type]
fn unspent() -> _ {
    links::used_at.is_null().and(links::replaced_at.is_null())
}

fn link_of(row: QueryResult<LinkRow>) -> Result<Option<OneTimeLink>, StatementError> {
    Ok(row.optional()?.map(OneTimeLink::try_from).transpose()?)
}

fn replace_of_user(
    connection: &mut AnyConnection,
    user: UserId,
    purpose: LinkPurpose,
    since: DateTime<Utc>,
    at: DateTime<Utc>,
) -> Result<(), StatementError> {
    let theirs = links::table
        .filter(links::user_id.eq(DbId(user.as_uuid())))
        .filter(links::purpose.eq(purpose.as_str()))
        .filter(links::created_at.ge(DbInstant(since)))
        .filter(unspent());
    diesel::update(theirs)
        .set(links::replaced_at.eq(DbInstant(at)))
        .execute(connection)?;
    Ok(())
}

impl LinkRepository for Unit<'_> {
    fn insert(&mut self, link: &OneTimeLink) -> StoreResult<()> {
        self.write(|connection| {
            diesel::insert_into(links::table)
                .values(&LinkRow::from(link))
                .execute(connection)?;
            Ok(())
        })
    }

    fn find(&mut self, id: LinkId) -> StoreResult<Option<OneTimeLink>> {
        self.read(|connection| {
            let of_id = links::table.find(DbId(id.as_uuid()));
            link_of(of_id.get_result(connection))
        })
    }

    fn find_by_digest(&mut self, purpose: LinkPurpose, digest: &Digest32) -> StoreResult<Option<OneTimeLink>> {
        self.read(|connection| {
            let of_digest = links::table
                .filter(links::digest.eq(digest.as_bytes().as_slice()))
                .filter(links::purpose.eq(purpose.as_str()));
            link_of(of_digest.get_result(connection))
        })
    }

    fn newest(&mut self, user: UserId, purpose: LinkPurpose) -> StoreResult<Option<OneTimeLink>> {
        self.read(|connection| {
            let theirs = links::table
                .filter(links::user_id.eq(DbId(user.as_uuid())))
                .filter(links::purpose.eq(purpose.as_str()))
                .order((links::created_at.desc(), links::id.desc()));
            link_of(theirs.limit(1).get_result(connection))
        })
    }

    fn arm(&mut self, id: LinkId, digest: &Digest32, expires_at: DateTime<Utc>) -> StoreResult<bool> {
        self.write(|connection| {
            let of_id = links::table.find(DbId(id.as_uuid())).filter(unspent());
            let armed = diesel::update(of_id)
                .set((
                    links::digest.eq(digest.as_bytes().as_slice()),
                    links::expires_at.eq(DbInstant(expires_at)),
                ))
                .execute(connection)?;
            Ok(armed == 1)
        })
    }

    fn consume(&mut self, id: LinkId, purpose: LinkPurpose, at: DateTime<Utc>) -> StoreResult<bool> {
        self.write(|connection| {
            let good = links::table
                .find(DbId(id.as_uuid()))
                .filter(links::purpose.eq(purpose.as_str()))
                .filter(links::expires_at.gt(DbInstant(at)))
                .filter(unspent());
            let consumed = diesel::update(good)
                .set(links::used_at.eq(DbInstant(at)))
                .execute(connection)?;
            Ok(consumed == 1)
        })
    }

    fn replace(
        &mut self,
        bearer: LinkBearer,
        purpose: LinkPurpose,
        address: Option<&Email>,
        at: DateTime<Utc>,
    ) -> StoreResult<()> {
        self.write(|connection| {
            let of_purpose = links::purpose.eq(purpose.as_str()).and(unspent());
            let to_address = address.map_or("", Email::as_str);
            let replaced = links::replaced_at.eq(DbInstant(at));
            let is_any = address.is_none();
            match bearer {
                LinkBearer::User(user) => {
                    let theirs = links::table
                        .filter(links::user_id.eq(DbId(user.as_uuid())))
                        .filter(of_purpose)
                        .filter(links::address.eq(to_address).or(is_any.into_sql::<Bool>()));
                    diesel::update(theirs).set(replaced).execute(connection)?;
                }
                LinkBearer::Invited(invitation) => {
                    let theirs = links::table
                        .filter(links::invitation_id.eq(DbId(invitation.as_uuid())))
                        .filter(of_purpose)
                        .filter(links::address.eq(to_address).or(is_any.into_sql::<Bool>()));
                    diesel::update(theirs).set(replaced).execute(connection)?;
                }
            }
            Ok(())
        })
    }

    fn replace_since(
        &mut self,
        user: UserId,
        purpose: LinkPurpose,
        since: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> StoreResult<()> {
        self.write(|connection| replace_of_user(connection, user, purpose, since, at))
    }

    fn replace_all(&mut self, at: DateTime<Utc>) -> StoreResult<()> {
        self.write(|connection| {
            diesel::update(links::table.filter(unspent()))
                .set(links::replaced_at.eq(DbInstant(at)))
                .execute(connection)?;
            Ok(())
        })
    }

    fn addresses_to_take_back(&mut self, user: UserId, at: DateTime<Utc>) -> StoreResult<Vec<(Email, DateTime<Utc>)>> {
        self.read(|connection| {
            let rows: Vec<(String, DbInstant)> = links::table
                .filter(links::user_id.eq(DbId(user.as_uuid())))
                .filter(links::purpose.eq(LinkPurpose::UndoEmail.as_str()))
                .filter(links::expires_at.gt(DbInstant(at)))
                .filter(unspent())
                .order(links::created_at)
                .select((links::address, links::created_at))
                .load(connection)?;
            let addresses = rows
                .iter()
                .map(|(text, made_at)| Ok((row::address_of(text)?, made_at.0)));
            addresses.collect()
        })
    }

    fn is_kept_for_another(&mut self, address: &Email, user: UserId, at: DateTime<Utc>) -> StoreResult<bool> {
        self.read(|connection| {
            let kept: i64 = links::table
                .filter(links::address.eq(address.as_str()))
                .filter(links::purpose.eq(LinkPurpose::UndoEmail.as_str()))
                .filter(links::user_id.ne(DbId(user.as_uuid())))
                .filter(links::expires_at.gt(DbInstant(at)))
                .filter(unspent())
                .count()
                .get_result(connection)?;
            Ok(kept > 0)
        })
    }

    fn try_code(&mut self, id: LinkId, most: u32) -> StoreResult<bool> {
        self.write(|connection| {
            let of_id = links::table
                .find(DbId(id.as_uuid()))
                .filter(links::code_tries.lt(i64::from(most)));
            let counted = diesel::update(of_id)
                .set(links::code_tries.eq(links::code_tries + 1))
                .execute(connection)?;
            Ok(counted == 1)
        })
    }

    fn wrong_codes(&mut self, user: UserId, since: DateTime<Utc>) -> StoreResult<u32> {
        self.read(|connection| {
            Ok(wrong(connection, &Counter::of_mails(user), since)?.map_or(0, |counted| counted.wrong))
        })
    }

    fn note_wrong_code(&mut self, user: UserId, since: DateTime<Utc>, at: DateTime<Utc>) -> StoreResult<()> {
        self.write(|connection| Ok(note_wrong(connection, &Counter::of_mails(user), since, at)?))
    }

    fn try_nobodys_code(&mut self) -> StoreResult<()> {
        self.write(|connection| {
            // As many rows are written as of an account, and the commit waits for the disk as long.
            (0..3).try_for_each(|_| hold(connection, Lock::NobodysCodes))
        })
    }

    fn delete_expired(&mut self, before: DateTime<Utc>, limit: usize) -> StoreResult<usize> {
        self.write(|connection| {
            let over: Vec<DbId> = links::table
                .filter(links::expires_at.lt(DbInstant(before)))
                .order(links::expires_at)
                .select(links::id)
                .limit(at_most(limit))
                .load(connection)?;
            Ok(diesel::delete(links::table.filter(links::id.eq_any(over))).execute(connection)?)
        })
    }
}
