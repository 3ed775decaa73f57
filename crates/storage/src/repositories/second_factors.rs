//! Second factors.

use super::code_failures::{Counter, note_wrong, wrong};
use super::paging::at_most;
use crate::error::RefusedRow;
use crate::schema::{recovery_codes, totp};
use crate::types::{DbId, DbInstant};
use crate::unit::Unit;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use portcullis_application::ports::{SecondFactorRepository, StoreResult, WrongCodes};
use portcullis_domain::{ActiveTotp, CodeCounter, Digest32, EncryptedSecret, PendingTotp, SessionId, Totp, UserId};

/// A row of `totp`.
#[derive(Queryable)]
struct TotpRow {
    user_id: DbId,
    secret: Option<Vec<u8>>,
    confirmed_at: Option<DbInstant>,
    last_step: Option<i64>,
    pending: Option<Vec<u8>>,
    pending_since: Option<DbInstant>,
    pending_session: Option<DbId>,
}

impl TryFrom<TotpRow> for Totp {
    type Error = RefusedRow;

    fn try_from(row: TotpRow) -> Result<Self, RefusedRow> {
        let active = match (row.secret, row.confirmed_at, row.last_step) {
            (Some(secret), Some(confirmed_at), Some(last_step)) => Some(ActiveTotp {
                secret: EncryptedSecret::new(secret),
                confirmed_at: confirmed_at.0,
                last_step: u64::try_from(last_step).map_err(|_| RefusedRow::new("totp.last_step", "below zero"))?,
            }),
            (None, None, None) => None,
            _ => {
                return Err(RefusedRow::new(
                    "totp.secret",
                    "part of a secret that counts is missing",
                ));
            }
        };
        let pending = row.pending.zip(row.pending_since).zip(row.pending_session);
        Ok(Self {
            active,
            pending: pending.map(|((secret, since), session)| PendingTotp {
                secret: EncryptedSecret::new(secret),
                since: since.0,
                session: SessionId::from(session.0),
            }),
        })
    }
}

/// No step leaves the range of the column: they count half minutes since 1970.
fn number_of(step: u64) -> i64 {
    i64::try_from(step).unwrap_or(i64::MAX)
}

