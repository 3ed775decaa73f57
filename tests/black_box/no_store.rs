//! Commands where there is no store: only a start, a migration and a first account make one.

use crate::app::usual_settings;
use crate::client::PASSWORD;
use crate::commands::{Finished, run_in};
use crate::database::ScratchDatabase;
use crate::process::{Process, binary};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

const WORK_ON_A_STORE: &[&[&str]] = &[
    &["audit", "verify"],
    &["audit", "export"],
    &["keys", "list"],
    &["keys", "rotate", "--algorithm", "EdDSA"],
    &["user", "list"],
    &["client", "list"],
    &["client", "create", "--kind", "service"],
    &["resource", "list"],
    &["user", "set-role", "ada@example.org", "ADMIN"],
    &["user", "disable", "ada@example.org"],
    &["user", "enable", "ada@example.org"],
    &["user", "delete", "ada@example.org"],
    &["user", "end-sessions", "ada@example.org"],
    &["user", "set-password", "ada@example.org", "--password-stdin"],
];

const FIRST_ACCOUNT: &[&str] = &[
    "user",
    "create",
    "--email",
    "ada@example.org",
    "--full-name",
    "Ada Lovelace",
    "--role",
    "ADMIN",
    "--password-stdin",
];

/// Settings but for the key, so that it would be made in a file.
fn settings(url: Option<&str>) -> Vec<(String, String)> {
    let mut settings = usual_settings();
    match url {
        None => settings.retain(|(name, _)| name != "SECRET_KEY"),
        Some(url) => settings.push(("DATABASE_URL".to_owned(), url.to_owned())),
    }
    settings
}

fn with_input(folder: &Path, settings: &[(String, String)], arguments: &[&str]) -> Finished {
    run_in(folder, settings, arguments, PASSWORD.as_bytes())
}

/// Standard error says that a store was made, and where.
#[track_caller]
fn make_first_account(folder: &Path, settings: &[(String, String)]) {
    let made = with_input(folder, settings, FIRST_ACCOUNT);
    assert!(
        made.status == Some(0) && made.stderr.contains("made a new store in"),
        "{made:?}"
    );
}

#[test]
fn in_a_folder_without_a_store_commands_refuse_and_make_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(None);
    for arguments in WORK_ON_A_STORE.iter().chain(&[&["backup", "copy.db"][..]]) {
        let finished = with_input(folder.path(), &settings, arguments);
        finished.assert_refused(&["there is no store in", "data/portcullis.db"]);
        assert_eq!(finished.stdout, "", "{arguments:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{arguments:?}");
    }
    for password in ["password", "short"] {
        let refused = run_in(folder.path(), &settings, FIRST_ACCOUNT, password.as_bytes());
        refused.assert_refused(&["password"]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{password}");
    }
    // A link for the key that leads nowhere: no key could be made, so no store is either.
    fs::create_dir(folder.path().join("data")).unwrap();
    let key = folder.path().join("data/secret.key");
    symlink("nowhere", &key).unwrap();
    with_input(folder.path(), &settings, FIRST_ACCOUNT).assert_refused(&["DATA_DIR", "link"]);
    fs::remove_file(&key).unwrap();
    fs::remove_dir(folder.path().join("data")).unwrap();
    let made = with_input(folder.path(), &settings, FIRST_ACCOUNT);
    assert!(made.status == Some(0) && made.stdout.contains("\"ADMIN\""), "{made:?}");
    let place = folder.path().canonicalize().unwrap().join("data/portcullis.db");
    let said = format!("portcullis: made a new store in {}\n", place.display());
    assert_eq!(made.stderr, said);
    assert_eq!(with_input(folder.path(), &settings, &["user", "list"]).lines().len(), 1);
    with_input(folder.path(), &settings, &["audit", "verify"]).json();
}

#[tokio::test(flavor = "multi_thread")]
async fn on_an_empty_postgresql_database_commands_refuse_and_make_nothing() {
    let Some(database) = ScratchDatabase::create().await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(Some(&database.url()));
    let tables = "SELECT count(*)::text FROM pg_tables WHERE schemaname = 'public'";
    for arguments in WORK_ON_A_STORE {
        with_input(folder.path(), &settings, arguments).assert_refused(&["there is no store in"]);
        assert_eq!(database.column(tables).await, ["0"], "{arguments:?}");
    }
    let doctor = with_input(folder.path(), &settings, &["doctor"]);
    assert_eq!(doctor.status, Some(0), "{doctor:?}");
    assert!(doctor.stdout.contains("there is none yet"), "{doctor:?}");
    assert_eq!(database.column(tables).await, ["0"]);
    make_first_account(folder.path(), &settings);
}

/// Nobody has ever signed in there, so nobody is signed out.
#[test]
fn a_store_that_was_only_migrated_lacks_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(None);
    assert_eq!(with_input(folder.path(), &settings, &["migrate"]).status, Some(0));
    let doctor = with_input(folder.path(), &settings, &["doctor"]);
    assert_eq!(doctor.status, Some(0), "{doctor:?}");
    assert!(doctor.stdout.contains("the first start makes"), "{doctor:?}");
    let server = Process::start(folder.path(), &settings);
    assert!(!server.lines().contains("sign in again"), "{}", server.lines());
}

/// The names and contents of all files below.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
        .collect()
}

#[test]
fn a_look_after_a_kill_changes_no_byte() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(None);
    make_first_account(folder.path(), &settings);
    Process::start(folder.path(), &settings).kill();
    let data = folder.path().join("data");
    let before = files(&data);
    assert!(before.keys().any(|name| name.ends_with("-wal")), "{:?}", before.keys());
    let doctor = with_input(folder.path(), &settings, &["doctor"]);
    assert!(
        doctor
            .findings()
            .iter()
            .any(|line| line.starts_with("ok   administrators")),
        "{doctor:?}"
    );
    assert!(files(&data) == before);
}

/// The user that is nobody's, who owns nothing.
const NOBODY: u32 = 65534;

/// Only root can be somebody else.
#[test]
fn in_the_folder_of_another_user_the_start_and_doctor_refuse_alike() {
    let folder = tempfile::tempdir().unwrap();
    if chown(folder.path(), Some(NOBODY), Some(NOBODY)).is_err() {
        return;
    }
    let program = folder.path().join("portcullis");
    fs::copy(binary(), &program).unwrap();
    let data = folder.path().join("data");
    make_first_account(folder.path(), &settings(None));
    let as_nobody = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.env_clear().current_dir(folder.path()).uid(NOBODY).gid(NOBODY);
        command.envs(settings(None)).args(arguments).output().unwrap()
    };
    // The folder is closed, then the files in an open folder, then only the database is another's.
    for step in 0..3 {
        match step {
            0 => {}
            1 => fs::set_permissions(&data, PermissionsExt::from_mode(0o755)).unwrap(),
            _ => chown(data.join("secret.key"), Some(NOBODY), Some(NOBODY)).unwrap(),
        }
        let (start, doctor) = (as_nobody(&["serve"]), as_nobody(&["doctor"]));
        let findings = String::from_utf8(doctor.stdout).unwrap();
        assert_eq!(
            (start.status.code(), doctor.status.code()),
            (Some(1), Some(1)),
            "{step}: {findings}"
        );
        let refusal = String::from_utf8(start.stderr).unwrap();
        assert_eq!(refusal.lines().count(), 1, "{refusal}");
        assert!(findings.contains("ermission denied"), "{findings}");
    }
}
