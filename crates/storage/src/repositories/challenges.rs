//! Half sign-ins.

use super::paging::{ROWS_AT_ONCE, at_most};
use crate::error::RefusedRow;
use crate::schema::sign_in_challenges as challenges;
use crate::types::{DbId, DbInstant};
use crate::unit::Unit;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use portcullis_application::ports::{ChallengeRepository, StoreResult};
use portcullis_domain::{DeviceId, Digest32, SignInChallenge, UserId};

/// A row of `sign_in_challenges`.
#[derive(Queryable, Insertable)]
#[diesel(table_name = challenges)]
struct ChallengeRow {
    digest: Vec<u8>,
    user_id: DbId,
    device: Option<Vec<u8>>,
    methods: String,
    /// For the store alone.
    tries: i64,
    created_at: DbInstant,
    expires_at: DbInstant,
}

impl TryFrom<ChallengeRow> for (SignInChallenge, u32) {
    type Error = RefusedRow;

    fn try_from(row: ChallengeRow) -> Result<Self, RefusedRow> {
        let digest = <[u8; 32]>::try_from(row.digest);
        let digest = digest.map_err(|_| RefusedRow::new("sign_in_challenges.digest", "a digest of another length"))?;
        let methods = row.methods.parse();
        let device = row.device.map(<[u8; DeviceId::BYTES]>::try_from).transpose();
        let device = device.map_err(|_| RefusedRow::new("sign_in_challenges.device", "a name of another length"))?;
        let challenge = SignInChallenge {
            digest: Digest32::new(digest),
            user_id: UserId::from(row.user_id.0),
            device: device.map(DeviceId::new),
            methods: methods.map_err(|error| RefusedRow::new("sign_in_challenges.methods", error))?,
            created_at: row.created_at.0,
            expires_at: row.expires_at.0,
        };
        Ok((challenge, u32::try_from(row.tries).unwrap_or(u32::MAX)))
    }
}

impl ChallengeRepository for Unit<'_> {
    fn open(&mut self, challenge: &SignInChallenge, most: usize) -> StoreResult<()> {
        self.write(|connection| {
            let user = DbId(challenge.user_id.as_uuid());
            let device = challenge.device.map(|device| device.as_bytes().to_vec());
            let beside = challenges::table.filter(challenges::user_id.eq(user)).into_boxed();
            let beside = match &device {
                Some(device) => beside.filter(challenges::device.eq(device)),
                None => beside.filter(challenges::device.is_null()),
            };
            let beyond: Vec<Vec<u8>> = beside
                .order((challenges::created_at.desc(), challenges::digest.desc()))
                .select(challenges::digest)
                .limit(i64::MAX)
                .offset(at_most(most.saturating_sub(1)))
                .load(connection)?;
            for part in beyond.chunks(ROWS_AT_ONCE) {
                diesel::delete(challenges::table.filter(challenges::digest.eq_any(part))).execute(connection)?;
            }
            diesel::insert_into(challenges::table)
                .values(&ChallengeRow {
                    digest: challenge.digest.as_bytes().to_vec(),
                    user_id: user,
                    device,
                    methods: challenge.methods.to_string(),
                    tries: 0,
                    created_at: DbInstant(challenge.created_at),
                    expires_at: DbInstant(challenge.expires_at),
                })
                .execute(connection)?;
            Ok(())
        })
    }

    fn find(&mut self, digest: &Digest32) -> StoreResult<Option<(SignInChallenge, u32)>> {
        self.read(|connection| {
            let row: Option<ChallengeRow> = challenges::table
                .find(digest.as_bytes().as_slice())
                .get_result(connection)
                .optional()?;
            Ok(row.map(TryInto::try_into).transpose()?)
        })
    }

    fn take_try(&mut self, digest: &Digest32, at: DateTime<Utc>, most: u32) -> StoreResult<bool> {
        self.write(|connection| {
            let good = challenges::table
                .find(digest.as_bytes().as_slice())
                .filter(challenges::expires_at.gt(DbInstant(at)))
                .filter(challenges::tries.lt(i64::from(most)));
            let counted = diesel::update(good)
                .set(challenges::tries.eq(challenges::tries + 1))
                .execute(connection)?;
            Ok(counted == 1)
        })
    }

    fn close(&mut self, digest: &Digest32) -> StoreResult<bool> {
        self.write(|connection| {
            let of_digest = challenges::table.find(digest.as_bytes().as_slice());
            Ok(diesel::delete(of_digest).execute(connection)? == 1)
        })
    }

    fn close_all_of(&mut self, user: UserId) -> StoreResult<()> {
        self.write(|connection| {
            let theirs = challenges::table.filter(challenges::user_id.eq(DbId(user.as_uuid())));
            diesel::delete(theirs).execute(connection)?;
            Ok(())
        })
    }

    fn close_all(&mut self) -> StoreResult<()> {
        self.write(|connection| {
            diesel::delete(challenges::table).execute(connection)?;
            Ok(())
        })
    }

    fn delete_expired(&mut self, before: DateTime<Utc>, limit: usize) -> StoreResult<usize> {
        self.write(|connection| {
            let over: Vec<Vec<u8>> = challenges::table
                .filter(challenges::expires_at.lt(DbInstant(before)))
                .order(challenges::expires_at)
                .select(challenges::digest)
                .limit(at_most(limit))
                .load(connection)?;
            let mut deleted = 0;
            for part in over.chunks(ROWS_AT_ONCE) {
                deleted +=
                    diesel::delete(challenges::table.filter(challenges::digest.eq_any(part))).execute(connection)?;
            }
            Ok(deleted)
        })
    }
}
