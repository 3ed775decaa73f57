//! The folder of an embedded store: what is made there, who may read it, and what may be in its place.

use crate::app::{SECRET_KEY, TestApp};
use crate::process::run;
use crate::settings::{ANY_PORT, LOW_COST, assert_content_refused, assert_refused, refusal};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

#[test]
fn a_key_file_that_others_can_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    let key = folder.path().join("data/secret.key");
    fs::write(&key, "hunter2-and-enough-more-to-be-a-key-0123456789\n").unwrap();
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    let output = run(folder.path(), &[ANY_PORT], &[]);
    assert_content_refused(&output, "DATA_DIR");
    let line = refusal(&output);
    assert!(line.contains("secret.key") && line.contains("chmod 600"), "{line}");
}

/// As Kubernetes leaves it, which gives a volume to the group of `fsGroup` at each mount.
#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_that_its_group_can_read_is_warned_of_and_served() {
    let mut app = TestApp::on_sqlite(&[("SECRET_KEY", "")]);
    app.terminate();
    app.wait();
    for (name, mode) in [
        ("data", 0o2770),
        ("data/secret.key", 0o660),
        ("data/portcullis.db", 0o660),
    ] {
        fs::set_permissions(app.folder().join(name), Permissions::from_mode(mode)).unwrap();
    }
    app.restart(&[]);
    app.wait_for_log(|line| {
        let message = line["message"].as_str().unwrap_or_default();
        line["level"] == "WARN" && message.contains("secret.key is open to its group (mode 660)")
    });
    assert_eq!(app.anonymous().get("/health/ready").await.status, 200);
}

#[test]
fn a_place_where_no_store_can_be_is_named_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    fs::create_dir_all(folder.path().join("garbage")).unwrap();
    fs::write(folder.path().join("garbage/portcullis.db"), "no database ".repeat(1000)).unwrap();
    for (settings, arguments, reason) in [
        (
            [("DATA_DIR", "file")],
            &["serve"][..],
            "file is a file, and has to be a folder",
        ),
        (
            [("DATA_DIR", "file/x")],
            &["user", "list"],
            "file is a file, and has to be a folder",
        ),
        ([("DATA_DIR", "~/x")], &["migrate"], "begins with ~"),
        ([("DATA_DIR", "")], &["backup", "x"], "is empty"),
        (
            [("DATABASE_URL", "sqlite:///garbage")],
            &["serve"],
            "garbage is a folder, and has to be a file",
        ),
    ] {
        let settings = [&[ANY_PORT][..], &settings].concat();
        let output = run(folder.path(), &settings, arguments);
        assert_refused(&output, settings[1].0);
        let line = refusal(&output);
        assert_eq!(line.matches(reason).count(), 1, "{line}");
    }
    let garbage = run(folder.path(), &[ANY_PORT, ("DATA_DIR", "garbage")], &["migrate"]);
    assert_content_refused(&garbage, "DATA_DIR");
    assert!(refusal(&garbage).contains("can't be opened"), "{garbage:?}");
    for (name, reason) in [("-", "./-"), (".", "is a folder")] {
        let line = refusal(&run(folder.path(), &[], &["backup", name]));
        assert!(line.contains(reason), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_start_that_makes_a_database_says_where_it_is() {
    let mut app = TestApp::on_sqlite(&[]);
    let made = app.wait_for_log(|line| line["message"] == "made a new database");
    let place = app.folder().canonicalize().unwrap().join("data/portcullis.db");
    assert_eq!(made["database"], place.to_str().unwrap());
    app.restart(&[]);
    assert!(!app.logs().contains("made a new database"), "{}", app.logs());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_an_embedded_store_makes_one_that_lasts() {
    let mut app = TestApp::on_sqlite(&[("SECRET_KEY", "")]);
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    for file in ["data/secret.key", "data/portcullis.db"] {
        assert_eq!(mode_of(&app.folder().join(file)), 0o600, "{file}");
    }
    app.restart(&[]);
    assert_eq!(app.anonymous().with_token(&tokens.access).me().await.status, 200);
    assert_eq!(app.anonymous().refresh(&tokens.refresh).await.status, 200);
}

fn mode_of(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_one_sqlite_file_refuses_to_start() {
    let app = TestApp::on_sqlite(&[]);
    let settings = [ANY_PORT, ("SECRET_KEY", SECRET_KEY), LOW_COST];
    let by_folder = run(app.folder(), &settings, &[]);
    assert_refused(&by_folder, "DATA_DIR");
    let line = refusal(&by_folder);
    assert!(
        line.contains("another server is using") && !line.contains("DATABASE_URL"),
        "{line}"
    );
    let url = [("DATABASE_URL", "sqlite:///./data/portcullis.db")];
    assert_refused(&run(app.folder(), &[&settings[..], &url].concat(), &[]), "DATABASE_URL");
    assert_eq!(app.anonymous().get("/health/ready").await.status, 200);
    assert_eq!(run(app.folder(), &settings, &["migrate"]).status.code(), Some(0));
}
