//! Holds the links of the documents: each leads to a file that is there, and to a heading of it.

use super::documents::{ROOT, read};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

#[test]
fn every_link_of_the_documents_leads_somewhere() -> Result<()> {
    let mut documents = Vec::new();
    find_documents(Path::new(""), &mut documents)?;
    assert!(documents.contains(&PathBuf::from("docs/verifying.md")), "{documents:?}");
    let anchors: BTreeMap<PathBuf, BTreeSet<String>> = documents
        .iter()
        .map(|document| Ok((document.clone(), anchors(&read(document)?))))
        .collect::<Result<_>>()?;
    let calls = calls()?;
    let mut dead = Vec::new();
    for document in &documents {
        let text = read(document)?;
        let is_on_the_page = document.starts_with("crates/api/src/docs");
        for link in links(&text) {
            let is_of_a_call = is_on_the_page && calls.contains(&link);
            if !is_of_a_call && !leads_somewhere(document, &link, &anchors) {
                dead.push(format!("{}: {link}", document.display()));
            }
        }
    }
    assert!(dead.is_empty(), "these links lead nowhere: {dead:#?}");
    Ok(())
}

/// Where each call stands on the interactive page.
fn calls() -> Result<BTreeSet<String>> {
    let document: serde_json::Value = serde_json::from_str(&read(Path::new("docs/openapi.json"))?)?;
    let mut calls = BTreeSet::new();
    for (path, methods) in document
        .get("paths")
        .and_then(|paths| paths.as_object())
        .into_iter()
        .flatten()
    {
        for (method, call) in methods.as_object().into_iter().flatten() {
            if let Some(tag) = call.pointer("/tags/0").and_then(|tag| tag.as_str()) {
                calls.insert(format!("#tag/{tag}/{}{path}", method.to_uppercase()));
            }
        }
    }
    Ok(calls)
}

/// The Markdown files that are ours, below the root.
fn find_documents(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(Path::new(ROOT).join(folder))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = folder.join(&name);
        if entry.file_type()?.is_dir() {
            if !name.starts_with('.') && !["target", "data", "node_modules"].contains(&name.as_str()) {
                find_documents(&path, found)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    Ok(())
}

/// The lines that are no part of a fenced block.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_fenced = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_fenced ^= is_fence;
        !is_fenced && !is_fence
    })
}

/// Where a document's links within the repository lead, as they are written.
fn links(text: &str) -> Vec<String> {
    // A link's text may go over the end of a line, its target does not.
    let inline = prose(text).flat_map(|line| line.split("](").skip(1).filter_map(|rest| rest.split(')').next()));
    let by_name = prose(text).filter_map(|line| line.strip_prefix('[')?.split_once("]: ").map(|(_, target)| target));
    let is_ours = |target: &&str| !target.contains("://") && !target.starts_with("mailto:");
    inline.chain(by_name).filter(is_ours).map(str::to_owned).collect()
}

fn leads_somewhere(document: &Path, link: &str, anchors: &BTreeMap<PathBuf, BTreeSet<String>>) -> bool {
    let (target, anchor) = link.split_once('#').unwrap_or((link, ""));
    let path = if target.is_empty() {
        document.to_owned()
    } else {
        joined(document.parent().unwrap_or_else(|| Path::new("")), target)
    };
    let is_there = Path::new(ROOT).join(&path).exists();
    is_there && (anchor.is_empty() || anchors.get(&path).is_some_and(|anchors| anchors.contains(anchor)))
}

/// A path with its `..` resolved.
fn joined(folder: &Path, target: &str) -> PathBuf {
    let mut path = PathBuf::new();
    for component in folder.join(target).components() {
        match component {
            Component::ParentDir => {
                path.pop();
            }
            Component::Normal(name) => path.push(name),
            Component::Prefix(_) | Component::RootDir | Component::CurDir => {}
        }
    }
    path
}

/// The anchors that GitHub makes of the headings; of a heading that stands there before, it counts.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let headings = prose(text).filter_map(|line| {
        line.trim_start_matches('#')
            .strip_prefix(' ')
            .filter(|_| line.starts_with('#'))
    });
    headings
        .map(|heading| {
            let anchor: String = heading
                .to_lowercase()
                .chars()
                .filter(|letter| letter.is_alphanumeric() || "-_ ".contains(*letter))
                .map(|letter| if letter == ' ' { '-' } else { letter })
                .collect();
            let before = seen.entry(anchor.clone()).or_default();
            *before += 1;
            match *before {
                1 => anchor,
                count => format!("{anchor}-{}", count - 1),
            }
        })
        .collect()
}
