//! Settings that people type: each counts before the environment and `.env`.

use crate::config::{DATA_DIR, HOST, LOG_FORMAT, LOG_LEVEL, PORT, PUBLIC_URL};
use clap::Args;

/// The settings that are flags too. None is a secret, since other users of a machine see the arguments of a program.
#[derive(Debug, Args)]
#[command(next_help_heading = "Settings")]
pub(super) struct SettingFlags {
    /// The folder of the key and of the SQLite database (`DATA_DIR`).
    #[arg(long, value_name = "FOLDER", global = true)]
    data_dir: Option<String>,
    /// The address to listen on (HOST).
    #[arg(long, value_name = "ADDRESS", global = true)]
    host: Option<String>,
    /// The port to listen on (PORT).
    #[arg(long, value_name = "NUMBER", global = true)]
    port: Option<String>,
    /// What clients call the server (`PUBLIC_URL`).
    #[arg(long, value_name = "URL", global = true)]
    public_url: Option<String>,
    /// The lowest level that is logged (`LOG_LEVEL`).
    #[arg(long, value_name = "LEVEL", global = true)]
    log_level: Option<String>,
    /// The form of log lines, pretty or json (`LOG_FORMAT`).
    #[arg(long, value_name = "FORMAT", global = true)]
    log_format: Option<String>,
}

impl SettingFlags {
    /// The settings that were typed, by their names.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            (DATA_DIR.name, &self.data_dir),
            (HOST.name, &self.host),
            (PORT.name, &self.port),
            (PUBLIC_URL.name, &self.public_url),
            (LOG_LEVEL.name, &self.log_level),
            (LOG_FORMAT.name, &self.log_format),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }
}
