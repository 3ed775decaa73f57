//! The store on real databases. SQLite always; PostgreSQL where `PORTCULLIS_TEST_POSTGRES_URL` names a scratch server.
#![expect(clippy::unwrap_used, reason = "a panic is how a test says that something is wrong")]

mod contract;
mod databases;
mod failures;
mod migrations;
mod outages;
mod round_trips;
mod sqlite_file;
mod tls;
mod url;
mod url_secrets;
