//! The command line.

mod audit;
mod backup;
mod client;
mod doctor;
mod flags;
mod keys;
mod mail;
mod operation;
mod output;
mod pages;
mod password_input;
mod resource;
mod restore;
mod usage;
mod user;

use crate::config::{self, Config, Environment, SettingErrors};
use crate::foundation::{Foundation, Migration};
use crate::serve::serve_with_stock_hasher;
use crate::{container, start_logging, start_logging_and_traces};
use audit::AuditCommand;
use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use client::ClientCommand;
use flags::SettingFlags;
use keys::KeysCommand;
use mail::MailCommand;
use output::{Form, print};
use portcullis_storage::OpenError;
use resource::ResourceCommand;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use user::UserCommand;

/// Self-hosted authentication server: people sign in on its pages, over REST, and to other programs by OpenID Connect.
///
/// Settings come from the command line, from the environment, and from a file named `.env` in the working directory. If
/// two of them name the same setting, the command line counts before the environment, and the environment before the
/// file. `portcullis settings` prints all settings.
#[derive(Debug, Parser)]
#[command(name = "portcullis", version = VERSION, after_help = EXAMPLES)]
struct Arguments {
    #[command(flatten)]
    settings: SettingFlags,
    #[command(subcommand)]
    command: Option<Command>,
}

/// The version, and the commit that it was built of where the build knew it.
const VERSION: &str = env!("PORTCULLIS_VERSION");

const EXAMPLES: &str = "\
Examples:
  portcullis                                  serve on http://127.0.0.1:8000
  portcullis --port 9000 --data-dir /srv/auth
  portcullis user create --email ada@example.org --full-name 'Ada Lovelace' --role ADMIN
  portcullis doctor                           say what to mend";

const COMPLETIONS: &str = "\
Example for bash: this shell, and every later one:
  source <(portcullis completions bash)
  echo 'source <(portcullis completions bash)' >> ~/.bashrc
For zsh, in a folder of $fpath:
  portcullis completions zsh > ~/.zfunc/_portcullis
For fish:
  portcullis completions fish > ~/.config/fish/completions/portcullis.fish";

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
    #[command(subcommand, arg_required_else_help = true)]
    User(UserCommand),
    /// Check and print the audit trail.
    #[command(subcommand, arg_required_else_help = true)]
    Audit(AuditCommand),
    /// List the keys that sign access tokens, and let another one sign.
    #[command(subcommand, arg_required_else_help = true)]
    Keys(KeysCommand),
    /// List mails, look at them, and try whether the mail server takes one.
    #[command(subcommand, arg_required_else_help = true)]
    Mail(MailCommand),
    /// Register OAuth clients, and change, list and delete them, also while a server runs.
    #[command(subcommand, arg_required_else_help = true)]
    Client(Box<ClientCommand>),
    /// Say what access tokens of OAuth clients are for.
    #[command(subcommand, arg_required_else_help = true)]
    Resource(ResourceCommand),
    /// Print the OpenAPI document.
    Openapi,
    /// Copy a SQLite store, which a server may be using, to a new file.
    #[command(after_help = "Example:\n  portcullis backup /backups/portcullis-2026-11-22.db")]
    Backup {
        /// The file to make. One that is there already is left alone.
        file: PathBuf,
    },
    /// Put a copy in the place of a SQLite store that no server is using. The next start signs everybody out.
    #[command(after_help = "Example:\n  portcullis restore /backups/portcullis-2026-11-22.db")]
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
    Doctor {
        /// Print JSON lines also on a terminal.
        #[arg(long)]
        json: bool,
    },
    /// Print a script that completes commands in a shell.
    #[command(after_help = COMPLETIONS)]
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page.
    #[command(after_help = "Example, which shows the page:\n  portcullis man | man -l -")]
    Man,
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

/// Runs the command that the arguments name: exit status 0, 1 with a line on standard error, or one for each setting that
/// is not right, and 2 for arguments that can't be understood.
#[must_use]
pub fn run() -> ExitCode {
    let given: Vec<OsString> = std::env::args_os().collect();
    match parse(&given) {
        Ok(arguments) => exit_code(perform(arguments)),
        Err(error) => usage::tell(&error, &given),
    }
}

fn parse(given: &[OsString]) -> Result<Arguments, clap::Error> {
    let mut command = command();
    let matches = command.try_get_matches_from_mut(given)?;
    let arguments = Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
    match &arguments.command {
        Some(Command::Audit(audit)) => match audit.contradiction() {
            Some(contradiction) => Err(command.error(ErrorKind::ArgumentConflict, contradiction)),
            None => Ok(arguments),
        },
        _ => Ok(arguments),
    }
}

/// All commands, each with help on what matters to it.
fn command() -> clap::Command {
    flags::shown_where_they_matter(Arguments::command())
}

fn perform(arguments: Arguments) -> anyhow::Result<()> {
    let environment = || Ok::<_, anyhow::Error>(Environment::of_the_process()?.under(arguments.settings.pairs()));
    match arguments.command.unwrap_or(Command::Serve { migrate: Switch::On }) {
        Command::Serve { migrate } => run_server(&environment()?, migrate.into()),
        Command::Migrate => migrate(&environment()?),
        Command::User(command) => user::run(&environment()?, command),
        Command::Audit(command) => audit::run(&environment()?, command),
        Command::Keys(command) => keys::run(&environment()?, &command),
        Command::Mail(command) => mail::run(&environment()?, command),
        Command::Client(command) => client::run(&environment()?, *command),
        Command::Resource(command) => resource::run(&environment()?, command),
        Command::Openapi => print(&portcullis_api::openapi_json()),
        Command::Backup { file } => backup::run(&environment()?, &file),
        Command::Restore { file } => restore::run(&environment()?, &file),
        Command::Settings { format } => print(&match format {
            SettingsFormat::Env => config::env_file(),
            SettingsFormat::Markdown => config::markdown(),
        }),
        Command::Doctor { json } => doctor::run(environment(), Form::of(json)),
        Command::Completions { shell } => pages::completions(command(), shell),
        Command::Man => pages::manual(command()),
    }
}

fn run_server(environment: &Environment, migration: Migration) -> anyhow::Result<()> {
    let config = Config::load(environment)?;
    let _telling = start_logging_and_traces(&config)?;
    let foundation = Foundation::prepare(&config, migration)?;
    let container = container::builder(foundation.parts()).build();
    serve_with_stock_hasher(&config, foundation, &container)
}

fn migrate(environment: &Environment) -> anyhow::Result<()> {
    let config = Config::load(environment)?;
    start_logging(&config.logging);
    let database = crate::foundation::open_store(&config)?;
    let is_new = matches!(database.check_schema(), Err(OpenError::NotMade));
    let applied = database.migrate().map_err(config.database.unusable())?;
    database.close();
    if is_new {
        tracing::info!(database = %config.database.place(), "made a new database");
    }
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
    eprintln!("portcullis: {}", output::shown(&reason.replace(['\r', '\n'], " ")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        command().debug_assert();
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
        names(&command(), &mut all);
        assert!(all.iter().any(|name| name == "password_stdin"), "{all:?}");
        assert!(!all.iter().any(|name| name == "password"), "{all:?}");
    }
}
