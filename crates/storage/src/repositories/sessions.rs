//! Sessions.

pub(crate) mod together;
mod upkeep;

use super::consents::ConsentRow;
use super::paging::{Place, ROWS_AT_ONCE, at_most, to_read};
use super::revocations::{self, Ended, Families};
use super::users::{FoundUser, FoundUserColumns, found_user};
use crate::connection::{Cached, direct};
use crate::error::RefusedRow;
use crate::schema::{consents, sessions, users};
use crate::types::{DbId, DbInstant};
use crate::unit::Unit;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::QueryFragment;
use diesel::sql_types::Bool;
use diesel::sqlite::Sqlite;
use portcullis_application::ports::{SessionEndings, SessionRepository, StoreResult, Swept};
use portcullis_domain::{
    Consent, Device, Ending, Generation, PageRequest, RegistrationId, Revocation, Rotation, Seed, Session, SessionId,
    User, UserAgent, UserId,
};

const PLACE: Place = Place {
    at: "sessions.created_at",
    id: "sessions.id",
};

/// A row of `sessions`.
#[derive(Queryable, Insertable)]
#[diesel(table_name = sessions)]
// Null is written as such, so that the statement is the same for each row and is prepared once.
#[diesel(treat_none_as_default_value = false)]
pub(super) struct SessionRow {
    id: DbId,
    user_id: DbId,
    kind: String,
    authenticated_at: DbInstant,
    methods: String,
    seed: Vec<u8>,
    generation: i64,
    created_at: DbInstant,
    rotated_at: DbInstant,
    last_used_at: DbInstant,
    expires_at: DbInstant,
    revoked_at: Option<DbInstant>,
    address: Option<String>,
    user_agent: Option<String>,
    outdated: Option<i64>,
    access_until: DbInstant,
}

impl From<&Session> for SessionRow {
    fn from(session: &Session) -> Self {
        let rotation = &session.rotation;
        Self {
            id: DbId(session.id.as_uuid()),
            user_id: DbId(session.user_id.as_uuid()),
            kind: session.kind.as_str().to_owned(),
            authenticated_at: DbInstant(session.authenticated_at),
            methods: session.methods.to_string(),
            seed: rotation.seed.expose().to_vec(),
            generation: number_of(rotation.generation),
            created_at: DbInstant(rotation.created_at),
            rotated_at: DbInstant(rotation.rotated_at),
            last_used_at: DbInstant(session.last_used_at),
            expires_at: DbInstant(rotation.expires_at),
            revoked_at: session.revoked_at.map(DbInstant),
            address: address_of(&session.device),
            user_agent: user_agent_of(&session.device),
            outdated: rotation.outdated.map(number_of),
            access_until: DbInstant(rotation.access_until),
        }
    }
}

impl TryFrom<SessionRow> for Session {
    type Error = RefusedRow;

    fn try_from(row: SessionRow) -> Result<Self, RefusedRow> {
        let seed: [u8; Seed::BYTES] = row
            .seed
            .try_into()
            .map_err(|_| RefusedRow::new("sessions.seed", "not 32 bytes"))?;
        let below_zero = |column| move |_| RefusedRow::new(column, "below zero");
        let generation = u64::try_from(row.generation).map_err(below_zero("sessions.generation"))?;
        let outdated = row.outdated.map(u64::try_from).transpose();
        let outdated = outdated.map_err(below_zero("sessions.outdated"))?;
        let kind = row.kind.parse();
        let kind = kind.map_err(|error| RefusedRow::new("sessions.kind", error))?;
        let methods = row.methods.parse();
        let methods = methods.map_err(|error| RefusedRow::new("sessions.methods", error))?;
        let address = row
            .address
            .map(|text| text.parse())
            .transpose()
            .map_err(|_| RefusedRow::new("sessions.address", "not an IP address"))?;
        Ok(Self {
            id: SessionId::from(row.id.0),
            user_id: UserId::from(row.user_id.0),
            kind,
            authenticated_at: row.authenticated_at.0,
            methods,
            last_used_at: row.last_used_at.0,
            revoked_at: row.revoked_at.map(|at| at.0),
            device: Device {
                address,
                user_agent: row.user_agent.as_deref().and_then(UserAgent::from_text),
            },
            rotation: Rotation {
                seed: Seed::new(seed),
                generation: Generation::new(generation),
                created_at: row.created_at.0,
                rotated_at: row.rotated_at.0,
                expires_at: row.expires_at.0,
                outdated: outdated.map(Generation::new),
                access_until: row.access_until.0,
            },
        })
    }
}

