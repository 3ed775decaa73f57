//! Grants.

mod endings;
mod row;
mod upkeep;

use self::row::{GrantRow, address_of, number_of, user_agent_of};
use super::clients::members::{self, MemberRow};
use super::consents::ConsentRow;
use super::sessions::SessionRow;
use super::users::{FoundUser, found_user};
use crate::connection::{Cached, direct};
use crate::schema::{client_members, consents, grants, sessions, users};
use crate::types::{DbId, DbInstant};
use crate::unit::Unit;
use chrono::{DateTime, Utc};
use diesel::dsl::{count, count_star};
use diesel::prelude::*;
use portcullis_application::ports::{
    GrantEndings, GrantInUse, GrantRepository, GrantsToEnd, LiveGrants, StoreResult, SweepGrants, Swept,
};
use portcullis_domain::{
    AuditReason, Consent, Ending, Generation, Grant, GrantId, RegistrationId, Revocation, Session, User, UserId,
};

/// A grant, and what it hangs on.
type InUseRow = (
    GrantRow,
    FoundUser,
    Option<SessionRow>,
    Option<ConsentRow>,
    Option<MemberRow>,
);

impl GrantRepository for Unit<'_> {
    fn insert(&mut self, grant: &Grant) -> StoreResult<()> {
        self.write(|connection| {
            let row = GrantRow::from(grant);
            Ok(connection.insert_soon(&diesel::insert_into(grants::table).values(&row))?)
        })
    }

    fn find(&mut self, id: GrantId) -> StoreResult<Option<Grant>> {
        self.read(|connection| {
            let row: Option<GrantRow> = direct::find(grants::table.find(DbId(id.as_uuid())), connection)?;
            Ok(row.map(Grant::try_from).transpose()?)
        })
    }

    fn find_in_use(&mut self, id: GrantId) -> StoreResult<Option<GrantInUse>> {
        self.read(|connection| {
            let of_this = consents::user_id
                .eq(grants::user_id)
                .and(consents::client.eq(grants::client));
            let is_member = client_members::user_id
                .eq(grants::user_id)
                .and(client_members::client.eq(grants::client));
            let row = grants::table
                .inner_join(users::table)
                .left_join(sessions::table.on(sessions::id.eq(grants::session_id)))
                .left_join(consents::table.on(of_this))
                .left_join(client_members::table.on(is_member))
                .filter(grants::id.eq(DbId(id.as_uuid())))
                .select((
                    grants::all_columns,
                    found_user(),
                    sessions::all_columns.nullable(),
                    consents::all_columns.nullable(),
                    members::COLUMNS.nullable(),
                ));
            let row: Option<InUseRow> = direct::find(row, connection)?;
            let Some((grant, user, session, consent, member)) = row else {
                return Ok(None);
            };
            Ok(Some(GrantInUse {
                grant: grant.try_into()?,
                user: User::try_from(user)?,
                session: session.map(Session::try_from).transpose()?,
                consent: consent.map(Consent::try_from).transpose()?,
                member: member.map(members::member).transpose()?,
            }))
        })
    }

    fn list_live(&mut self, user: UserId, at: DateTime<Utc>) -> StoreResult<Vec<Grant>> {
        self.read(|connection| {
            let rows: Vec<GrantRow> = grants::table
                .filter(grants::user_id.eq(DbId(user.as_uuid())))
                .filter(grants::revoked_at.is_null())
                .filter(grants::expires_at.gt(DbInstant(at)))
                .order((grants::created_at.desc(), grants::id.desc()))
                .load(connection)?;
            Ok(rows.into_iter().map(Grant::try_from).collect::<Result<_, _>>()?)
        })
    }

    fn count_live(&mut self, client: RegistrationId, at: DateTime<Utc>) -> StoreResult<LiveGrants> {
        self.read(|connection| {
            let live = grants::table
                .filter(grants::client.eq(DbId(client.as_uuid())))
                .filter(grants::revoked_at.is_null())
                .filter(grants::expires_at.gt(DbInstant(at)));
            let (users, grants): (i64, i64) = live
                .select((count(grants::user_id).aggregate_distinct(), count_star()))
                .get_result(connection)?;
            Ok(LiveGrants {
                users: users.unsigned_abs(),
                grants: grants.unsigned_abs(),
            })
        })
    }

    fn redeem(&mut self, redeemed: &Grant) -> StoreResult<bool> {
        self.write_at_once(|connection| {
            let pending = grants::table
                .find(DbId(redeemed.id.as_uuid()))
                .filter(grants::redeemed_at.is_null())
                .filter(grants::revoked_at.is_null());
            let nothing: Option<String> = None;
            let rotation = &redeemed.rotation;
            let written = diesel::update(pending).set((
                grants::redeemed_at.eq(redeemed.redeemed_at.map(DbInstant)),
                grants::redirect_uri.eq(nothing.clone()),
                grants::code_challenge.eq(nothing.clone()),
                grants::nonce.eq(nothing),
                grants::code_until.eq(None::<DbInstant>),
                grants::rotated_at.eq(DbInstant(rotation.rotated_at)),
                grants::last_used_at.eq(DbInstant(redeemed.last_used_at)),
                grants::expires_at.eq(DbInstant(rotation.expires_at)),
                grants::access_until.eq(DbInstant(rotation.access_until)),
                grants::address.eq(address_of(&redeemed.device)),
                grants::user_agent.eq(user_agent_of(&redeemed.device)),
            ));
            Ok(Cached(written).execute(connection)? == 1)
        })
    }

    fn advance(&mut self, spent: Generation, next: &Grant) -> StoreResult<bool> {
        self.write_at_once(|connection| {
            let unspent = grants::table
                .find(DbId(next.id.as_uuid()))
                .filter(grants::generation.eq(number_of(spent)))
                .filter(grants::redeemed_at.is_not_null())
                .filter(grants::revoked_at.is_null());
            let written = diesel::update(unspent).set((
                grants::generation.eq(number_of(next.rotation.generation)),
                grants::rotated_at.eq(DbInstant(next.rotation.rotated_at)),
                grants::last_used_at.eq(DbInstant(next.last_used_at)),
                grants::expires_at.eq(DbInstant(next.rotation.expires_at)),
                grants::access_until.eq(DbInstant(next.rotation.access_until)),
                grants::address.eq(address_of(&next.device)),
                grants::user_agent.eq(user_agent_of(&next.device)),
            ));
            Ok(Cached(written).execute(connection)? == 1)
        })
    }

    fn sweep(&mut self, after: Option<GrantId>, over: SweepGrants, batch: usize) -> StoreResult<Swept<GrantId>> {
        self.write(|connection| upkeep::sweep(connection, after, over, batch))
    }
}

impl GrantEndings for Unit<'_> {
    fn end(&mut self, which: GrantsToEnd, reason: AuditReason, ending: &Ending) -> StoreResult<Vec<Revocation>> {
        self.write(|connection| endings::end(connection, which, reason, ending))
    }

    fn end_next(
        &mut self,
        after: Option<GrantId>,
        reason: AuditReason,
        ending: &Ending,
        batch: usize,
    ) -> StoreResult<Swept<GrantId>> {
        self.write(|connection| upkeep::end_next(connection, after, reason, ending, batch))
    }

    fn outdate(&mut self, id: GrantId, through: Generation, ending: &Ending) -> StoreResult<Option<Revocation>> {
        self.write(|connection| endings::outdate(connection, id, through, ending))
    }
}
