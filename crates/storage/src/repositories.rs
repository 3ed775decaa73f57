//! The queries, written once for both databases.

mod audit;
mod challenges;
mod change_counters;
mod clients;
mod code_failures;
mod consents;
mod credentials;
mod grants;
mod identities;
mod installation;
mod invitations;
mod jobs;
mod links;
mod locks;
mod mails;
mod paging;
mod passkeys;
#[cfg(test)]
mod plans;
mod resources;
mod revocations;
mod second_factors;
pub(crate) mod sessions;
mod signing_keys;
mod spent;
mod users;
