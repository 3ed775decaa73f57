//! The queries, written once for both databases.

mod refresh_tokens;
mod users;
