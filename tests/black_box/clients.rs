//! OAuth clients by the command line, by REST and by a file.

use crate::app::{TestApp, usual_settings};
use crate::on_both_databases;
use crate::process::Process;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

on_both_databases!(clients_are_kept_by_the_command_line_and_by_rest);

async fn clients_are_kept_by_the_command_line_and_by_rest(app: TestApp) {
    let arguments = [
        "client",
        "create",
        "--id",
        "shop",
        "--name",
        "The Shop",
        "--kind",
        "web",
        "--redirect-uri",
    ];
    let arguments = [
        &arguments[..],
        &["https://shop.example.com/cb", "--scope", "openid email", "--json"],
    ]
    .concat();
    let made = app.run(&arguments).json();
    assert_eq!(
        (&made["client_id"], &made["scopes"]),
        (&json!("shop"), &json!(["email", "openid"]))
    );
    assert!(made["client_secret"].as_str().unwrap().starts_with("pcs_"), "{made}");
    let root = app.admin("root@example.org").await;
    let read = root.client.get("/admin/clients/shop").await;
    assert_eq!(read.status, 200);
    let mut told = made.clone();
    told.as_object_mut().unwrap().remove("client_secret");
    let mut answered = read.json();
    // What a running server saw, which no command knows.
    assert_eq!(answered.as_object_mut().unwrap().remove("warnings"), Some(json!([])));
    assert_eq!(answered, told, "it prints what the API answers");
    assert_eq!(app.run(&["client", "show", "shop"]).json(), told);
    assert_eq!(app.run(&["client", "disable", "shop"]).json()["enabled"], false);
    assert_eq!(
        root.client.get("/admin/clients").await.json()["items"][0]["enabled"],
        false
    );
    let refused = app.run(&[
        "client",
        "change",
        "shop",
        "--redirect-uri",
        "http://shop.example.com/cb",
    ]);
    refused.assert_refused(&["redirect_uris \"http://shop.example.com/cb\": http is for"]);
    let resource = [
        "resource",
        "create",
        "https://api.example.com",
        "--scope",
        "orders:read=Read your orders",
    ];
    assert_eq!(
        app.run(&resource).json()["scopes"][0]["description"],
        "Read your orders"
    );
    let worker = app.run(&[
        "client",
        "create",
        "--id",
        "worker",
        "--kind",
        "service",
        "--scope",
        "orders:raed",
    ]);
    worker.assert_refused(&["did you mean orders:read?"]);
    assert_eq!(app.run(&["client", "delete", "shop"]).json()["client_id"], "shop");
    assert_eq!(root.client.get("/admin/clients/shop").await.status, 404);
}

fn write(path: &Path, redirect: &str) {
    let secret = "00".repeat(32);
    let text = format!(
        "[[client]]\nid = \"shop\"\nkind = \"web\"\nredirect_uris = [\"{redirect}\"]\nsecret_sha256 = \"{secret}\"\n"
    );
    fs::write(path, text).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_clients_is_read_at_the_start_and_on_sighup() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clients.toml");
    write(&path, "https://shop.example.com/cb#x");
    let mut settings = usual_settings();
    settings.push(("CLIENTS_FILE".to_owned(), path.to_str().unwrap().to_owned()));
    let refused = crate::commands::run_in(folder.path(), &settings, &["serve"], b"");
    assert_eq!(refused.status, Some(1));
    assert!(
        refused.stderr.contains("clients.toml line 4, redirect_uris: "),
        "{}",
        refused.stderr
    );
    write(&path, "https://shop.example.com/cb");
    let mut server = Process::spawn(folder.path(), &settings).listening();
    let shown =
        || -> Value { crate::commands::run_in(folder.path(), &settings, &["client", "show", "shop"], b"").json() };
    let first = shown();
    assert_eq!(first["managed_by"], "file");
    fs::write(&path, "[[client]]\nid = 1\n").unwrap();
    server.send(Signal::HUP);
    let told = server.wait_for_log(|line| line["level"] == "ERROR");
    assert!(
        told["error"].as_str().unwrap().contains("clients.toml line 2, id: "),
        "{told}"
    );
    assert_eq!(shown(), first);
    write(&path, "https://shop.example.com/other");
    server.send(Signal::HUP);
    server.wait_for_log(|line| line["message"] == "the file of clients was read again");
    assert_eq!(shown()["redirect_uris"], json!(["https://shop.example.com/other"]));
    let rehearsed = crate::commands::run_in(folder.path(), &settings, &["client", "apply", "--dry-run"], b"");
    assert_eq!(rehearsed.result(), "");
    server.terminate();
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn no_client_is_made_where_there_is_no_provider() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = usual_settings();
    settings.push(("PUBLIC_URL".to_owned(), "https://example.org/sso".to_owned()));
    let refused = crate::commands::run_in(
        folder.path(),
        &settings,
        &["client", "create", "--kind", "service"],
        b"",
    );
    refused.assert_refused(&["add a line as PUBLIC_URL=https://"]);
}
