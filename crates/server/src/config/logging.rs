//! What is logged, and how.

use super::{Environment, SettingError};
use tracing::Level;

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// Settings of logging.
#[derive(Debug)]
pub struct LoggingConfig {
    /// The least grave events that are logged.
    pub level: Level,
    /// How they are written.
    pub format: LogFormat,
}

impl LoggingConfig {
    pub(super) fn load(environment: &Environment) -> Result<Self, SettingError> {
        let level = match environment.text_or("LOG_LEVEL", "info")? {
            "info" => Level::INFO,
            "error" => Level::ERROR,
            "warn" => Level::WARN,
            "debug" => Level::DEBUG,
            "trace" => Level::TRACE,
            other => {
                let problem = format!("{other:?} is none of error, warn, info, debug and trace");
                return Err(SettingError {
                    setting: "LOG_LEVEL",
                    problem,
                    example: "info",
                });
            }
        };
        let format = match environment.text_or("LOG_FORMAT", "pretty")? {
            "pretty" => LogFormat::Pretty,
            "json" => LogFormat::Json,
            other => {
                let problem = format!("{other:?} is neither pretty nor json");
                return Err(SettingError {
                    setting: "LOG_FORMAT",
                    problem,
                    example: "json",
                });
            }
        };
        Ok(Self { level, format })
    }
}
