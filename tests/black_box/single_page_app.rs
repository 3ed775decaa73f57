//! The example of a single-page app, on another origin of the same site, in a browser.

use crate::app::TestApp;
use crate::packages::{self, SOURCES};
use crate::process::Killed;
use crate::system_programs::{self, find, free_port};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/single-page-app");

/// The app's files, as its README serves them.
async fn served() -> Option<(TempDir, Killed, SocketAddr)> {
    let python = find("python3")?;
    let folder = tempfile::tempdir().unwrap();
    for name in ["index.html", "app.js", "session.js"] {
        fs::copy(Path::new(EXAMPLE).join(name), folder.path().join(name)).unwrap();
    }
    let path = folder.path().to_owned();
    let (process, address) = system_programs::start(folder.path(), move |port| {
        let mut command = Command::new(&python);
        command
            .args(["-m", "http.server", &port.to_string(), "--bind", "127.0.0.1"])
            .current_dir(&path);
        command
    })
    .await;
    Some((folder, process, address))
}

/// The example's settings with another server and another place for the refresh token.
fn configure(folder: &Path, server: &str, mode: &str) {
    let config = fs::read_to_string(Path::new(EXAMPLE).join("config.js")).unwrap();
    let changed = config
        .replace("\"http://localhost:8000\"", &format!("\"{server}\""))
        .replace(
            "REFRESH_TOKEN_IN = \"cookie\"",
            &format!("REFRESH_TOKEN_IN = \"{mode}\""),
        );
    assert!(
        changed.contains(server) && changed.contains(&format!("= \"{mode}\"")),
        "{changed}"
    );
    fs::write(folder.join("config.js"), changed).unwrap();
}

async fn works_in_two_tabs(mode: &str) {
    let (Some(packages), Some(chromium)) = (packages::of_npm(), find("chromium")) else {
        return;
    };
    let Some((files, _web_server, address)) = served().await else {
        return;
    };
    let origin = format!("http://localhost:{}", address.port());
    let (port, secret) = (free_port().to_string(), "a-secret-of-the-provider-0123456789");
    let app = TestApp::on_sqlite(&[
        ("CORS_ALLOWED_ORIGINS", &origin),
        ("REDIRECT_ALLOWLIST", &format!("{origin}/")),
        ("SOCIAL_ACME_ISSUER", &format!("http://127.0.0.1:{port}")),
        ("SOCIAL_ACME_CLIENT_ID", "portcullis"),
        ("SOCIAL_ACME_CLIENT_SECRET", secret),
        ("SOCIAL_ACME_LABEL", "Acme"),
        ("OUTBOUND_ALLOW", "127.0.0.1"),
    ]);
    let server = format!("http://localhost:{}", app.address().port());
    configure(files.path(), &server, mode);
    // Below the packages, where Node.js looks for them.
    let folder = tempfile::tempdir_in(packages).unwrap();
    let program = folder.path().join("single_page_app.mjs");
    fs::copy(Path::new(SOURCES).join("single_page_app.mjs"), &program).unwrap();
    let mut command = Command::new("node");
    let given = [&origin, &server, mode, &port, secret];
    command.arg(program).arg(chromium).args(given);
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_page_app_works_in_two_tabs_with_the_refresh_token_in_a_cookie() {
    works_in_two_tabs("cookie").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_page_app_works_in_two_tabs_with_the_refresh_token_in_memory() {
    works_in_two_tabs("memory").await;
}