/// No session lives long enough to leave the range of the column.
fn number_of(generation: Generation) -> i64 {
    i64::try_from(generation.number()).unwrap_or(i64::MAX)
}

pub(super) fn address_of(device: &Device) -> Option<String> {
    device.address.map(|address| address.to_string())
}

pub(super) fn user_agent_of(device: &Device) -> Option<String> {
    device.user_agent.as_ref().map(|agent| agent.as_str().to_owned())
}

/// What a revocation names of a session.
const IDENTITY: (sessions::id, sessions::generation, sessions::access_until) =
    (sessions::id, sessions::generation, sessions::access_until);

/// A session that was not ended by anybody; it may have expired.
#[diesel::dsl::auto_type(no_type_alias)]
fn not_revoked(user: DbId) -> _ {
    sessions::user_id.eq(user).and(sessions::revoked_at.is_null())
}

/// The session of that id, and its user.
#[diesel::dsl::auto_type(no_type_alias)]
fn with_user(id: DbId) -> _ {
    let session: <sessions::table as Table>::AllColumns = sessions::all_columns;
    let user: FoundUserColumns = found_user();
    sessions::table
        .inner_join(users::table)
        .filter(sessions::id.eq(id))
        .select((session, user))
}

fn session_and_user((session, user): (SessionRow, FoundUser)) -> Result<(Session, User), RefusedRow> {
    Ok((session.try_into()?, user.try_into()?))
}

/// Writes `next` over `before`, as [`SessionRepository::advance`] says.
fn advance_of(before: &Session, next: &Session) -> Cached<impl QueryFragment<Pg> + QueryFragment<Sqlite> + use<>> {
    let outdated = before.rotation.outdated.map(number_of);
    let unchanged = sessions::table
        .find(DbId(before.id.as_uuid()))
        .filter(sessions::generation.eq(number_of(before.rotation.generation)))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::authenticated_at.eq(DbInstant(before.authenticated_at)))
        .filter(sessions::access_until.le(DbInstant(next.rotation.access_until)))
        // One text for both cases: to be equal to nothing is never true.
        .filter(
            sessions::outdated
                .eq(outdated)
                .or(sessions::outdated.is_null().and(outdated.is_none().into_sql::<Bool>())),
        );
    Cached(diesel::update(unchanged).set((
        sessions::generation.eq(number_of(next.rotation.generation)),
        sessions::rotated_at.eq(DbInstant(next.rotation.rotated_at)),
        sessions::last_used_at.eq(DbInstant(next.last_used_at)),
        sessions::expires_at.eq(DbInstant(next.rotation.expires_at)),
        sessions::access_until.eq(DbInstant(next.rotation.access_until)),
        sessions::address.eq(address_of(&next.device)),
        sessions::user_agent.eq(user_agent_of(&next.device)),
    )))
}

