//! Caddy, with configurations of ours.

use std::path::Path;
use std::process::Command;

/// The program with that configuration. It keeps what it writes in the folder.
pub(crate) fn command(caddy: &Path, folder: &Path, text: &str) -> Command {
    let file = folder.join("Caddyfile");
    std::fs::write(&file, text).unwrap();
    let mut command = Command::new(caddy);
    command.args(["run", "--adapter", "caddyfile", "--config"]).arg(file);
    command.env_clear().env("HOME", folder).current_dir(folder);
    command
}
