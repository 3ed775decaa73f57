//! The command that looks at everything and says what to mend.

use crate::app::TestApp;
use crate::commands::{Finished, run_in};
use crate::{on_both_databases, on_postgres};
use std::os::unix::fs::PermissionsExt;

on_both_databases!(
    a_server_that_runs_is_found_well,
    what_has_to_be_mended_is_named,
    it_changes_nothing,
);

on_postgres!(a_database_that_is_not_there_is_named);

/// The lines, each of which must begin with its grade.
#[track_caller]
fn lines(finished: &Finished) -> Vec<String> {
    let lines = finished.findings();
    let is_graded = |line: &String| ["ok   ", "warn ", "fail "].iter().any(|grade| line.starts_with(grade));
    assert!(!lines.is_empty() && lines.iter().all(is_graded), "{finished:?}");
    let fails = lines.iter().filter(|line| line.starts_with("fail ")).count();
    if fails == 0 {
        assert_eq!(
            (finished.status, finished.stderr.as_str()),
            (Some(0), ""),
            "{finished:?}"
        );
    } else {
        finished.assert_refused(&[&fails.to_string()]);
    }
    lines
}

#[track_caller]
fn assert_says(finished: &Finished, grade: &str, texts: &[&str]) {
    let found = lines(finished)
        .into_iter()
        .any(|line| line.starts_with(grade) && texts.iter().all(|text| line.contains(text)));
    assert!(found, "{grade} {texts:?}: {finished:?}");
}

fn doctor_with(app: &TestApp, changes: &[(&str, &str)]) -> Finished {
    let mut settings = app.settings().to_vec();
    for (name, value) in changes {
        settings.retain(|(known, _)| known != name);
        if !value.is_empty() {
            settings.push(((*name).to_owned(), (*value).to_owned()));
        }
    }
    run_in(app.folder(), &settings, &["doctor"], b"")
}

async fn a_server_that_runs_is_found_well(app: TestApp) {
    let without = app.run(&["doctor"]);
    assert_says(&without, "warn", &["administrators", "user create --role ADMIN"]);
    app.make_admin("root@example.org");
    let finished = doctor_with(&app, &[("BCRYPT_COST", "10")]);
    assert_eq!(finished.status, Some(0), "{finished:?}");
    for subject in [
        "settings",
        "secret key",
        "store",
        "keys",
        "audit trail",
        "clock",
        "administrators",
        "jobs",
        "mail",
    ] {
        assert_says(&finished, "ok", &[subject]);
    }
    assert_says(&app.run(&["doctor"]), "warn", &["BCRYPT_COST=4"]);
}

async fn what_has_to_be_mended_is_named(mut app: TestApp) {
    app.make_admin("root@example.org");
    for (name, value) in [
        ("PORT", "http"),
        ("SECRET_KEY", "hunter2hunter2"),
        ("ALGORITHM", "none"),
        ("LOG_LEVEL", "loud"),
    ] {
        let finished = doctor_with(&app, &[(name, value)]);
        assert_says(&finished, "fail", &["settings", name]);
        assert!(!format!("{finished:?}").contains("hunter2"), "{finished:?}");
    }
    let lost = doctor_with(
        &app,
        &[("SECRET_KEY", "another-key-than-the-one-that-it-had-0123456789")],
    );
    assert_says(&lost, "fail", &["SECRET_KEY"]);
    assert!(!format!("{lost:?}").contains("another-key"), "{lost:?}");
    let unsettled = doctor_with(&app, &[("ALGORITHM", "EdDSA")]);
    assert_says(&unsettled, "warn", &["keys", "EdDSA"]);

    app.kill();
    app.execute("UPDATE audit_events SET at = (SELECT max(at) FROM audit_events)")
        .await;
    let later = app.on("at = at + 3600000000", "at = at + interval '1 hour'");
    app.execute(&format!("UPDATE audit_events SET {later}")).await;
    assert_says(&app.run(&["doctor"]), "fail", &["clock"]);
    app.execute("UPDATE jobs SET ended_at = next_at, failure = 'the store is busy' WHERE name = 'clean_up'")
        .await;
    assert_says(
        &app.run(&["doctor"]),
        "warn",
        &["jobs", "clean_up", "the store is busy"],
    );
    app.execute("DELETE FROM jobs WHERE name = 'clean_up'").await;
    assert_says(&app.run(&["doctor"]), "fail", &["jobs", "no row clean_up"]);
    app.execute("DROP TABLE signing_keys").await;
    assert_says(&app.run(&["doctor"]), "fail", &["store", "signing_keys"]);
}

async fn it_changes_nothing(app: TestApp) {
    app.make_admin("root@example.org");
    let count = "SELECT CAST(count(*) AS TEXT) FROM audit_events";
    let before = (
        app.column(count).await,
        app.column("SELECT email || role FROM users").await,
    );
    lines(&app.run(&["doctor"]));
    assert_eq!(
        (
            app.column(count).await,
            app.column("SELECT email || role FROM users").await
        ),
        before
    );
}

async fn a_database_that_is_not_there_is_named(app: TestApp) {
    app.close_postgres().await;
    let finished = app.run(&["doctor"]);
    app.reopen_postgres().await;
    assert_says(&finished, "fail", &["store", "DATABASE_URL"]);
    let url = app
        .settings()
        .iter()
        .find(|(name, _)| name == "DATABASE_URL")
        .unwrap()
        .1
        .clone();
    let password = url.split(['@', ':']).nth(2).unwrap();
    assert!(!finished.stdout.contains(password), "{finished:?}");
}

#[test]
fn before_the_first_start_nothing_is_wrong_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let finished = run_in(folder.path(), &[], &["doctor"], b"");
    assert_says(&finished, "ok", &["the first start makes"]);
    let first = |password: &str| {
        let settings = [("ADMIN_EMAIL", "root@example.org"), ("ADMIN_PASSWORD", password)];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        run_in(folder.path(), &settings, &["doctor"], b"")
    };
    assert_says(&first("correct horse"), "ok", &["administrators", "root@example.org"]);
    assert_says(&first("short"), "fail", &["administrators", "ADMIN_PASSWORD: "]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn files_that_others_can_read_are_named() {
    let app = TestApp::on_sqlite(&[("SECRET_KEY", "")]);
    let set_mode = |file: &str, mode: u32| {
        let file = app.folder().join(file);
        std::fs::set_permissions(file, PermissionsExt::from_mode(mode)).unwrap();
    };
    assert_says(&app.run(&["doctor"]), "ok", &["secret.key"]);
    set_mode("data/secret.key", 0o660);
    assert_says(&app.run(&["doctor"]), "warn", &["secret.key", "open to its group"]);
    set_mode("data/portcullis.db", 0o644);
    assert_says(&app.run(&["doctor"]), "warn", &["portcullis.db", "chmod 600"]);
    set_mode("data", 0o755);
    assert_says(&app.run(&["doctor"]), "warn", &["data", "chmod 700"]);
    set_mode("data/secret.key", 0o644);
    assert_says(&app.run(&["doctor"]), "fail", &["secret.key"]);
    std::fs::remove_file(app.folder().join("data/secret.key")).unwrap();
    assert_says(&app.run(&["doctor"]), "fail", &["secret.key"]);
}
