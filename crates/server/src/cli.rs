//! The command line.

use crate::config::{Config, Environment};
use crate::foundation::{Foundation, Migration};
use crate::serve::serve_with_stock_hasher;
use crate::{container, start_logging};
use clap::error::ErrorKind;
use clap::{Parser, Subcommand, ValueEnum};
use std::io::Write;
use std::process::ExitCode;

/// Self-hosted authentication server: sign-up, sign-in, access and refresh tokens over REST.
///
/// Settings come from the environment and from a file named .env in the working directory.
#[derive(Debug, Parser)]
#[command(name = "portcullis", version, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve. The same as no command at all.
    Serve {
        /// Whether to bring the store's schema up to date first. With `off`, an old schema stops the start.
        #[arg(long, value_enum, default_value_t = Switch::On)]
        migrate: Switch,
    },
    /// Bring the store's schema up to date.
    Migrate,
    /// Print the OpenAPI document.
    Openapi,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Switch {
    On,
    Off,
}

impl From<Switch> for Migration {
    fn from(switch: Switch) -> Self {
        match switch {
            Switch::On => Self::Run,
            Switch::Off => Self::Refuse,
        }
    }
}

/// Runs the command that the arguments name: exit status 0, or 1 with one line on standard error.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            return exit_code(print(&error.to_string()));
        }
        Err(error) => return refuse(&usage_line(&error.to_string())),
    };
    exit_code(
        match arguments.command.unwrap_or(Command::Serve { migrate: Switch::On }) {
            Command::Serve { migrate } => run_server(migrate.into()),
            Command::Migrate => migrate(),
            Command::Openapi => print(&portcullis_http::openapi_json()),
        },
    )
}

fn run_server(migration: Migration) -> anyhow::Result<()> {
    let config = Config::load(&Environment::of_the_process()?)?;
    start_logging(&config.logging);
    let foundation = Foundation::prepare(&config, migration)?;
    let container = container::builder(foundation.parts()).build();
    serve_with_stock_hasher(&config, foundation, container::services(&container))
}

fn migrate() -> anyhow::Result<()> {
    let config = Config::load(&Environment::of_the_process()?)?;
    start_logging(&config.logging);
    let database = crate::foundation::open_store(&config)?;
    let applied = database.migrate().map_err(crate::foundation::unusable(&config))?;
    database.close();
    tracing::info!(applied, "the store's schema is up to date");
    Ok(())
}

/// Standard output holds a command's result alone.
fn print(result: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(result.as_bytes())?;
    out.flush()?;
    Ok(())
}

fn exit_code(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&format!("{error:#}")),
    }
}

fn refuse(reason: &str) -> ExitCode {
    eprintln!("portcullis: {}", reason.replace(['\r', '\n'], " "));
    ExitCode::FAILURE
}

/// The one line of a usage error that says what was wrong, and where to read on.
fn usage_line(message: &str) -> String {
    let first = message.lines().next().unwrap_or_default();
    format!("{}; see portcullis --help", first.trim_start_matches("error: "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_usage_error_becomes_one_line_that_names_the_argument() {
        let error = Arguments::try_parse_from(["portcullis", "serve", "--migrate=maybe"]).unwrap_err();
        let line = usage_line(&error.to_string());
        assert!(
            line.contains("maybe") && line.contains("--migrate") && !line.contains('\n'),
            "{line}"
        );
    }
}
