//! Limits that several servers count together, in Redis or Valkey.
//!
//! Each server counts in its memory, too. So a store that goes away, or forgets, gives back nothing that this server
//! counted: it goes on by its own counts until the store answers again.

mod connection;
mod script;
mod shared_limits;
mod url;

pub use shared_limits::SharedLimits;
pub use url::{RedisUrl, RedisUrlError};
