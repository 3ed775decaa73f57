//! The pages: in a browser, on services that answer by what a token is called, and on a real server.

use crate::app::TestApp;
use crate::packages::{self, SOURCES};
use crate::system_programs::{find, start};
use std::path::Path;
use std::process::Command;

/// Every state of every page, in both languages. The pictures stay in `target/pages`.
#[tokio::test(flavor = "multi_thread")]
async fn every_page_can_be_read_and_used_by_everybody() {
    let (Some(packages), Some(chromium)) = (packages::of_npm(), find("chromium")) else {
        return;
    };
    // The tests are in `target/PROFILE/deps`, examples beside that.
    let tests = std::env::current_exe().unwrap();
    let profile = tests.ancestors().nth(2).unwrap();
    let gallery = profile.join("examples/gallery");
    if !gallery.is_file() {
        packages::skip::<()>("the example gallery is not built (scripts/test builds it)");
        return;
    }
    let pictures = profile.parent().unwrap().join("pages");
    std::fs::create_dir_all(&pictures).unwrap();
    // Below the packages, where Node.js looks for them.
    let folder = tempfile::tempdir_in(packages).unwrap();
    let program = folder.path().join("pages.mjs");
    std::fs::copy(Path::new(SOURCES).join("pages.mjs"), &program).unwrap();
    let serve = |port: u16| {
        let mut command = Command::new(&gallery);
        command.arg(port.to_string());
        command
    };
    let (_running, address) = start(folder.path(), serve).await;
    let mut command = Command::new("node");
    command
        .arg(program)
        .arg(chromium)
        .arg(format!("http://{address}"))
        .arg(pictures);
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
}

#[tokio::test]
async fn what_is_refused_on_a_page_is_a_page_in_the_operators_theme() {
    let app = TestApp::on_sqlite(&[("THEME_NAME", "Orchard"), ("HELP_URL", "https://orchard.example/help")]);
    let asked = reqwest::Client::new()
        .get(format!("http://{}/verify-email/nothing", app.address()))
        .header("accept-language", "ko");
    let answer = asked.send().await.unwrap();
    assert_eq!(answer.status(), 404);
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
    assert_eq!(answer.headers()["referrer-policy"], "strict-origin");
    let page = answer.text().await.unwrap();
    assert!(page.contains("<title>페이지가 없습니다 – Orchard</title>"), "{page}");
    assert!(page.contains("href=\"/help\""), "{page}");
}

#[tokio::test]
async fn there_are_no_pages_where_cookies_would_travel_in_clear() {
    let app = TestApp::on_sqlite(&[("PUBLIC_URL", "http://auth.example.org")]);
    app.wait_for_line(|line| line.contains("no cookies and no pages"));
    let answer = reqwest::get(format!("http://{}/help", app.address())).await.unwrap();
    assert_eq!(answer.status(), 404);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
}