impl SecondFactorRepository for Unit<'_> {
    fn find_totp(&mut self, user: UserId) -> StoreResult<Totp> {
        self.read(|connection| {
            let row: Option<TotpRow> = totp::table
                .find(DbId(user.as_uuid()))
                .get_result(connection)
                .optional()?;
            Ok(row.map(Totp::try_from).transpose()?.unwrap_or_default())
        })
    }

    fn propose_totp(&mut self, user: UserId, pending: &PendingTotp) -> StoreResult<()> {
        self.write(|connection| {
            let id = DbId(user.as_uuid());
            let proposed = (
                totp::pending.eq(pending.secret.as_bytes()),
                totp::pending_since.eq(DbInstant(pending.since)),
                totp::pending_session.eq(DbId(pending.session.as_uuid())),
            );
            let replaced = diesel::update(totp::table.find(id)).set(proposed).execute(connection)?;
            // The unit holds the user's row, so that nobody else adds one in between.
            if replaced == 0 {
                diesel::insert_into(totp::table)
                    .values((totp::user_id.eq(id), proposed))
                    .execute(connection)?;
            }
            Ok(())
        })
    }

    fn confirm_totp(
        &mut self,
        user: UserId,
        pending: &EncryptedSecret,
        step: u64,
        at: DateTime<Utc>,
    ) -> StoreResult<bool> {
        self.write(|connection| {
            let waiting = totp::table
                .find(DbId(user.as_uuid()))
                .filter(totp::pending.eq(pending.as_bytes()));
            let confirmed = diesel::update(waiting)
                .set((
                    totp::secret.eq(totp::pending),
                    totp::confirmed_at.eq(DbInstant(at)),
                    totp::last_step.eq(number_of(step)),
                    totp::pending.eq(None::<Vec<u8>>),
                    totp::pending_since.eq(None::<DbInstant>),
                    totp::pending_session.eq(None::<DbId>),
                ))
                .execute(connection)?;
            Ok(confirmed == 1)
        })
    }

    fn use_step(&mut self, user: UserId, step: u64) -> StoreResult<bool> {
        self.write(|connection| {
            let later = totp::table
                .find(DbId(user.as_uuid()))
                .filter(totp::last_step.lt(number_of(step)));
            let changed = diesel::update(later)
                .set(totp::last_step.eq(number_of(step)))
                .execute(connection)?;
            Ok(changed == 1)
        })
    }

    fn encrypt_anew(&mut self, user: UserId, old: &EncryptedSecret, new: &EncryptedSecret) -> StoreResult<()> {
        self.write(|connection| {
            let id = DbId(user.as_uuid());
            let counting = totp::table.find(id).filter(totp::secret.eq(old.as_bytes()));
            diesel::update(counting)
                .set(totp::secret.eq(new.as_bytes()))
                .execute(connection)?;
            let waiting = totp::table.find(id).filter(totp::pending.eq(old.as_bytes()));
            diesel::update(waiting)
                .set(totp::pending.eq(new.as_bytes()))
                .execute(connection)?;
            Ok(())
        })
    }

    fn list_totp(&mut self, after: Option<UserId>, limit: usize) -> StoreResult<Vec<(UserId, Totp)>> {
        self.read(|connection| {
            let mut rows = totp::table.order(totp::user_id).limit(at_most(limit)).into_boxed();
            if let Some(after) = after {
                rows = rows.filter(totp::user_id.gt(DbId(after.as_uuid())));
            }
            let rows: Vec<TotpRow> = rows.load(connection)?;
            let listed = rows
                .into_iter()
                .map(|row| Ok((UserId::from(row.user_id.0), row.try_into()?)));
            Ok(listed.collect::<Result<_, RefusedRow>>()?)
        })
    }

    fn remove_all(&mut self, user: UserId) -> StoreResult<()> {
        self.write(|connection| {
            let id = DbId(user.as_uuid());
            diesel::delete(totp::table.find(id)).execute(connection)?;
            diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(id))).execute(connection)?;
            Ok(())
        })
    }

    fn replace_recovery_codes(&mut self, user: UserId, digests: &[Digest32]) -> StoreResult<()> {
        self.write(|connection| {
            let id = DbId(user.as_uuid());
            diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(id))).execute(connection)?;
            for digest in digests {
                diesel::insert_into(recovery_codes::table)
                    .values((
                        recovery_codes::user_id.eq(id),
                        recovery_codes::digest.eq(digest.as_bytes().as_slice()),
                    ))
                    .execute(connection)?;
            }
            Ok(())
        })
    }

    fn use_recovery_code(&mut self, user: UserId, digest: &Digest32) -> StoreResult<bool> {
        self.write(|connection| {
            let of_digest = recovery_codes::table.find((DbId(user.as_uuid()), digest.as_bytes().as_slice()));
            Ok(diesel::delete(of_digest).execute(connection)? == 1)
        })
    }

    fn count_recovery_codes(&mut self, user: UserId) -> StoreResult<usize> {
        self.read(|connection| {
            let theirs = recovery_codes::table.filter(recovery_codes::user_id.eq(DbId(user.as_uuid())));
            let count: i64 = theirs.count().get_result(connection)?;
            // No count is below zero.
            Ok(usize::try_from(count).unwrap_or_default())
        })
    }

    fn wrong_factor_codes(
        &mut self,
        user: UserId,
        counter: CodeCounter,
        since: DateTime<Utc>,
    ) -> StoreResult<Option<WrongCodes>> {
        let counter = Counter::of_factor(user, counter);
        self.read(|connection| Ok(wrong(connection, &counter, since)?))
    }

    fn note_wrong_factor_code(
        &mut self,
        user: UserId,
        counter: CodeCounter,
        since: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> StoreResult<()> {
        let counter = Counter::of_factor(user, counter);
        self.write(|connection| Ok(note_wrong(connection, &counter, since, at)?))
    }
}
