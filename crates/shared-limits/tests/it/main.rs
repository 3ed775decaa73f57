//! Limits on a Redis of the tests' own.
#![expect(clippy::unwrap_used, reason = "a panic is how a test says that something is wrong")]

mod outages;
mod redis;
mod sharing;
