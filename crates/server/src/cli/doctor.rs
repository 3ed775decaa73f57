//! A look at everything that a server stands on, which changes nothing.

mod administrators;
mod files;
mod finding;
mod hashing;
mod store;

use super::operation;
use super::output::print_lines;
use crate::config::{Config, Environment};
use anyhow::bail;
use finding::{Finding, Grade};

/// Prints what was found, one line each, and fails where something has to be mended.
pub(super) fn run() -> anyhow::Result<()> {
    let findings = findings();
    let faults = findings.iter().filter(|finding| finding.grade == Grade::Fail).count();
    print_lines(findings.iter().map(Finding::to_string))?;
    if faults > 0 {
        bail!("{faults} of the lines on standard output say fail, and what to mend");
    }
    Ok(())
}

fn findings() -> Vec<Finding> {
    let config = Environment::of_the_process().and_then(|environment| Ok(Config::load(&environment)?));
    let config = match config {
        Ok(config) => config,
        // The rest stands on the settings.
        Err(error) => return vec![Finding::fail("settings", format!("{error:#}"))],
    };
    let mut findings = vec![Finding::ok(
        "settings",
        format!("right, as far as they go; the database is {}", config.database.url),
    )];
    findings.extend(files::look_at(&config));
    match operation::runtime() {
        Ok(runtime) => {
            findings.extend(store::look_at(&config, &runtime));
            findings.push(runtime.block_on(hashing::look_at(&config)));
        }
        Err(error) => findings.push(Finding::fail("machine", error.to_string())),
    }
    findings.push(Finding::ok("mail", "not set up yet: this version sends none"));
    findings
}
