//! A look at everything that a server stands on, which changes nothing.

mod administrators;
mod browsers;
mod clients;
mod files;
mod finding;
mod hashing;
mod jobs;
mod limits;
mod listening;
mod mail;
mod observation;
mod pages;
mod passkeys;
mod proxies;
mod second_factors;
mod settings_file;
mod social;
mod store;
mod templates;
mod who_listens;

use super::operation;
use super::output::{Form, print_lines};
use crate::config::{Config, Environment};
use crate::open_doors;
use anyhow::{Context as _, bail};
use finding::{Finding, Grade};
use std::io::Write as _;

const SETTINGS: &str = "settings";

/// Prints what was found, one line each, and fails where something has to be mended.
pub(super) fn run(environment: anyhow::Result<Environment>, form: Form) -> anyhow::Result<()> {
    let findings = findings(environment);
    let faults = findings.iter().filter(|finding| finding.grade == Grade::Fail).count();
    // The verdict counts whether anybody reads the findings or not.
    let printed = match form {
        Form::Table => findings
            .iter()
            .try_for_each(|finding| writeln!(anstream::stdout(), "{}", finding.colored()))
            .context("the result can't be printed"),
        Form::JsonLines => print_lines(findings.iter().map(Finding::to_json)),
    };
    if faults > 0 {
        bail!("{}", closing_line(faults));
    }
    printed
}

/// What comes on standard error, below the findings.
fn closing_line(faults: usize) -> String {
    match faults {
        1 => "doctor found 1 fault; its line says fail, and what to do".to_owned(),
        several => format!("doctor found {several} faults; their lines say fail, and what to do"),
    }
}

fn findings(environment: anyhow::Result<Environment>) -> Vec<Finding> {
    let environment = match environment {
        Ok(environment) => environment,
        Err(error) => return vec![Finding::fail(SETTINGS, format!("{error:#}"))],
    };
    let config = match Config::load(&environment) {
        Ok(config) => config,
        // The rest stands on the settings.
        Err(errors) => {
            return errors
                .iter()
                .map(|error| Finding::fail(SETTINGS, error.to_string()))
                .collect();
        }
    };
    let mut findings = vec![settings(&config, &environment)];
    findings.push(proxies::look_at(&config.http));
    findings.push(browsers::look_at(&config.http));
    findings.push(passkeys::look_at(&config));
    findings.push(pages::look_at(&config));
    findings.extend(templates::look_at(&config));
    findings.extend(clients::look_at(&config));
    findings.extend(settings_file::look_at(&config, &environment));
    findings.extend(settings_file::strays(&environment));
    findings.push(listening::look_at(&config));
    findings.extend(observation::look_at(&config));
    findings.extend(doors(&config));
    match operation::runtime() {
        Ok(runtime) => {
            let store = store::look_at(&config, &runtime);
            findings.extend(files::look_at(&config, store.has_keys));
            findings.extend(store.findings);
            findings.push(runtime.block_on(hashing::look_at(&config)));
            findings.push(runtime.block_on(limits::look_at(&config)));
            findings.extend(runtime.block_on(social::look_at(&config, &environment)));
        }
        Err(error) => findings.push(Finding::fail("machine", error.to_string())),
    }
    findings
}

/// What stands open to others, a warning each.
fn doors(config: &Config) -> Vec<Finding> {
    let open = open_doors::of(config);
    open.into_iter().map(|door| Finding::warn("doors", door)).collect()
}

/// Which settings are set. Their values are nobody's business.
fn settings(config: &Config, environment: &Environment) -> Finding {
    let names: Vec<String> = environment.settings().collect();
    let set = if names.is_empty() {
        "none is set".to_owned()
    } else {
        format!("set are {}", names.join(", "))
    };
    let place = config.database.place();
    Finding::ok(SETTINGS, format!("none is wrong; {set}; the database is {place}"))
}
