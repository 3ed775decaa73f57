//! Passkeys of devices that are not ours: Chromium makes them up.

use crate::app::TestApp;
use crate::client::PASSWORD;
use crate::on_both_databases;
use crate::packages::{self, SOURCES};
use crate::system_programs::{find, free_port};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

const ADA: &str = "ada@example.org";

on_both_databases!(a_person_signs_in_by_passkeys_of_two_devices,);

/// The program says what else it holds.
async fn a_person_signs_in_by_passkeys_of_two_devices(mut server: TestApp) {
    let (Some(packages), Some(chromium)) = (packages::of_npm(), find("chromium")) else {
        return;
    };
    let (port, other_port) = (free_port().to_string(), free_port().to_string());
    let origin = format!("http://localhost:{port}");
    server.restart(&[("PORT", &port), ("PUBLIC_URL", &origin)]);
    let back = format!("http://localhost:{other_port}/cb");
    let client = [
        "client", "create", "--id", "vault", "--kind", "web", "--scope", "openid",
    ];
    let of_vault = ["--redirect-uri", &back, "--min-acr", "phr"];
    server.run(&[&client[..], &of_vault].concat()).result();
    let anybody = server.anonymous();
    anybody.signed_in(ADA).await;
    // Below the packages, where Node.js looks for them.
    let folder = tempfile::tempdir_in(packages).unwrap();
    let program = folder.path().join("passkeys.mjs");
    std::fs::copy(Path::new(SOURCES).join("passkeys.mjs"), &program).unwrap();
    let mut command = Command::new("node");
    command
        .arg(program)
        .arg(chromium)
        .args([&origin, &other_port, ADA, PASSWORD]);
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    let said = [&output.stdout[..], &output.stderr].concat();
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&said),
        server.logs()
    );
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let token = told["access_token"].as_str().unwrap();
    let events = anybody
        .with_token(token)
        .get("/users/me/audit-events?limit=100")
        .await
        .json();
    let told: Vec<_> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| json!([event["type"], event["result"], event["reason"]]))
        .collect();
    for expected in [
        json!(["passkey_added", "success", null]),
        json!(["passkey_removed", "success", null]),
        json!(["login", "failure", "wrong_passkey"]),
        json!(["login", "failure", "passkey_copied"]),
        json!(["session_ended", "success", "passkey_removed"]),
    ] {
        assert!(told.contains(&expected), "{expected} {told:?}");
    }
}
