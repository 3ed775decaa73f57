//! The command line.

mod audit;
mod backup;
mod doctor;
mod keys;
mod operation;
mod output;
mod password_input;
mod restore;
mod usage;
mod user;

use crate::config::{self, Config, Environment, SettingErrors};
use crate::foundation::{Foundation, Migration};
use crate::serve::serve_with_stock_hasher;
use crate::{container, start_logging};
use audit::AuditCommand;
use clap::error::ErrorKind;
use clap::{Parser, Subcommand, ValueEnum};
use keys::KeysCommand;
use output::print;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use user::UserCommand;

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
    /// Make, change, list and delete accounts, also while a server runs.
    #[command(subcommand, arg_required_else_help = false, disable_help_subcommand = true)]
    User(UserCommand),
    /// Check and print the audit trail.
    #[command(subcommand, arg_required_else_help = false, disable_help_subcommand = true)]
    Audit(AuditCommand),
    /// List the keys that sign access tokens, and let another one sign.
    #[command(subcommand, arg_required_else_help = false, disable_help_subcommand = true)]
    Keys(KeysCommand),
    /// Print the OpenAPI document.
    Openapi,
    /// Copy a SQLite store, which a server may be using, to a new file.
    Backup {
        /// The file to make. One that is there already is left alone.
        file: PathBuf,
    },
    /// Put a copy in the place of a SQLite store that no server is using. The next start signs everybody out.
    Restore {
        /// A file that `backup` made. It stays as it is.
        file: PathBuf,
    },
    /// Print every setting, with its default and what it does.
    Settings {
        /// As a file `.env`, or as the tables of the documentation.
        #[arg(long, value_enum, default_value_t = SettingsFormat::Env)]
        format: SettingsFormat,
    },
    /// Look at settings, files, store and keys, and say what to mend. Changes nothing.
    Doctor,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SettingsFormat {
    Env,
    Markdown,
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

/// Runs the command that the arguments name: exit status 0, or 1 with a line on standard error, or one for each setting
/// that is not right.
#[must_use]
pub fn run() -> ExitCode {
    let given: Vec<OsString> = std::env::args_os().collect();
    let arguments = match Arguments::try_parse_from(&given) {
        Ok(arguments) => arguments,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            return exit_code(print(&error.to_string()));
        }
        Err(error) => {
            tell(&usage::line(&error, &given));
            return ExitCode::FAILURE;
        }
    };
    exit_code(
        match arguments.command.unwrap_or(Command::Serve { migrate: Switch::On }) {
            Command::Serve { migrate } => run_server(migrate.into()),
            Command::Migrate => migrate(),
            Command::User(command) => user::run(command),
            Command::Audit(command) => audit::run(command),
            Command::Keys(command) => keys::run(&command),
            Command::Openapi => print(&portcullis_api::openapi_json()),
            Command::Backup { file } => backup::run(&file),
            Command::Restore { file } => restore::run(&file),
            Command::Settings { format } => print(&match format {
                SettingsFormat::Env => config::env_file(),
                SettingsFormat::Markdown => config::markdown(),
            }),
            Command::Doctor => doctor::run(),
        },
    )
}

fn run_server(migration: Migration) -> anyhow::Result<()> {
    let config = Config::load(&Environment::of_the_process()?)?;
    start_logging(&config.logging);
    let foundation = Foundation::prepare(&config, migration)?;
    let container = container::builder(foundation.parts()).build();
    serve_with_stock_hasher(&config, foundation, &container)
}

fn migrate() -> anyhow::Result<()> {
    let config = Config::load(&Environment::of_the_process()?)?;
    start_logging(&config.logging);
    let database = crate::foundation::open_store(&config)?;
    let applied = database.migrate().map_err(config.database.unusable())?;
    database.close();
    tracing::info!(applied, "the store's schema is up to date");
    Ok(())
}

fn exit_code(outcome: anyhow::Result<()>) -> ExitCode {
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    // Whoever reads the result has read enough of it.
    if output::is_closed(&error) {
        return ExitCode::SUCCESS;
    }
    match error.downcast_ref::<SettingErrors>() {
        Some(errors) => errors.iter().for_each(|error| tell(&error.to_string())),
        None => tell(&format!("{error:#}")),
    }
    ExitCode::FAILURE
}

/// One line on standard error, whatever the reason holds.
fn tell(reason: &str) {
    eprintln!("portcullis: {}", reason.replace(['\r', '\n'], " "));
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
    fn a_password_is_no_argument() {
        fn names(command: &clap::Command, into: &mut Vec<String>) {
            into.extend(command.get_arguments().map(|argument| argument.get_id().to_string()));
            for inner in command.get_subcommands() {
                names(inner, into);
            }
        }
        let mut all = Vec::new();
        names(&Arguments::command(), &mut all);
        assert!(all.iter().any(|name| name == "password_stdin"), "{all:?}");
        assert!(!all.iter().any(|name| name == "password"), "{all:?}");
    }
}
