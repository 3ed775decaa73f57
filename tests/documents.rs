//! Holds what the documents list against what there is.

use super::{ARROWS, elements, metadata, short_name};
use anyhow::{Context as _, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

type Names = BTreeSet<String>;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

#[test]
fn the_architecture_shows_the_arrows_that_are_allowed() -> Result<()> {
    let text = read("docs/architecture.md")?;
    let shown: BTreeMap<&str, (Names, Names)> = rows(section(&text, "The crates"))
        .filter_map(|cells| match cells.as_slice() {
            [name, uses, tests_use, ..] => Some((in_code(name).next()?, (names(uses), names(tests_use)))),
            _ => None,
        })
        .collect();
    let allowed: BTreeMap<&str, (Names, Names)> = ARROWS
        .iter()
        .map(|(name, uses, tests_use)| (*name, (owned(uses), owned(tests_use))))
        .collect();
    assert_eq!(shown, allowed);
    Ok(())
}

#[test]
fn the_dependencies_that_are_explained_are_those_that_are_used() -> Result<()> {
    let metadata = metadata()?;
    let ours: Names = elements(&metadata, "packages")
        .map(|package| short_name(package).to_owned())
        .collect();
    let used: Names = elements(&metadata, "packages")
        .flat_map(|package| elements(package, "dependencies"))
        .map(|dependency| short_name(dependency).to_owned())
        .collect();
    let text = read("docs/dependencies.md")?;
    let explained: Names = rows(&text)
        .filter_map(|cells| cells.first().copied())
        .flat_map(|cell| cell.split(", "))
        .filter(|name| *name != "crate")
        .map(str::to_owned)
        .collect();

    let unexplained: Vec<_> = used
        .difference(&ours)
        .filter(|name| !explained.contains(*name))
        .collect();
    assert!(
        unexplained.is_empty(),
        "without a row in docs/dependencies.md: {unexplained:?}"
    );
    let unused: Vec<_> = explained.difference(&used).collect();
    assert!(unused.is_empty(), "in docs/dependencies.md, but not used: {unused:?}");
    Ok(())
}

#[test]
fn the_example_file_lists_every_setting() -> Result<()> {
    let known = settings_that_are_read()?
        .union(&reserved_settings()?)
        .cloned()
        .collect();
    let text = read(".env.example")?;
    let mut listed = Names::new();
    for paragraph in text.split("\n\n") {
        for setting in paragraph.lines().filter_map(setting_of) {
            listed.insert(setting.to_owned());
            if paragraph.contains("as a twin with _FILE") {
                listed.insert(format!("{setting}_FILE"));
            }
        }
    }
    assert_eq!(listed, known);
    Ok(())
}

#[test]
fn the_documents_explain_every_setting() -> Result<()> {
    let read_ones = settings_that_are_read()?;
    let without_twins: Names = read_ones
        .iter()
        .filter(|name| !name.ends_with("_FILE"))
        .cloned()
        .collect();
    for document in ["README.md", "docs/configuration.md"] {
        let text = read(document)?;
        let explained: Names = rows(&text)
            .filter_map(|cells| cells.first().copied())
            .flat_map(names)
            .filter(|name| is_setting(name))
            .collect();
        assert_eq!(explained, without_twins, "{document}");
    }
    Ok(())
}

/// The names that the settings' code reads. They stand there as literals.
fn settings_that_are_read() -> Result<Names> {
    let mut found = Names::new();
    for entry in fs::read_dir(Path::new(ROOT).join("crates/server/src/config"))? {
        let text = fs::read_to_string(entry?.path())?;
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        // What lies between two literals is never a name alone, so both may be looked at.
        found.extend(code.split('"').filter(|part| is_setting(part)).map(str::to_owned));
    }
    Ok(found)
}

/// The names that later versions will read.
fn reserved_settings() -> Result<Names> {
    let text = read("docs/configuration.md")?;
    Ok(names(section(&text, "Reserved")))
}

/// The setting of a line such as `#PORT=8000`.
fn setting_of(line: &str) -> Option<&str> {
    let (name, _) = line.strip_prefix('#')?.split_once('=')?;
    is_setting(name).then_some(name)
}

fn is_setting(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

fn read(path: &str) -> Result<String> {
    fs::read_to_string(Path::new(ROOT).join(path)).with_context(|| path.to_owned())
}

/// What stands between a heading of the second level and the next one.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    text.split("\n## ")
        .find_map(|part| part.strip_prefix(heading)?.strip_prefix('\n'))
        .unwrap_or_default()
}

/// The cells of each row of a document's tables.
fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix('|'))
        .filter(|line| !line.starts_with("---"))
        .map(|line| line.split('|').map(str::trim).collect())
}

fn names(text: &str) -> Names {
    in_code(text).map(str::to_owned).collect()
}

/// What stands between backticks.
fn in_code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn owned(names: &[&str]) -> Names {
    names.iter().map(|name| (*name).to_owned()).collect()
}
