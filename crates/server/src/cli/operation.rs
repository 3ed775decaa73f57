//! What every command does that works on the store: it runs beside a server, by the same settings.

use crate::config::{Config, Environment, LoggingConfig};
use crate::container::{self, Container, Parts};
use crate::foundation::{parts_beside_a_server, parts_of_a_first_store};
use crate::start_logging;
use portcullis_application::Operator;
use portcullis_application::ports::Store;
use shaku::HasComponent as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::time::sleep;
use tracing::Level;

/// After that time every server that runs knows what was changed of clients and resources: one that has not heard from the
/// store for as long answers nobody until it has.
const EVERY_SERVER_KNOWS_AFTER: Duration = Duration::from_secs(1);

/// Waits until every server that runs counts what was just changed of clients and resources.
pub(super) async fn until_every_server_knows() {
    sleep(EVERY_SERVER_KNOWS_AFTER).await;
}

/// The settings, and a log that leaves the news of a server out: what a command did is in its result.
pub(super) fn config(environment: &Environment) -> anyhow::Result<Config> {
    let config = Config::load(environment)?;
    let logging = &config.logging;
    start_logging(&LoggingConfig {
        level: if logging.level == Level::INFO {
            Level::WARN
        } else {
            logging.level
        },
        format: logging.format,
    });
    Ok(config)
}

/// Does `work` on the store that the settings name, by the right of whoever can open it. Refuses, and makes nothing, where
/// there is none.
pub(super) fn on_store<T>(
    config: &Config,
    work: impl AsyncFnOnce(&Container, Operator) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    on_parts(parts_beside_a_server(config)?, work)
}

/// The same, and makes the store first where there is none.
pub(super) fn on_first_store<T>(
    config: &Config,
    work: impl AsyncFnOnce(&Container, Operator) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    on_parts(parts_of_a_first_store(config)?, work)
}

fn on_parts<T>(parts: Parts, work: impl AsyncFnOnce(&Container, Operator) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let database = parts.database.clone();
    let container: Container = container::builder(parts).build();
    let store: Arc<dyn Store> = container.resolve();
    let outcome = runtime()?.block_on(work(&container, Operator::holding(&*store)));
    database.close();
    outcome
}

/// Of one thread: a command does one thing after another.
pub(super) fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}
