//! Clients that others' generators make of the server's own document, against the server.

use crate::app::TestApp;
use crate::packages::{self, SOURCES};
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// The programs for the clients of TypeScript, and what they need.
const TYPESCRIPT: [&str; 5] = [
    "check.ts",
    "fetch.ts",
    "hey.ts",
    "openapi-ts.config.js",
    "tsconfig.json",
];

/// A folder with the document of the server and these of the tests' programs.
async fn folder_with_document(app: &TestApp, parent: &Path, programs: &[&str]) -> TempDir {
    let folder = tempfile::tempdir_in(parent).unwrap();
    let document = app.anonymous().get("/openapi.json").await.text;
    fs::write(folder.path().join("openapi.json"), document).unwrap();
    for program in programs {
        fs::copy(Path::new(SOURCES).join(program), folder.path().join(program)).unwrap();
    }
    folder
}

/// Runs a program there, with those of the packages before the system's.
fn run(folder: &Path, packages: &Path, line: &[&str]) {
    let mut path = OsString::from(packages);
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let (program, arguments) = line.split_first().unwrap();
    let mut command = Command::new("/usr/bin/env");
    command
        .arg(program)
        .args(arguments)
        .env("PATH", path)
        .current_dir(folder);
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{line:?}: {}", String::from_utf8_lossy(&said));
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_of_typescript_sign_up_and_in_and_out() {
    let Some(packages) = packages::of_npm() else { return };
    let app = TestApp::on_sqlite(&[]);
    // Below the packages, where Node.js looks for them.
    let folder = folder_with_document(&app, packages, &TYPESCRIPT).await;
    let programs = packages.join("node_modules/.bin");
    let server = format!("http://{}", app.address());
    for line in [
        &["openapi-typescript", "openapi.json", "-o", "schema.ts"][..],
        &["openapi-ts", "--no-log-file"],
        &["tsc", "-p", "."],
        &["node", "built/fetch.js", &server, "fetch@example.org"],
        &["node", "built/hey.js", &server, "hey@example.org"],
    ] {
        run(folder.path(), &programs, line);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_python_signs_up_and_in_and_out() {
    let Some(programs) = packages::of_python() else { return };
    let app = TestApp::on_sqlite(&[]);
    let folder = folder_with_document(&app, &std::env::temp_dir(), &["client.py"]).await;
    let server = format!("http://{}", app.address());
    let generate = "openapi-python-client generate --path openapi.json --meta none --output-path portcullis_client";
    let generate: Vec<&str> = generate.split(' ').chain(["--fail-on-warning"]).collect();
    run(folder.path(), &programs, &generate);
    run(
        folder.path(),
        &programs,
        &["python", "client.py", &server, "python@example.org"],
    );
}
