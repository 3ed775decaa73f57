//! One connection type for both databases, so that every query is written once.

// The derive writes public items beside the enum, and paths that name it from modules of its own.
mod any;
mod cached;
pub(crate) mod direct;
pub(crate) mod postgres;
pub(crate) mod sessions;
pub(crate) mod sqlite;
pub(crate) mod tls;

pub(crate) use any::{AnyConnection, MultiBackend};
pub(crate) use cached::Cached;