impl SessionRepository for Unit<'_> {
    fn find(&mut self, id: SessionId) -> StoreResult<Option<Session>> {
        self.read(|connection| {
            let row: Option<SessionRow> = direct::find(sessions::table.find(DbId(id.as_uuid())), connection)?;
            Ok(row.map(Session::try_from).transpose()?)
        })
    }

    fn find_with_user(&mut self, id: SessionId) -> StoreResult<Option<(Session, User)>> {
        self.read(|connection| {
            let row: Option<(SessionRow, FoundUser)> = direct::find(with_user(DbId(id.as_uuid())), connection)?;
            Ok(row.map(session_and_user).transpose()?)
        })
    }

    fn hold_with_user(&mut self, id: SessionId) -> StoreResult<Option<(Session, User)>> {
        self.write(|connection| {
            let id = DbId(id.as_uuid());
            let row: Option<(SessionRow, FoundUser)> = if connection.writes_alone() {
                direct::find(with_user(id), connection)?
            } else {
                let untouched =
                    diesel::update(sessions::table.find(id)).set(sessions::generation.eq(sessions::generation));
                Cached(untouched).execute_then_find(with_user(id), connection)?
            };
            Ok(row.map(session_and_user).transpose()?)
        })
    }

    fn find_with_consent(
        &mut self,
        id: SessionId,
        client: RegistrationId,
    ) -> StoreResult<Option<(Session, User, Option<Consent>)>> {
        self.read(|connection| {
            let of_both = consents::user_id
                .eq(sessions::user_id)
                .and(consents::client.eq(DbId(client.as_uuid())));
            let rows = sessions::table
                .inner_join(users::table)
                .left_join(consents::table.on(of_both))
                .filter(sessions::id.eq(DbId(id.as_uuid())))
                .select((sessions::all_columns, found_user(), consents::all_columns.nullable()));
            let rows: Option<(SessionRow, FoundUser, Option<ConsentRow>)> = direct::find(rows, connection)?;
            let Some((session, user, consent)) = rows else {
                return Ok(None);
            };
            let consent = consent.map(Consent::try_from).transpose()?;
            Ok(Some((session.try_into()?, user.try_into()?, consent)))
        })
    }

    fn lock_with_user(&mut self, id: SessionId, user: UserId) -> StoreResult<Option<(Session, User)>> {
        self.write(|connection| {
            let user = DbId(user.as_uuid());
            let rows = with_user(DbId(id.as_uuid())).filter(sessions::user_id.eq(user));
            let row: Option<(SessionRow, FoundUser)> = if connection.writes_alone() {
                direct::find(rows, connection)?
            } else {
                let untouched = users::table.find(user);
                let untouched = diesel::update(untouched).set(users::email_verified.eq(users::email_verified));
                // Read after the row was taken: it waited for whoever ended the session meanwhile.
                Cached(untouched).execute_then_find(rows, connection)?
            };
            Ok(row.map(session_and_user).transpose()?)
        })
    }

    fn list_live(&mut self, user: UserId, at: DateTime<Utc>, request: &PageRequest) -> StoreResult<Vec<Session>> {
        self.read(|connection| {
            let mut live = sessions::table
                .filter(not_revoked(DbId(user.as_uuid())))
                .filter(sessions::expires_at.gt(DbInstant(at)))
                .order((sessions::created_at.desc(), sessions::id.desc()))
                .limit(to_read(request))
                .into_boxed();
            if let Some(after) = request.after {
                live = live.filter(PLACE.is_before(after));
            }
            let rows: Vec<SessionRow> = Cached(live).load(connection)?;
            Ok(rows.into_iter().map(Session::try_from).collect::<Result<_, _>>()?)
        })
    }

    fn insert(&mut self, session: &Session) -> StoreResult<()> {
        self.write(|connection| {
            let row = SessionRow::from(session);
            Ok(connection.insert_soon(&diesel::insert_into(sessions::table).values(&row))?)
        })
    }

    fn advance(&mut self, before: &Session, next: &Session) -> StoreResult<bool> {
        self.write_at_once(|connection| Ok(advance_of(before, next).execute(connection)? == 1))
    }

    fn renew(&mut self, spent: Generation, next: &Session) -> StoreResult<bool> {
        self.write(|connection| {
            let unspent = sessions::table
                .find(DbId(next.id.as_uuid()))
                .filter(sessions::generation.eq(number_of(spent)))
                .filter(sessions::revoked_at.is_null())
                .filter(sessions::access_until.le(DbInstant(next.rotation.access_until)));
            let renewed = diesel::update(unspent).set((
                sessions::generation.eq(number_of(next.rotation.generation)),
                sessions::rotated_at.eq(DbInstant(next.rotation.rotated_at)),
                sessions::last_used_at.eq(DbInstant(next.last_used_at)),
                sessions::expires_at.eq(DbInstant(next.rotation.expires_at)),
                sessions::access_until.eq(DbInstant(next.rotation.access_until)),
                sessions::authenticated_at.eq(DbInstant(next.authenticated_at)),
                sessions::methods.eq(next.methods.to_string()),
                sessions::address.eq(address_of(&next.device)),
                sessions::user_agent.eq(user_agent_of(&next.device)),
            ));
            Ok(renewed.execute(connection)? == 1)
        })
    }

    fn count_live(&mut self, user: UserId, at: DateTime<Utc>) -> StoreResult<usize> {
        self.read(|connection| {
            let live = sessions::table
                .filter(not_revoked(DbId(user.as_uuid())))
                .filter(sessions::expires_at.gt(DbInstant(at)));
            let count: i64 = live.count().get_result(connection)?;
            // No count is below zero.
            Ok(usize::try_from(count).unwrap_or_default())
        })
    }

    fn note_use(&mut self, used: &[(SessionId, DateTime<Utc>)], idle: TimeDelta) -> StoreResult<usize> {
        self.write(|connection| upkeep::note_use(connection, used, idle))
    }

    fn sweep(&mut self, after: Option<SessionId>, before: DateTime<Utc>, batch: usize) -> StoreResult<Swept> {
        self.write(|connection| upkeep::sweep(connection, after, before, batch))
    }
}

