//! Black-box tests: the real binary, real HTTP, both databases.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a panic here is a failed test"
)]

mod apache;
mod app;
mod browser;
mod caddy;
mod certificate;
mod client;
mod commands;
mod database;
mod doors;
mod fake_time;
mod fenced_blocks;
mod genuine_token;
mod nginx;
mod packages;
mod process;
mod provider;
mod relying_party;
mod rounds;
mod sealed_trail;
mod sqlite;
mod system_programs;

mod access_tokens;
mod administration;
mod administration_races;
mod alerts;
mod audit_failures;
mod audit_lists;
mod audit_sealing;
mod audit_tampering;
mod audit_trail;
mod authorization_claims;
mod authorization_codes;
mod authorization_prompts;
mod authorization_redirects;
mod authorization_requests;
mod authorization_visits;
mod backups;
mod behind_a_proxy;
mod bodies;
mod browsers;
mod clean_up;
mod client_addresses;
mod clients;
mod clocks;
mod command_line;
mod common_passwords;
mod connections;
mod crash;
mod cursors;
mod data_folder;
mod demanded_factor;
mod doctor;
mod enumeration;
mod explained_refusals;
mod first_admin;
mod forged_key_pair_tokens;
mod forged_tokens;
mod forward_auth;
mod full_disk;
mod generated_clients;
mod headers;
mod health;
mod health_checks;
mod hostile_provider;
mod interactive_page;
mod key_rotation;
mod last_administrator;
mod last_use;
mod log_readers;
mod logs;
mod lost_answers;
mod lost_rights;
mod mail;
mod mailed_pages;
mod metrics;
mod no_store;
mod openidconnect_client;
mod operator_refusals;
mod operators;
mod overload;
mod pages;
mod passkeys;
mod passwords;
mod pasted_lines;
mod paths;
mod people_pages;
mod poolers;
mod printed_configurations;
mod provider_replicas;
mod proxies;
mod rate_limits;
mod recipes;
mod refresh_tokens;
mod relying_parties;
mod replicas;
mod restores;
mod revocation_feed;
mod revocation_memory;
mod second_factor;
mod secrets;
mod service_clients;
mod session_races;
mod sessions;
mod settings;
mod sign_in_to_an_app;
mod signing_keys;
mod single_page_app;
mod smtp;
mod social;
mod specification;
mod stop;
mod stored_passwords;
mod strangers;
mod terminal;
mod traces;
mod user_lists;
mod verifying_in_other_languages;
mod verifying_service;

/// Stamps a test for each database out of a function that takes a running server, which has the usual settings or some
/// of the test's own.
macro_rules! on_both_databases {
    (with $settings:expr; $($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                super::$name($crate::app::TestApp::on_sqlite($settings)).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres() {
                if let Some(app) = $crate::app::TestApp::on_postgres($settings).await {
                    super::$name(app).await;
                }
            }
        }
    )+};
    ($($name:ident),+ $(,)?) => {
        $crate::on_both_databases!(with &[]; $($name),+);
    };
}
pub(crate) use on_both_databases;

/// The same for what no database has a part in.
macro_rules! on_sqlite {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                super::$name($crate::app::TestApp::on_sqlite(&[])).await;
            }
        }
    )+};
}
pub(crate) use on_sqlite;

/// The same for what only PostgreSQL has.
macro_rules! on_postgres {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres() {
                if let Some(app) = $crate::app::TestApp::on_postgres(&[]).await {
                    super::$name(app).await;
                }
            }
        }
    )+};
}
pub(crate) use on_postgres;
