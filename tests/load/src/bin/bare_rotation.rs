//! Rotates sessions on SQLite over one connection, commits each, and prints how many a second.
//!
//! Call: `bare_rotation FILE SECONDS`; the file must not exist.

use anyhow::Context as _;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use diesel::sqlite::{Sqlite, SqliteConnection};
use portcullis_load::store::{self, Session, User, sessions, users};
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = PathBuf::from(arguments.next().context("call: bare_rotation FILE SECONDS")?);
    let seconds: u64 = arguments.next().context("call: bare_rotation FILE SECONDS")?.parse()?;
    let mut connection = store::connect(&file)?;
    store::fill(&mut connection)?;

    let start = Instant::now();
    let mut rotated = 0_u32;
    while start.elapsed() < Duration::from_secs(seconds) {
        rotate(&mut connection, rotated % store::SESSIONS)?;
        rotated += 1;
    }
    let rate = f64::from(rotated) / start.elapsed().as_secs_f64();
    writeln!(std::io::stdout(), "{rate:.1}")?;
    Ok(())
}

/// The guarded write of the next generation. Diesel's own UPDATE statements are prepared anew each time; this one is
/// prepared once, as befits a limit.
#[derive(QueryId)]
struct Advance(Session);

impl QueryFragment<Sqlite> for Advance {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        let Self(session) = self;
        out.push_sql("UPDATE sessions SET generation = 1 + ");
        out.push_bind_param::<BigInt, _>(&session.generation)?;
        out.push_sql(", rotated_at = 1 + ");
        out.push_bind_param::<BigInt, _>(&session.rotated_at)?;
        out.push_sql(", last_used_at = 1 + ");
        out.push_bind_param::<BigInt, _>(&session.last_used_at)?;
        out.push_sql(", expires_at = 1 + ");
        out.push_bind_param::<BigInt, _>(&session.expires_at)?;
        out.push_sql(", access_until = 1 + ");
        out.push_bind_param::<BigInt, _>(&session.access_until)?;
        out.push_sql(", address = ");
        out.push_bind_param::<Nullable<Text>, _>(&session.address)?;
        out.push_sql(", user_agent = ");
        out.push_bind_param::<Nullable<Text>, _>(&session.user_agent)?;
        out.push_sql(" WHERE id = ");
        out.push_bind_param::<Binary, _>(&session.id)?;
        out.push_sql(" AND generation = ");
        out.push_bind_param::<BigInt, _>(&session.generation)?;
        out.push_sql(" AND revoked_at IS NULL");
        Ok(())
    }
}

impl RunQueryDsl<SqliteConnection> for Advance {}

/// What a refresh asks of the store: the session, a guarded write to it, and then its user.
fn rotate(connection: &mut SqliteConnection, number: u32) -> anyhow::Result<User> {
    let id = store::id(number).into_bytes().to_vec();
    connection.immediate_transaction(|connection| {
        let session = sessions::table
            .find(&id)
            .select(Session::as_select())
            .first(connection)?;
        let user_id = session.user_id.clone();
        let written = Advance(session).execute(connection)?;
        anyhow::ensure!(written == 1, "the session was rotated by somebody else");
        Ok(users::table.find(user_id).select(User::as_select()).first(connection)?)
    })
}
