//! An SQLite store of users and sessions in Portcullis' schema, with nothing around it.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use std::path::Path;
use uuid::Uuid;

/// As many sessions as take turns, each of its own user.
pub const SESSIONS: u32 = 256;

diesel::table! {
    /// Users.
    users (id) {
        /// A UUID, 16 bytes.
        id -> Binary,
        /// Unique.
        email -> Text,
        /// Whether mail reaches the user.
        email_verified -> Bool,
        /// What the user is called.
        full_name -> Text,
        /// `USER` or `ADMIN`.
        role -> Text,
        /// Whether the user may sign in.
        is_active -> Bool,
        /// Microseconds since 1970.
        created_at -> BigInt,
        /// Address and name, folded.
        search_text -> Text,
    }
}

diesel::table! {
    /// Sessions, a row for each sign-in.
    sessions (id) {
        /// A UUID, 16 bytes.
        id -> Binary,
        /// The user's id.
        user_id -> Binary,
        /// What is shown to go on with it.
        kind -> Text,
        /// The time of the last proof of identity.
        authenticated_at -> BigInt,
        /// The methods of that proof.
        methods -> Text,
        /// 32 bytes.
        seed -> Binary,
        /// Counts the refreshes.
        generation -> BigInt,
        /// Microseconds since 1970, as are all times.
        created_at -> BigInt,
        /// The time of the last refresh.
        rotated_at -> BigInt,
        /// The time of the last use.
        last_used_at -> BigInt,
        /// The time of the end.
        expires_at -> BigInt,
        /// The time of the revocation.
        revoked_at -> Nullable<BigInt>,
        /// The client's address.
        address -> Nullable<Text>,
        /// The client's program.
        user_agent -> Nullable<Text>,
        /// The highest generation that counts no more.
        outdated -> Nullable<BigInt>,
        /// When the last access token expires.
        access_until -> BigInt,
    }
}

/// Portcullis' own, so that both sides write the same bytes.
const SCHEMA: &str = include_str!("../../../migrations/sqlite/2026-11-30-000001_first/up.sql");

/// A user's row.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct User {
    /// A UUID, 16 bytes.
    pub id: Vec<u8>,
    /// Unique.
    pub email: String,
    /// Whether mail reaches the user.
    pub email_verified: bool,
    /// What the user is called.
    pub full_name: String,
    /// `USER` or `ADMIN`.
    pub role: String,
    /// Whether the user may sign in.
    pub is_active: bool,
    /// Microseconds since 1970.
    pub created_at: i64,
    /// Address and name, folded.
    pub search_text: String,
}

/// A session's row.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub struct Session {
    /// A UUID, 16 bytes.
    pub id: Vec<u8>,
    /// The user's id.
    pub user_id: Vec<u8>,
    /// The time of the last proof of identity.
    pub authenticated_at: i64,
    /// The methods of that proof.
    pub methods: String,
    /// 32 bytes.
    pub seed: Vec<u8>,
    /// Counts the refreshes.
    pub generation: i64,
    /// Microseconds since 1970, as are all times.
    pub created_at: i64,
    /// The time of the last refresh.
    pub rotated_at: i64,
    /// The time of the last use.
    pub last_used_at: i64,
    /// The time of the end.
    pub expires_at: i64,
    /// The time of the revocation.
    pub revoked_at: Option<i64>,
    /// The client's address.
    pub address: Option<String>,
    /// The client's program.
    pub user_agent: Option<String>,
    /// The highest generation that counts no more.
    pub outdated: Option<i64>,
    /// When the last access token expires.
    pub access_until: i64,
}

/// The id of the user or the session of that number.
#[must_use]
pub fn id(number: u32) -> Uuid {
    // Scattered over the tree's pages as random ids are: an odd factor maps no two numbers to one.
    Uuid::from_u128(u128::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835))
}

/// The settings of a store that loses nothing at a power cut.
const SETTINGS: &str =
    "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";

/// Opens a connection.
pub fn connect(file: &Path) -> anyhow::Result<SqliteConnection> {
    let mut connection = SqliteConnection::establish(&file.to_string_lossy())?;
    connection.batch_execute(SETTINGS)?;
    Ok(connection)
}

/// Makes the tables, [`SESSIONS`] users and a session for each.
pub fn fill(connection: &mut SqliteConnection) -> anyhow::Result<()> {
    connection.batch_execute(SCHEMA)?;
    connection.immediate_transaction(|connection| {
        for number in 0..SESSIONS {
            let id = id(number).into_bytes().to_vec();
            diesel::insert_into(users::table)
                .values((
                    users::id.eq(&id),
                    users::email.eq(format!("bare-{number}@example.org")),
                    users::email_verified.eq(false),
                    users::full_name.eq("Ada Lovelace"),
                    users::role.eq("USER"),
                    users::is_active.eq(true),
                    users::created_at.eq(0),
                    users::search_text.eq(format!("bare-{number}@example.org\nada lovelace")),
                ))
                .execute(connection)?;
            diesel::insert_into(sessions::table)
                .values((
                    sessions::id.eq(&id),
                    sessions::user_id.eq(&id),
                    sessions::kind.eq("token"),
                    sessions::authenticated_at.eq(0),
                    sessions::methods.eq("pwd"),
                    sessions::seed.eq(vec![7; 32]),
                    sessions::generation.eq(0),
                    sessions::created_at.eq(0),
                    sessions::rotated_at.eq(0),
                    sessions::last_used_at.eq(0),
                    sessions::expires_at.eq(0),
                    sessions::address.eq("127.0.0.1"),
                    sessions::access_until.eq(0),
                ))
                .execute(connection)?;
        }
        Ok(())
    })
}
