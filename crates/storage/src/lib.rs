//! The store on Diesel, for SQLite and PostgreSQL in one binary, chosen by a URL.
//!
//! [`DieselStore`] is the adapter of the port [`Store`](portcullis_application::ports::Store). It works on a
//! [`Database`], which is opened, migrated and claimed before the first unit of work. One set of queries serves both
//! databases; what differs is how a unit of work gets its turn.

mod backup;
mod changes;
mod claim;
mod connection;
mod database;
mod deadline;
mod engine;
mod error;
mod load;
mod migrations;
mod options;
mod owner;
mod probe;
mod repositories;
mod restore;
mod rights;
mod schema;
mod store;
mod types;
mod unit;
mod unsuitable;
mod url;
mod writes;

pub use backup::{Backup, BackupError, remove_unfinished_backups};
pub use changes::{DieselStoreChanges, DieselStoreChangesParameters};
pub use claim::ServingClaim;
pub use database::Database;
pub use error::OpenError;
pub use load::{StoreLoad, WriteQueue};
pub use options::DatabaseOptions;
pub use owner::create_for_the_folder;
pub use restore::{RestoreError, Restoring};
pub use store::{DieselStore, DieselStoreParameters};
pub use unsuitable::Unsuitable;
pub use url::{DatabaseKind, DatabaseUrl, DatabaseUrlError};
