//! Holds the arrows between the crates and the one home of each crate from outside, and what the documents list.

mod documents;
mod links;
mod lists;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// A crate of ours, those of ours that it may use, and those that its tests may use besides.
const ARROWS: &[(&str, &[&str], &[&str])] = &[
    ("oauth2", &[], &[]),
    ("domain", &["oauth2"], &[]),
    ("application", &["domain", "oauth2"], &["testkit"]),
    ("storage", &["application", "domain", "oauth2"], &["testkit"]),
    (
        "security",
        &["application", "bcrypt-lanes", "domain", "oauth2", "verifier"],
        &["testkit"],
    ),
    ("mail", &["application", "domain"], &[]),
    ("outbound", &["application", "domain", "verifier"], &["tests"]),
    ("shared-limits", &["application", "domain"], &["security", "testkit"]),
    ("web", &["application", "domain"], &[]),
    ("api", &["application", "domain", "oauth2", "web"], &["testkit"]),
    ("pages", &["application", "domain", "oauth2", "web"], &["testkit"]),
    ("testkit", &["application", "domain", "oauth2", "storage"], &[]),
    (
        "server",
        &[
            "api",
            "application",
            "domain",
            "mail",
            "oauth2",
            "outbound",
            "pages",
            "security",
            "shared-limits",
            "storage",
            "web",
        ],
        &["testkit"],
    ),
    ("tests", &[], &["verifier"]),
    ("load", &["application", "domain", "storage"], &[]),
    ("bcrypt-lanes", &[], &[]),
    ("verifier", &[], &[]),
    ("own-hasher", &["application", "domain", "server"], &["testkit"]),
    ("verifying-service", &["verifier"], &[]),
];

/// Where a crate from outside may be used. A star at the end stands for any ending.
const HOMES: &[(&str, &[&str])] = &[
    (
        "actix-web",
        &["web", "api", "pages", "server", "load", "verifier", "verifying-service"],
    ),
    ("actix-http", &["web"]),
    ("askama", &["pages"]),
    ("maxminddb", &["pages"]),
    ("actix-server", &["web"]),
    ("actix-service", &["web"]),
    ("ipnet", &["web", "outbound"]),
    ("psl", &["web"]),
    ("utoipa*", &["api"]),
    ("diesel*", &["storage", "load", "testkit", "tests"]),
    ("libsqlite3-sys", &["storage", "load", "tests"]),
    ("tokio-postgres*", &["storage", "load", "tests"]),
    ("rustls*", &["storage"]),
    ("bcrypt", &["security", "load", "bcrypt-lanes"]),
    ("zxcvbn", &["security"]),
    ("jsonwebtoken", &["security", "verifier", "load", "tests"]),
    ("reqwest", &["verifier", "outbound", "tests"]),
    (
        "aws-lc-rs",
        &["security", "shared-limits", "outbound", "tests", "verifier"],
    ),
    ("qrcode", &["security"]),
    ("totp-rs", &["security"]),
    ("webauthn-rs", &["security"]),
    ("redis", &["shared-limits"]),
    (
        "shaku",
        &[
            "application",
            "mail",
            "outbound",
            "storage",
            "security",
            "server",
            "testkit",
            "own-hasher",
        ],
    ),
    (
        "serde",
        &[
            "application",
            "web",
            "api",
            "outbound",
            "security",
            "server",
            "load",
            "verifier",
        ],
    ),
    ("lettre", &["mail"]),
    ("fluent*", &["mail", "pages"]),
    ("minijinja", &["mail"]),
    ("unic-langid", &["mail", "pages"]),
    ("clap", &["server"]),
    ("dotenvy", &["server"]),
    ("opentelemetry-proto", &["tests"]),
    ("opentelemetry*", &["server"]),
    ("prost", &["tests"]),
    ("procfs", &["server"]),
    ("prometheus-client", &["server"]),
    ("tracing-opentelemetry", &["server"]),
    ("toml", &["server"]),
    ("strsim", &["application", "server", "storage"]),
];

/// Crates that the product is only compared with: shipped crates may use them in their tests alone.
const REFERENCES: &[&str] = &["bcrypt"];

/// The crates that are not shipped.
const MEASURING: &[&str] = &["load"];

/// The inner crates do no I/O: all that they may use from outside. Their tests may use more.
const INNER: &[(&str, &[&str])] = &[
    // Of url its parser alone: what kind of URI a text is.
    (
        "oauth2",
        &["base64", "serde_json", "sha2", "thiserror", "url", "zeroize"],
    ),
    (
        "domain",
        &[
            "caseless",
            "chrono",
            "chrono-tz",
            "email_address",
            "icu_locale_core",
            "icu_properties",
            "sha2",
            "thiserror",
            "unicode-normalization",
            "uuid",
            "zeroize",
        ],
    ),
    // Of tokio its `sync`, which needs no runtime.
    (
        "application",
        &[
            "anyhow",
            "async-trait",
            "chrono",
            "futures-util",
            "serde",
            "serde_json",
            "sha2",
            "shaku",
            "strsim",
            "thiserror",
            "tokio",
            "tracing",
        ],
    ),
];

