//! Time.

use chrono::{DateTime, Utc};
use shaku::Interface;

/// Tells the time.
pub trait Clock: Interface {
    /// Now, cut to whole microseconds: what PostgreSQL keeps, so that a time read back equals the one written.
    fn now(&self) -> DateTime<Utc>;
}
