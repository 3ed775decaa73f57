//! Portcullis as a provider of OAuth 2.0 and OpenID Connect.

pub mod client_authentication;
mod client_keys;
pub mod clients;
pub mod clients_file;
pub mod policy;
pub mod reading;
mod registry;
pub mod resources;
pub mod written_client;
pub mod written_resource;