impl SessionEndings for Unit<'_> {
    fn revoke_family(&mut self, revocation: &Revocation) -> StoreResult<()> {
        self.write(|connection| revocations::add_one(connection, revocation))
    }

    fn revoke(&mut self, id: SessionId, ending: &Ending) -> StoreResult<Option<Revocation>> {
        self.write(|connection| {
            let not_revoked = sessions::table
                .find(DbId(id.as_uuid()))
                .filter(sessions::revoked_at.is_null());
            let revoked = diesel::update(not_revoked)
                .set(sessions::revoked_at.eq(DbInstant(ending.at)))
                .returning(IDENTITY);
            let ended = Cached(revoked).load(connection)?;
            Ok(revocations::add(connection, Families::Sessions, ended, ending)?.pop())
        })
    }

    fn revoke_all(&mut self, user: UserId, except: Option<SessionId>, ending: &Ending) -> StoreResult<Vec<Revocation>> {
        let theirs = sessions::table.filter(not_revoked(DbId(user.as_uuid())));
        let at_the_ending = sessions::revoked_at.eq(DbInstant(ending.at));
        self.write(|connection| {
            let ended = match except {
                Some(kept) => {
                    let others = theirs.filter(sessions::id.ne(DbId(kept.as_uuid())));
                    Cached(diesel::update(others).set(at_the_ending).returning(IDENTITY)).load(connection)
                }
                None => Cached(diesel::update(theirs).set(at_the_ending).returning(IDENTITY)).load(connection),
            };
            revocations::add(connection, Families::Sessions, ended?, ending)
        })
    }

    fn revoke_oldest(&mut self, user: UserId, keep: usize, ending: &Ending) -> StoreResult<Vec<Revocation>> {
        self.write(|connection| {
            let beyond = sessions::table
                .filter(not_revoked(DbId(user.as_uuid())))
                .filter(sessions::expires_at.gt(DbInstant(ending.at)))
                .order((sessions::created_at.desc(), sessions::id.desc()))
                .select(sessions::id)
                .limit(i64::MAX)
                .offset(at_most(keep));
            let beyond: Vec<DbId> = direct::list(beyond, connection)?;
            let mut revoked = Vec::with_capacity(beyond.len());
            for part in beyond.chunks(ROWS_AT_ONCE) {
                let still_there = sessions::table
                    .filter(sessions::id.eq_any(part))
                    .filter(sessions::revoked_at.is_null());
                let ended: Vec<Ended> = diesel::update(still_there)
                    .set(sessions::revoked_at.eq(DbInstant(ending.at)))
                    .returning(IDENTITY)
                    .load(connection)?;
                revoked.extend(revocations::add(connection, Families::Sessions, ended, ending)?);
            }
            Ok(revoked)
        })
    }

    fn revoke_next(&mut self, after: Option<SessionId>, ending: &Ending, batch: usize) -> StoreResult<Swept> {
        self.write(|connection| upkeep::revoke_next(connection, after, ending, batch))
    }

    fn outdate_all(&mut self, user: UserId, ending: &Ending) -> StoreResult<Vec<Revocation>> {
        let theirs = sessions::table.filter(not_revoked(DbId(user.as_uuid())));
        self.write(|connection| {
            let outdated = diesel::update(theirs)
                .set(sessions::outdated.eq(sessions::generation.nullable()))
                .returning(IDENTITY);
            let outdated = Cached(outdated).load(connection)?;
            revocations::add(connection, Families::Sessions, outdated, ending)
        })
    }
}
