//! Packages of npm and of Python that some tests use: those of the lock files in `tests/clients` and `tests/smtp`, loaded
//! once into the folder that Cargo builds in.

use crate::system_programs::find;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// Where the programs of the tests and the lock files are.
pub(crate) const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/clients");

/// Where the mail server for tests and its lock file are.
pub(crate) const SMTP_SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/smtp");

/// The first version of Node.js that all of the packages run on.
const NODE: (u32, u32) = (20, 19);

/// The folder with `node_modules`. `None`, said aloud, where the packages are not there and can't be loaded; with `CI` set
/// that fails the test.
pub(crate) fn of_npm() -> Option<&'static Path> {
    static FOLDER: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
        let npm = find("npm")?;
        require_node()?;
        prepare("npm", SOURCES, &["package.json", "package-lock.json"], |folder| {
            let mut command = Command::new(npm);
            command
                .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
                .current_dir(folder);
            vec![command]
        })
    });
    FOLDER.as_deref()
}

/// The folder with the programs of a virtual environment of Python; `None` as for npm.
pub(crate) fn of_python() -> Option<PathBuf> {
    static FOLDER: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
        let python = find("python3")?;
        prepare("python", SOURCES, &["requirements.txt"], |folder| {
            let mut create = Command::new(python);
            create.args(["-m", "venv", "."]).current_dir(folder);
            let mut load = Command::new(folder.join("bin/pip"));
            load.args(["install", "--quiet", "--no-deps", "--requirement", "requirements.txt"])
                .current_dir(folder);
            vec![create, load]
        })
    });
    FOLDER.as_ref().map(|folder| folder.join("bin"))
}

/// Python with the mail server of `tests/smtp`; `None` as for npm.
pub(crate) fn of_smtp() -> Option<PathBuf> {
    static FOLDER: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
        let python = find("python3")?;
        prepare("smtp", SMTP_SOURCES, &["requirements.txt"], |folder| {
            let mut create = Command::new(python);
            create.args(["-m", "venv", "."]).current_dir(folder);
            let mut load = Command::new(folder.join("bin/pip"));
            load.args(["install", "--quiet", "--no-deps", "--require-hashes"])
                .args(["--requirement", "requirements.txt"])
                .current_dir(folder);
            vec![create, load]
        })
    });
    FOLDER.as_ref().map(|folder| folder.join("bin/python"))
}

/// Node.js, where it is new enough.
fn require_node() -> Option<()> {
    let output = Command::new(find("node")?).arg("--version").output().unwrap();
    let version = String::from_utf8(output.stdout).unwrap();
    let mut numbers = version.trim().trim_start_matches('v').split('.');
    let mut next = || numbers.next().and_then(|number| number.parse().ok()).unwrap_or(0);
    let found: (u32, u32) = (next(), next());
    if found >= NODE {
        return Some(());
    }
    skip(&format!(
        "Node.js {}.{} or later is needed, and this is {version}",
        NODE.0, NODE.1
    ))
}

/// A folder in which the commands have loaded what these lock files name. It is kept until they change.
fn prepare(name: &str, sources: &str, locks: &[&str], install: impl FnOnce(&Path) -> Vec<Command>) -> Option<PathBuf> {
    let tests = std::env::current_exe().unwrap();
    // The tests are in `target/PROFILE/deps`.
    let folder = tests.ancestors().nth(3).unwrap().join("clients").join(name);
    fs::create_dir_all(&folder).unwrap();
    // Somebody may run the tests twice at a time.
    let turn = File::create(folder.with_extension("lock")).unwrap();
    turn.lock().unwrap();
    let wanted = locks
        .iter()
        .map(|lock| fs::read_to_string(Path::new(sources).join(lock)).unwrap());
    let wanted = wanted.collect::<String>();
    let loaded = folder.join("loaded");
    if fs::read_to_string(&loaded).is_ok_and(|text| text == wanted) {
        return Some(folder);
    }
    fs::remove_dir_all(&folder).unwrap();
    fs::create_dir(&folder).unwrap();
    for lock in locks {
        fs::copy(Path::new(sources).join(lock), folder.join(lock)).unwrap();
    }
    for mut command in install(&folder) {
        let output = command.output().unwrap();
        if !output.status.success() {
            return skip(&format!(
                "{command:?} failed: {}",
                String::from_utf8_lossy(&output.stderr)
            ));
        }
    }
    fs::write(loaded, wanted).unwrap();
    Some(folder)
}

/// Says aloud why a test is skipped; with `CI` set that fails it.
pub(crate) fn skip<T>(reason: &str) -> Option<T> {
    assert!(std::env::var_os("CI").is_none(), "{reason}");
    eprintln!("skipped: {reason}");
    None
}
