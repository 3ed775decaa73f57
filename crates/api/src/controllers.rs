//! Controllers: each parses what was sent, calls a driving port and answers.

pub(crate) mod account;
pub(crate) mod admin;
pub(crate) mod audit_events;
pub(crate) mod auth;
pub(crate) mod docs;
pub(crate) mod forward_auth;
pub(crate) mod health;
pub(crate) mod publication;
pub(crate) mod service;
pub(crate) mod sessions;
