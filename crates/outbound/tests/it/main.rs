//! The guarded client and the providers, against servers that do what they should and what they should not.
#![expect(clippy::unwrap_used, reason = "a panic is how a test says that something is wrong")]

mod client;
mod github;
mod openid;
