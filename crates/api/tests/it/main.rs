//! The HTTP side over real connections, on the use cases with fakes beneath.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test says that something is wrong"
)]

mod access;
mod accounts;
mod admin_lists;
mod admin_users;
mod audit_events;
mod bodies;
mod callers;
mod client;
mod clients;
mod connections;
mod cookie_mode;
mod cors;
mod cursors;
mod documents;
mod enrolment;
mod forward_auth;
mod interactive_page;
mod limits;
mod log_lines;
mod oauth2;
mod own_address;
mod passkeys;
mod problem_types;
mod problems;
mod publication;
mod rate_limits;
mod requests;
mod requests_ahead;
mod running;
mod second_factor;
mod security_headers;
mod sessions;
mod sign_in;
mod unknown_names;
