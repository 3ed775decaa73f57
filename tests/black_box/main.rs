//! Black-box tests: the real binary, real HTTP, both databases.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a panic here is a failed test"
)]

mod app;
mod client;
mod database;
mod genuine_token;
mod process;
mod sqlite;

mod access_tokens;
mod bodies;
mod command_line;
mod connections;
mod crash;
mod enumeration;
mod forged_tokens;
mod headers;
mod health;
mod logs;
mod overload;
mod passwords;
mod pasted_lines;
mod paths;
mod races;
mod refresh_tokens;
mod replicas;
mod sessions;
mod settings;
mod specification;
mod stop;
mod stored_passwords;

/// Stamps a test for each database out of a function that takes a running server.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                super::$name($crate::app::TestApp::on_sqlite(&[])).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres() {
                if let Some(app) = $crate::app::TestApp::on_postgres(&[]).await {
                    super::$name(app).await;
                }
            }
        }
    )+};
}
pub(crate) use on_both_databases;

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
