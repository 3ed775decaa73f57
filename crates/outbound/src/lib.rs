//! Calls that leave the house: one guarded HTTP client, and the providers that vouch for people.
//!
//! [`GuardedClient`] is the only way out. It speaks TLS, follows no redirect to another origin, looks at the address that it is
//! about to connect to, and bounds time and bytes. [`Upstream`] asks the providers that people sign in by.

mod addresses;
mod allowance;
mod client;
mod discovery;
mod github;
mod id_token;
mod kept;
mod keys;
mod oidc;
mod upstream;

pub use allowance::{AllowedHosts, AllowedHostsError};
pub use client::{Answer, CallError, GuardedClient};
pub use upstream::{ProviderKind, ProviderSettings, Upstream, UpstreamClients, UpstreamClientsParameters};
