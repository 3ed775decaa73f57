//! Holds the lists of the documents for those who run the server against what the sources have.

use super::documents::{ROOT, in_code, names, read, rows, section};
use anyhow::{Context as _, Result};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const SITE: &str = "crates/pages/src/site.rs";

#[test]
fn every_page_is_told_and_no_other() -> Result<()> {
    let text = read("docs/pages.md")?;
    let told: Vec<String> = rows(&text)
        .filter_map(|cells| cells.first().copied())
        .flat_map(in_code)
        .filter(|path| path.starts_with(['/', '…']))
        .map(|path| {
            path.trim_start_matches('…')
                .split('?')
                .next()
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    let site = read(SITE)?;
    let mounted = mounted_paths(&site)?;
    assert!(mounted.len() > 30, "{mounted:?}");
    for path in &mounted {
        let is_told = told.iter().any(|told| told.ends_with(path.as_str()));
        assert!(is_told, "{path} of {SITE} is not in docs/pages.md");
    }
    let acted_on = quoted(&site).map(str::to_owned).chain(mounted).collect::<Vec<_>>();
    for path in &told {
        let is_there = acted_on
            .iter()
            .any(|there| !there.is_empty() && path.ends_with(there.as_str()));
        assert!(is_there, "{path} of docs/pages.md is no page");
    }
    Ok(())
}

/// The paths of pages that are read, as far as they stand below the one of their group, and the paths of the groups.
fn mounted_paths(site: &str) -> Result<BTreeSet<String>> {
    let code: String = site.split_whitespace().collect();
    let mut paths = BTreeSet::new();
    let mut before = "";
    for part in code.split('(') {
        let argument = part.split([',', ')']).next().unwrap_or_default();
        // What is only sent to belongs to a page that is read.
        if !before.ends_with("resource") {
            paths.extend(path_of(argument)?);
        }
        before = part;
    }
    // What pages load is none, choosing a language is no more than a press of a button, and `/` only leads on.
    paths.retain(|path| !path.starts_with("/{digest}") && !["/", "/assets", "/language"].contains(&path.as_str()));
    Ok(paths)
}

/// The path that an argument is or names.
fn path_of(argument: &str) -> Result<Option<String>> {
    if let Some(path) = quoted(argument).next() {
        return Ok(path.starts_with('/').then(|| path.to_owned()));
    }
    match argument.split_once("::") {
        Some((module, name)) if name.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_') => {
            constant(module, name)
        }
        _ => Ok(None),
    }
}

/// The path that a constant of a module of the pages names, if the module is one of theirs.
fn constant(module: &str, name: &str) -> Result<Option<String>> {
    let pages = Path::new("crates/pages/src");
    let folders = [pages.join("account"), pages.to_owned()];
    let Some(text) = folders
        .iter()
        .find_map(|folder| read(folder.join(module).with_extension("rs")).ok())
    else {
        return Ok(None);
    };
    let value = text.split(&format!("const {name}: &str = ")).nth(1);
    let path = value.and_then(|value| quoted(value).next());
    Ok(Some(path.with_context(|| format!("{module}::{name}"))?.to_owned()))
}

/// What stands between the quotation marks of code that has no escaped ones.
fn quoted(code: &str) -> impl Iterator<Item = &str> {
    code.split('"').skip(1).step_by(2)
}

#[test]
fn every_cookie_is_told_and_no_other() -> Result<()> {
    let mut set = BTreeSet::new();
    for crate_name in ["api", "pages", "web"] {
        for path in files(&Path::new(ROOT).join("crates").join(crate_name).join("src"), "rs")? {
            let text = fs::read_to_string(&path)?;
            // What tests name stands behind them.
            let code = text.split("mod tests {").next().unwrap_or_default();
            let cookies = code.split("name: \"portcullis-").skip(1);
            set.extend(cookies.filter_map(|rest| Some(format!("portcullis-{}", rest.split('"').next()?))));
        }
    }
    // It is for web apps, and told where they are.
    assert!(set.remove("portcullis-refresh"), "{set:?}");
    assert!(read("docs/web-apps.md")?.contains("`portcullis-refresh`"));
    let text = read("docs/pages.md")?;
    let told: BTreeSet<String> = rows(section(&text, "Where there are pages"))
        .filter_map(|cells| in_code(cells.first()?).next().map(str::to_owned))
        .collect();
    assert_eq!(told, set);
    Ok(())
}

#[test]
fn every_secret_that_may_stand_in_a_file_is_told_and_no_other() -> Result<()> {
    let text = read("docs/configuration.md")?;
    let with_file: BTreeSet<String> = rows(&text)
        .filter(|cells| cells.iter().any(|cell| cell.contains("(its file: `")))
        .filter_map(|cells| in_code(cells.first()?).next().map(str::to_owned))
        .collect();
    let part = text.split("### Secrets in files").nth(1).unwrap_or_default();
    let sentence = part.split(" each have a twin").next().unwrap_or_default();
    assert_eq!(names(sentence), with_file);
    Ok(())
}

#[test]
fn every_field_and_button_of_a_page_is_told() -> Result<()> {
    let text = read("docs/pages.md")?;
    let told = names(section(&text, "What automation may rely on"));
    let mut seen = 0;
    for path in files(&Path::new(ROOT).join("crates/pages/templates"), "html")? {
        let text = fs::read_to_string(&path)?;
        for tag in text.split('<').filter(|tag| {
            ["input", "button", "select", "a "]
                .iter()
                .any(|name| tag.starts_with(name))
        }) {
            let Some(id) = tag.split(" id=\"").nth(1).and_then(|rest| rest.split('"').next()) else {
                continue;
            };
            // One that names a thing is told by what stands before the thing's id.
            let id = id.split("{{").next().unwrap_or_default();
            assert!(
                id.is_empty() || told.contains(id),
                "{id} of {} is not in docs/pages.md",
                path.display()
            );
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen}");
    Ok(())
}

#[test]
fn every_driving_port_is_told_by_who_may_call_it() -> Result<()> {
    let text = read("docs/architecture.md")?;
    let told: BTreeSet<String> = rows(section(&text, "Who may call"))
        .flat_map(|cells| names(&cells.join(" ")))
        .collect();
    let mut seen = 0;
    for path in ["crates/api/src/services.rs", SITE] {
        let code = read(path)?;
        for port in code.split("Arc<dyn ").skip(1).filter_map(|rest| rest.split('>').next()) {
            // These two are driven, not driving.
            if matches!(port, "PageCursors" | "WaitingApps") {
                continue;
            }
            assert!(told.contains(port), "{port} of {path} is not in docs/architecture.md");
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen}");
    Ok(())
}

fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path, extension)?);
        } else if path.extension().is_some_and(|its| its == extension) {
            found.push(path);
        }
    }
    Ok(found)
}
