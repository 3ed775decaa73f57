//! The interactive page in a browser.

use crate::app::TestApp;
use crate::client::PASSWORD;
use crate::packages::{self, SOURCES};
use crate::system_programs::find;
use std::path::Path;
use std::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_signs_in_on_the_page_and_sends_what_was_typed_alone() {
    let (Some(packages), Some(chromium)) = (packages::of_npm(), find("chromium")) else {
        return;
    };
    let app = TestApp::on_sqlite(&[]);
    app.anonymous().register("ada@example.org").await;
    // Below the packages, where Node.js looks for them.
    let folder = tempfile::tempdir_in(packages).unwrap();
    let program = folder.path().join("page.mjs");
    std::fs::copy(Path::new(SOURCES).join("page.mjs"), &program).unwrap();
    let mut command = Command::new("node");
    command
        .arg(program)
        .arg(chromium)
        .arg(format!("http://{}/docs", app.address()))
        .args(["ada@example.org", PASSWORD]);
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
}
