//! The use cases on a store in memory and on fakes, and that store under the contract of all stores.
#![expect(clippy::unwrap_used, reason = "a panic is how a test says that something is wrong")]

mod administration;
mod administration_guards;
mod audit_check;
mod audit_events;
mod authenticate;
mod change_password;
mod change_profile;
mod delete_account;
mod health;
mod log_in;
mod log_out;
mod memory_store;
mod operator;
mod refresh;
mod register;
mod revocations;
mod rotation;
mod sessions;
mod signing;
mod upkeep;
