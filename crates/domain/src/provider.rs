//! Portcullis as a provider of OAuth 2.0 and OpenID Connect: who its clients are, and what they may ask for.

pub mod acr;
pub mod authorization;
pub mod client;
pub mod client_member;
pub mod client_rules;
pub mod client_secret;
pub mod consent;
pub mod fault;
pub mod grant;
pub mod grant_policy;
pub mod grant_secret;
pub mod issuer;
pub mod label;
pub mod resource;
pub mod stamp;
pub mod version;
mod words;

pub use words::UnknownWord;
