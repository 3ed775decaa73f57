//! What `client create` asks at a terminal.

use super::flags::ClientFlags;
use super::snippets::Framework;
use anyhow::Context as _;
use clap::ValueEnum as _;
use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

/// The longest answer that is read.
const MOST: u64 = 4096;

/// Whether there is a person to ask.
pub(super) fn can_be_asked() -> bool {
    io::stdin().is_terminal()
}

/// Asks for what was not said: what kind, where, and which framework. No answer says nothing.
pub(super) fn ask(said: &mut ClientFlags, framework: Option<Framework>) -> anyhow::Result<Option<Framework>> {
    if said.kind.is_none() {
        eprintln!("What kind of program is it?");
        eprintln!("  web      a server, which keeps a secret");
        eprintln!("  spa      a page's scripts, which keep none");
        eprintln!("  native   a program of a person's machine, which keeps none");
        eprintln!("  service  a server that asks for itself alone; nobody signs in");
        said.kind = answer("Kind")?;
    }
    let is_sent_people = !said.is_of_a_service();
    if is_sent_people && said.redirect_uris.is_empty() {
        eprintln!("Where do people come back to, such as https://shop.example.com/callback?");
        said.redirect_uris.extend(answer("Redirect URI")?);
    }
    if !is_sent_people && said.scope.is_none() {
        eprintln!(
            "Which scopes of resources may it ask for, such as orders:read? portcullis resource list shows them."
        );
        said.scope = answer("Scopes")?;
    }
    if framework.is_some() || !is_sent_people {
        return Ok(framework);
    }
    let names: Vec<String> = Framework::value_variants()
        .iter()
        .filter_map(Framework::to_possible_value)
        .map(|value| value.get_name().to_owned())
        .collect();
    eprintln!(
        "Which framework is its configuration for: {}? None is fine, too.",
        names.join(", ")
    );
    let Some(chosen) = answer("Framework")? else {
        return Ok(None);
    };
    let framework = Framework::from_str(&chosen, true);
    framework
        .map(Some)
        .map_err(|_| anyhow::anyhow!("{chosen} is none of {}", names.join(", ")))
}

fn answer(question: &str) -> anyhow::Result<Option<String>> {
    eprint!("{question}: ");
    let mut answer = String::new();
    let read = io::stdin().lock().take(MOST).read_line(&mut answer);
    read.context("the answer can't be read from the terminal")?;
    Ok(Some(answer.trim().to_owned()).filter(|answer| !answer.is_empty()))
}
