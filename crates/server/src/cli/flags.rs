//! Settings that people type: each counts before the environment and `.env`.

use crate::config::{DATA_DIR, HOST, LOG_FORMAT, LOG_LEVEL, PORT, PUBLIC_URL};
use clap::{Args, Command};

const DATA: &[&str] = &["data_dir"];
const LOG: &[&str] = &["log_level", "log_format"];
const LISTENING: &[&str] = &["host", "port", "public_url"];

/// The flags that mean something to a command. All commands take all of them, so that they may stand anywhere in a line;
/// help shows these alone.
fn that_matter_to(command: &str) -> &'static [&'static [&'static str]] {
    match command {
        "serve" => &[DATA, LISTENING, LOG],
        "migrate" => &[DATA, LOG],
        "doctor" | "client" | "resource" => &[DATA, LISTENING],
        "user" | "audit" | "keys" | "mail" | "backup" | "restore" => &[DATA],
        // These print what is in the program.
        _ => &[],
    }
}

/// Hides flags in the help of commands to which they mean nothing.
pub(super) fn shown_where_they_matter(mut command: Command) -> Command {
    let flags: Vec<_> = command
        .get_arguments()
        .filter(|flag| flag.is_global_set())
        .cloned()
        .collect();
    let names: Vec<_> = command
        .get_subcommands()
        .map(|inner| inner.get_name().to_owned())
        .collect();
    for name in names {
        let shown = that_matter_to(&name).concat();
        // clap hands each of the flags down to where it is not there already.
        let hidden = flags.iter().filter(|flag| !shown.contains(&flag.get_id().as_str()));
        let hidden: Vec<_> = hidden.map(|flag| flag.clone().hide(true)).collect();
        command = command.mut_subcommand(name, |inner| inner.args(hidden));
    }
    command
}

/// The settings that are flags too. None is a secret, since other users of a machine see the arguments of a program.
#[derive(Debug, Args)]
#[command(next_help_heading = "Settings")]
pub(super) struct SettingFlags {
    /// The folder of the key and of the SQLite database (`DATA_DIR`).
    #[arg(long, value_name = "FOLDER", global = true)]
    data_dir: Option<String>,
    /// The address to listen on (`HOST`).
    #[arg(long, value_name = "ADDRESS", global = true)]
    host: Option<String>,
    /// The port to listen on (`PORT`).
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

#[cfg(test)]
mod tests {
    use crate::cli::{command, parse};
    use std::ffi::OsString;

    fn help(arguments: &[&str]) -> String {
        let all = ["portcullis"].iter().chain(arguments).chain(&["--help"]);
        let all: Vec<OsString> = all.map(OsString::from).collect();
        parse(&all).unwrap_err().to_string()
    }

    #[test]
    fn help_shows_the_flags_that_matter_to_a_command() {
        let all = [
            "--data-dir",
            "--host",
            "--port",
            "--public-url",
            "--log-level",
            "--log-format",
        ];
        for (arguments, shown) in [
            (&[][..], &all[..]),
            (&["serve"], &all[..]),
            (&["doctor"], &all[..4]),
            (&["user", "create"], &all[..1]),
            (&["audit", "verify"], &all[..1]),
            (&["openapi"], &[]),
            (&["completions"], &[]),
        ] {
            let help = help(arguments);
            for flag in all {
                assert_eq!(help.contains(flag), shown.contains(&flag), "{flag}: {help}");
            }
        }
    }

    #[test]
    fn a_flag_of_a_setting_may_stand_anywhere() {
        for arguments in [
            &["--port", "9000", "user", "list"][..],
            &["user", "--port", "9000", "list"],
            &["user", "list", "--port", "9000"],
            &["openapi", "--port", "9000"],
        ] {
            let all = ["portcullis"].iter().chain(arguments).map(OsString::from);
            let parsed = parse(&all.collect::<Vec<_>>()).unwrap();
            let set: Vec<_> = parsed.settings.pairs().collect();
            assert_eq!(set, [("PORT", "9000")], "{arguments:?}");
        }
    }

    #[test]
    fn every_command_is_known_by_its_flags_or_prints_what_is_in_the_program() {
        let names: Vec<_> = command()
            .get_subcommands()
            .map(|inner| inner.get_name().to_owned())
            .collect();
        let without = names.iter().filter(|name| super::that_matter_to(name).is_empty());
        assert!(without.eq(&["openapi", "settings", "completions", "man"]), "{names:?}");
    }
}
