//! The store on real databases. SQLite always; PostgreSQL where `PORTCULLIS_TEST_POSTGRES_URL` names a scratch server.
#![expect(clippy::unwrap_used, reason = "a panic is how a test says that something is wrong")]

mod audit_key;
mod audit_rows;
mod backups;
mod bounded_lists;
mod changes;
mod contract;
mod databases;
mod failures;
mod held;
mod migrations;
mod newer_rows;
mod only_rows;
mod outages;
mod programs_beside;
mod readiness;
mod restores;
mod restores_by_root;
mod revocations;
mod rotations;
mod round_trips;
mod schemas;
mod servers;
mod sockets;
mod sqlite_build;
mod sqlite_file;
mod tls;
mod upkeep;
mod url;
mod url_secrets;