#[test]
fn crates_use_only_what_the_architecture_allows() -> Result<()> {
    let forbidden = forbidden_arrows(&metadata()?);
    assert!(forbidden.is_empty(), "forbidden arrows:\n{}", forbidden.join("\n"));
    Ok(())
}

/// Use cases work on the store only in units, which note what was revoked. Readiness asks the store itself.
#[test]
fn use_cases_reach_the_store_by_units_of_work_alone() -> Result<()> {
    let crates = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../crates"));
    let holders = holders_of("Arc<dyn Store>", &crates.join("application/src"))?;
    assert_eq!(holders, ["health.rs", "unit_of_work.rs"]);
    Ok(())
}

/// An operator is made of the store, which HTTP is not given.
#[test]
fn http_knows_neither_the_store_nor_operators() -> Result<()> {
    let crates = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../crates"));
    for text in ["dyn Store>", "Operator"] {
        for name in ["api/src", "pages/src", "web/src"] {
            assert_eq!(holders_of(text, &crates.join(name))?, [""; 0], "{text} in {name}");
        }
    }
    Ok(())
}

/// The sources below `folder` that hold the text, by name.
fn holders_of(text: &str, folder: &Path) -> Result<Vec<String>> {
    let mut holders = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            holders.extend(holders_of(text, &path)?);
        } else if path.extension().is_some_and(|ending| ending == "rs")
            && std::fs::read_to_string(&path)?.contains(text)
        {
            let name = path.file_name().context("a file has a name")?;
            holders.push(name.to_string_lossy().into_owned());
        }
    }
    holders.sort();
    Ok(holders)
}

#[test]
fn a_forbidden_arrow_is_named() {
    let metadata = json!({"packages": [
        {"name": "portcullis-api", "dependencies": [
            {"name": "portcullis-application", "kind": null},
            {"name": "portcullis-storage", "kind": "dev"},
            {"name": "diesel_migrations", "kind": null}]},
        {"name": "portcullis-domain", "dependencies": [{"name": "tokio", "kind": null}]},
        {"name": "portcullis-security", "dependencies": [
            {"name": "bcrypt", "kind": null},
            {"name": "bcrypt", "kind": "dev"}]},
        {"name": "portcullis-testkit", "dependencies": [{"name": "portcullis-domain", "kind": null}]},
        {"name": "portcullis-misc", "dependencies": []}]});

    assert_eq!(
        forbidden_arrows(&metadata),
        [
            "api -> storage (in its tests)",
            "api -> diesel_migrations: its home is storage, load, testkit, tests",
            "domain -> tokio: it may use caseless, chrono, chrono-tz, email_address, icu_locale_core, icu_properties, sha2, \
             thiserror, unicode-normalization, uuid, zeroize",
            "security -> bcrypt: it is for tests",
            "misc: not in the table of arrows",
        ]
    );
}

fn metadata() -> Result<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")])
        .output()?;
    anyhow::ensure!(output.status.success(), "cargo metadata failed: {output:?}");
    serde_json::from_slice(&output.stdout).context("cargo metadata printed no JSON")
}

fn forbidden_arrows(metadata: &Value) -> Vec<String> {
    let mut forbidden = Vec::new();
    for package in elements(metadata, "packages") {
        let from = short_name(package);
        match ARROWS.iter().find(|(name, ..)| *name == from) {
            None => forbidden.push(format!("{from}: not in the table of arrows")),
            Some(_) => forbidden.extend(elements(package, "dependencies").filter_map(|to| refusal(from, to))),
        }
    }
    forbidden
}

/// Why `from` may not use `dependency`, if it may not.
fn refusal(from: &str, dependency: &Value) -> Option<String> {
    let to = short_name(dependency);
    let is_for_tests = dependency["kind"] == "dev";
    if ARROWS.iter().any(|(name, ..)| *name == to) {
        let (_, in_product, in_tests) = ARROWS.iter().find(|(name, ..)| *name == from)?;
        let is_allowed = in_product.contains(&to) || (is_for_tests && in_tests.contains(&to));
        let place = if is_for_tests { " (in its tests)" } else { "" };
        return (!is_allowed).then(|| format!("{from} -> {to}{place}"));
    }
    let home = HOMES.iter().find(|(pattern, _)| matches(pattern, to));
    if let Some((_, homes)) = home.filter(|(_, homes)| !homes.contains(&from)) {
        return Some(format!("{from} -> {to}: its home is {}", homes.join(", ")));
    }
    if REFERENCES.contains(&to) && !is_for_tests && !MEASURING.contains(&from) {
        return Some(format!("{from} -> {to}: it is for tests"));
    }
    let (_, allowed) = INNER.iter().find(|(name, _)| *name == from)?;
    let is_allowed = is_for_tests || allowed.contains(&to);
    (!is_allowed).then(|| format!("{from} -> {to}: it may use {}", allowed.join(", ")))
}

fn elements<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value[name].as_array().into_iter().flatten()
}

/// The name of a package without the prefix that all of ours share.
fn short_name(package: &Value) -> &str {
    let name = package["name"].as_str().unwrap_or_default();
    name.strip_prefix("portcullis-").unwrap_or(name)
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => pattern == name,
    }
}
