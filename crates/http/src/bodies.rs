//! What is sent and answered. A body that is sent holds parsed types: reading it is what checks it.

pub(crate) mod account;
pub(crate) mod auth;
pub(crate) mod page;
pub(crate) mod service;
pub(crate) mod sessions;
