//! Controllers: each parses what was sent, calls a driving port and answers.

pub(crate) mod account;
pub(crate) mod auth;
pub(crate) mod docs;
pub(crate) mod health;
pub(crate) mod service;
pub(crate) mod sessions;
