//! Tells the program what it was built of.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-env-changed=PORTCULLIS_COMMIT");
    println!("cargo::rerun-if-changed=build.rs");
    // Grows with every commit and every change of the branch.
    if let Some(folder) = git(&["rev-parse", "--absolute-git-dir"]) {
        let log = Path::new(&folder).join("logs/HEAD");
        if log.exists() {
            println!("cargo::rerun-if-changed={}", log.display());
        }
    }
    let version = env!("CARGO_PKG_VERSION");
    let version = match commit() {
        Some(commit) => format!("{version} ({commit})"),
        None => version.to_owned(),
    };
    println!("cargo::rustc-env=PORTCULLIS_VERSION={version}");
}

/// From the builder, who may have no repository, or else from the repository. A build without either says nothing.
fn commit() -> Option<String> {
    match std::env::var("PORTCULLIS_COMMIT") {
        Ok(given) => Some(given).filter(|given| !given.is_empty()),
        Err(_) => git(&["rev-parse", "--short=12", "HEAD"]),
    }
}

fn git(arguments: &[&str]) -> Option<String> {
    let asked = Command::new("git").args(arguments).output().ok()?;
    let answer = String::from_utf8(asked.stdout).ok()?;
    asked.status.success().then(|| answer.trim().to_owned())
}
