//! Apache with `mod_auth_openidc`, as Debian has them.

use crate::packages::{SOURCES, skip};
use crate::system_programs::find;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

const MODULE: &str = "/usr/lib/apache2/modules/mod_auth_openidc.so";

/// Where the program is. `None`, said aloud, where it or the module is not installed; with `CI` set that fails the test.
pub(crate) fn program() -> Option<PathBuf> {
    let program = find("apache2")?;
    if Path::new(MODULE).exists() {
        return Some(program);
    }
    skip("mod_auth_openidc is not installed (scripts/test installs it)")
}

/// What is set up for the page in most tests, in which these names in braces have these values.
pub(crate) fn site(values: &[(&str, &str)]) -> String {
    let text = fs::read_to_string(Path::new(SOURCES).join("relying_parties/mod_auth_openidc.conf")).unwrap();
    replaced(text, values)
}

/// The program with the tests' configuration and what is set up for its one page, which is `/private/page`. It keeps what it
/// writes in the folder.
pub(crate) fn command(program: &Path, folder: &Path, port: u16, site: &str) -> Command {
    // As root it serves in the name of somebody else, who must get at the page.
    fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
    let pages = folder.join("pages/private");
    fs::create_dir_all(&pages).unwrap();
    fs::write(pages.join("page"), "the guarded page").unwrap();
    let text = fs::read_to_string(Path::new(SOURCES).join("relying_parties/apache.conf")).unwrap();
    let port = port.to_string();
    let values = [("folder", folder.to_str().unwrap()), ("port", &port), ("site", site)];
    let text = replaced(text, &values);
    let file = folder.join("apache.conf");
    fs::write(&file, text).unwrap();
    let mut command = Command::new(program);
    // One process, in the foreground.
    command.args(["-X", "-f"]).arg(file);
    command
}

fn replaced(text: String, values: &[(&str, &str)]) -> String {
    let replace = |text: String, (name, value): &(&str, &str)| text.replace(&format!("{{{name}}}"), value);
    values.iter().fold(text, replace)
}
