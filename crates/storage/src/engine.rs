//! How units of work get their turn: on SQLite by a queue to one writer, on PostgreSQL by a pool.

mod connections;
mod look_ups;
pub(crate) mod postgres;
pub(crate) mod rotations;
pub(crate) mod sqlite;
pub(crate) mod sqlite_file;
pub(crate) mod sqlite_place;
mod turns;
mod watch;
mod writer;
