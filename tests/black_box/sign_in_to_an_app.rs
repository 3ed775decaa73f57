//! A person signs in to an app of another origin, in a browser.

use crate::app::TestApp;
use crate::client::PASSWORD;
use crate::packages::{self, SOURCES};
use crate::relying_party::{ADA, Apps};
use crate::system_programs::{find, free_port};
use serde_json::json;
use std::path::Path;
use std::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_to_an_app_by_the_keyboard_and_without_javascript() {
    let (Some(packages), Some(chromium)) = (packages::of_npm(), find("chromium")) else {
        return;
    };
    let mut apps = Apps::on(TestApp::on_sqlite(&[])).await;
    let port = free_port().to_string();
    let callback = format!("http://localhost:{port}/cb");
    apps.add(&json!({"client_id": "desk", "kind": "web", "redirect_uris": [callback], "scopes": ["openid", "email"]}))
        .await;
    apps.settle().await;
    // Below the packages, where Node.js looks for them.
    let folder = tempfile::tempdir_in(packages).unwrap();
    let program = folder.path().join("sign_in_to_an_app.mjs");
    std::fs::copy(Path::new(SOURCES).join("sign_in_to_an_app.mjs"), &program).unwrap();
    let issuer = format!("http://{}", apps.app.address());
    let mut command = Command::new("node");
    command.arg(program).arg(chromium).args([&issuer, &port, ADA, PASSWORD]);
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&said),
        apps.app.logs()
    );
}
