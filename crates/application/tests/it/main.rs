//! The use cases on a store of their own and on fakes.
#![expect(clippy::unwrap_used, reason = "a panic is how a test says that something is wrong")]

mod administration;
mod administration_guards;
mod audit_check;
mod audit_events;
mod authenticate;
mod browser_sessions;
mod change_password;
mod change_profile;
mod client_tokens;
mod clients;
mod clients_file;
mod common_passwords;
mod delete_account;
mod endings;
mod health;
mod limits;
mod log_in;
mod log_out;
mod mail_links;
mod meter;
mod new_devices;
mod operator;
mod outbox;
mod provider_keys;
mod reauthentication;
mod refresh;
mod refresh_by_cookie;
mod register;
mod revocations;
mod rotation;
mod second_factor;
mod sessions;
mod sign_up;
mod signing;
mod upkeep;
