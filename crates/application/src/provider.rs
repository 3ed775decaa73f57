//! Portcullis as a provider of OAuth 2.0 and OpenID Connect.

pub mod answer;
pub mod app_sign_outs;
pub mod authorizations;
pub mod client_authentication;
pub mod client_calls;
mod client_keys;
pub mod client_tokens;
pub mod clients;
pub mod clients_file;
pub mod connected_apps;
pub mod discovery;
pub mod explained;
pub mod grant_tokens;
pub mod policy;
pub mod reading;
mod registry;
pub mod resources;
mod subjects;
pub mod target;
mod told_claims;
pub mod unregistered;
pub mod user_info;
pub mod written_client;
pub mod written_resource;
