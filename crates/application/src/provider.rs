//! Portcullis as a provider of OAuth 2.0 and OpenID Connect.

pub mod client_authentication;
pub mod client_calls;
mod client_keys;
pub mod client_tokens;
pub mod clients;
pub mod discovery;
pub mod policy;
pub mod reading;
mod registry;
pub mod resources;
pub mod target;
pub mod written_client;
pub mod written_resource;
