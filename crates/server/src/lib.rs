//! Puts Portcullis together: settings, container, command line.
//!
//! A team that replaces an adapter writes a binary of its own on this library; see `docs/extending.md`.

mod audit_key;
mod background;
pub mod cli;
mod clients_file;
pub mod config;
pub mod container;
#[cfg(feature = "failpoints")]
mod failpoints;
mod file_access;
mod first_admin;
mod foundation;
mod hashing_speed;
mod key_file;
mod letters;
mod logging;
pub mod metrics;
mod open_doors;
mod open_files;
mod pages;
mod port;
mod secret_key;
mod serve;
mod signals;
mod text_ends;
mod traces;
mod whole_file;

pub use config::{Config, Environment, SettingError, SettingErrors};
pub use foundation::{Foundation, Migration};
pub use logging::{Telling, start_logging, start_logging_and_traces};
pub use metrics::Metrics;
pub use serve::serve;
