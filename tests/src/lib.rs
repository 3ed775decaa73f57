//! Nothing but tests lives here, and what tests of several crates need.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a panic is how a test says that something is wrong"
)]

pub mod stand_in;
