//! Holds what the documents list against what there is.

use super::{ARROWS, elements, metadata, short_name};
use anyhow::{Context as _, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

type Names = BTreeSet<String>;

pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

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

pub(crate) fn read(path: impl AsRef<Path>) -> Result<String> {
    let path = path.as_ref();
    fs::read_to_string(Path::new(ROOT).join(path)).with_context(|| path.display().to_string())
}

/// What stands between a heading of the second level and the next one.
pub(crate) fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    text.split("\n## ")
        .find_map(|part| part.strip_prefix(heading)?.strip_prefix('\n'))
        .unwrap_or_default()
}

/// The cells of each row of a document's tables.
pub(crate) fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix('|'))
        .filter(|line| !line.starts_with("---"))
        .map(|line| line.split('|').map(str::trim).collect())
}

pub(crate) fn names(text: &str) -> Names {
    in_code(text).map(str::to_owned).collect()
}

/// What stands between backticks.
pub(crate) fn in_code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn owned(names: &[&str]) -> Names {
    names.iter().map(|name| (*name).to_owned()).collect()
}
