//! The queries, written once for both databases.

mod audit;
mod installation;
mod jobs;
mod locks;
mod paging;
#[cfg(test)]
mod plans;
mod refresh_tokens;
mod revocations;
mod signing_keys;
pub(crate) mod users;
