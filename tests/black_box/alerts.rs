//! What is made of the figures: a dashboard, rules for alerts, and what promtool says of them.

use crate::app::TestApp;
use crate::client::Answer;
use crate::fenced_blocks::{block, document};
use crate::metrics::{METRICS, read};
use crate::{on_both_databases, system_programs};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const OPERATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations");

/// What Prometheus itself knows of a server.
const OF_PROMETHEUS: [&str; 1] = ["up"];

on_both_databases!(with &[crate::metrics::METRICS];
    the_dashboard_and_the_rules_name_only_figures_that_there_are,
);

fn names(figures: &Answer) -> BTreeSet<String> {
    let lines = figures.text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| line.split(['{', ' ']).next().unwrap().to_owned())
        .collect()
}

/// The names of figures in a text: those of ours and of the process, and those that Prometheus makes.
fn names_in(text: &str) -> BTreeSet<String> {
    let is_of_a_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    text.split(|character| !is_of_a_name(character))
        .filter(|word| word.starts_with("portcullis_") || word.starts_with("process_"))
        .map(str::to_owned)
        .collect()
}

/// Every text behind `expr`, and the queries of variables.
fn expressions(value: &Value, into: &mut String) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if name == "expr" || name == "query" => {
                        into.push_str(text);
                        into.push('\n');
                    }
                    member => expressions(member, into),
                }
            }
        }
        Value::Array(elements) => elements.iter().for_each(|element| expressions(element, into)),
        _ => {}
    }
}

async fn the_dashboard_and_the_rules_name_only_figures_that_there_are(app: TestApp) {
    app.anonymous().signed_in("ada@example.org").await;
    let figures = read(&app).await;
    // Jobs have figures once they have run; the first is done at once.
    let mut served = names(&figures);
    while !served.contains("portcullis_job_last_success_timestamp_seconds") {
        served = names(&read(&app).await);
    }
    served.extend(OF_PROMETHEUS.iter().map(|name| (*name).to_owned()));
    let dashboard: Value = serde_json::from_str(&of_operations("dashboard.json")).unwrap();
    let mut shown = String::new();
    expressions(&dashboard, &mut shown);
    for (file, text) in [("dashboard.json", shown), ("alerts.yml", of_operations("alerts.yml"))] {
        let named = names_in(&text);
        assert!(named.len() > 5, "{file}: {named:?}");
        let missing: Vec<_> = named.difference(&served).collect();
        assert!(missing.is_empty(), "{file} names what no server has: {missing:?}");
    }
    // What nobody looks at needs no figure.
    let documented = names_in(&document("docs/operations.md"));
    let families: BTreeSet<String> = served
        .iter()
        .map(|name| {
            let ends = ["_bucket", "_sum", "_count"];
            let stem = ends.iter().find_map(|end| name.strip_suffix(end));
            stem.unwrap_or(name).to_owned()
        })
        .filter(|name| name.starts_with("portcullis_"))
        .collect();
    let untold: Vec<_> = families.difference(&documented).collect();
    assert!(untold.is_empty(), "docs/operations.md does not tell of {untold:?}");
}

fn of_operations(file: &str) -> String {
    document(&format!("docs/operations/{file}"))
}

fn promtool(arguments: &[&str]) -> Option<Command> {
    let mut command = Command::new(system_programs::find("promtool")?);
    command.args(arguments).current_dir(OPERATIONS);
    Some(command)
}

fn assert_is_right(output: &Output) {
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

#[test]
fn promtool_takes_the_rules_and_they_say_what_they_should() {
    for arguments in [["check", "rules", "alerts.yml"], ["test", "rules", "alerts.test.yml"]] {
        let Some(mut promtool) = promtool(&arguments) else {
            return;
        };
        assert_is_right(&promtool.output().unwrap());
    }
}

#[test]
fn promtool_takes_the_configuration_that_the_document_shows() {
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("prometheus.yml");
    std::fs::write(&configuration, block("docs/operations.md", "yaml", "scrape_configs:")).unwrap();
    std::fs::copy(
        Path::new(OPERATIONS).join("alerts.yml"),
        folder.path().join("alerts.yml"),
    )
    .unwrap();
    if let Some(mut promtool) = promtool(&["check", "config", configuration.to_str().unwrap()]) {
        assert_is_right(&promtool.output().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn promtool_finds_no_fault_with_the_figures() {
    let Some(mut promtool) = promtool(&["check", "metrics"]) else {
        return;
    };
    let app = TestApp::on_sqlite(&[METRICS]);
    app.anonymous().signed_in("ada@example.org").await;
    let figures = read(&app).await;
    let mut checking = promtool
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    checking
        .stdin
        .take()
        .unwrap()
        .write_all(figures.text.as_bytes())
        .unwrap();
    assert_is_right(&checking.wait_with_output().unwrap());
}
