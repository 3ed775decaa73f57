//! The use cases on a store in memory and on fakes, and that store under the contract of all stores.
#![expect(clippy::unwrap_used, reason = "a panic is how a test says that something is wrong")]

mod authenticate;
mod change_password;
mod change_profile;
mod health;
mod log_in;
mod log_out;
mod memory_store;
mod refresh;
mod register;
mod sessions;
