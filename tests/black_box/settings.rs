//! Settings: where they are read from, and how a bad one stops the start.

use crate::app::{SECRET_KEY, TestApp};
use crate::client::Client;
use crate::process::{command, run};
use std::ffi::OsStr;
use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::os::unix::ffi::OsStrExt;
use std::process::Output;
use std::time::{Duration, Instant};

/// Fails the test unless the start was refused by one line that names the setting and gives a right value.
#[track_caller]
pub(crate) fn assert_refused(output: &Output, setting: &str) {
    let line = refusal(output);
    assert!(line.starts_with(&format!("portcullis: {setting}: ")), "{line}");
    let (_, example) = line.rsplit_once("; for example ").expect(line.as_str());
    assert!(example.starts_with(&format!("{setting}=")), "{line}");
    assert!(!line.contains("hunter2"), "{line}");
}

/// Fails the test unless the output refuses what is at the place that the setting names: another value would not help.
#[track_caller]
pub(crate) fn assert_content_refused(output: &Output, setting: &str) {
    let line = refusal(output);
    assert!(line.starts_with(&format!("portcullis: {setting}: ")), "{line}");
    assert!(!line.contains("for example") && !line.contains("hunter2"), "{line}");
}

/// The one line that refuses, and all that is said.
#[track_caller]
pub(crate) fn refusal(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let lines: Vec<&str> = stderr.lines().collect();
    assert!(lines.len() == 1 && lines[0].starts_with("portcullis: "), "{stderr}");
    lines[0].to_owned()
}

/// A server that starts all the same meets no other one.
pub(crate) const ANY_PORT: (&str, &str) = ("PORT", "0");

/// So low that a server that starts warns of it.
pub(crate) const LOW_COST: (&str, &str) = ("BCRYPT_COST", "4");

#[test]
fn a_bad_value_stops_the_start_with_one_line_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    for (settings, named) in [
        (&[("PORT", "no")][..], "PORT"),
        (&[("SECRET_KEY", "short-hunter2")], "SECRET_KEY"),
        (&[("DATABASE_URL", "mysql://root:hunter2@localhost/x")], "DATABASE_URL"),
        (&[("DATABASE_URL", "postgres://u:hunter2@127.0.0.1:1/x")], "SECRET_KEY"),
        (&[("DATABASE_URL", "sqlite:////proc/nowhere/x.db")], "DATABASE_URL"),
        (&[("DATA_DIR", "/proc/nowhere")], "DATA_DIR"),
        (&[("DATA_DIR", "/proc/nowhere"), ("SECRET_KEY", SECRET_KEY)], "DATA_DIR"),
        (&[("BCRYPT_COST", "99")], "BCRYPT_COST"),
        (&[("ALGORITHM", "none")], "ALGORITHM"),
        (
            &[("ADMIN_EMAIL", "root@example.org"), ("ADMIN_PASSWORD", "hunter2")],
            "ADMIN_PASSWORD",
        ),
    ] {
        let started = Instant::now();
        let settings = [&[ANY_PORT, LOW_COST], settings].concat();
        let output = run(folder.path(), &settings, &["serve"]);
        assert!(started.elapsed() < Duration::from_secs(40), "{settings:?}");
        assert_refused(&output, named);
    }
}

/// An example of another value would lead away from what is to be done.
#[test]
fn a_refusal_that_says_what_to_do_gives_no_example() {
    let folder = tempfile::tempdir().unwrap();
    for (settings, named, advice) in [
        (
            &[("SECRET_KEY_FILE", "/nowhere")][..],
            "SECRET_KEY_FILE",
            "; make it: openssl rand -base64 48 >/nowhere",
        ),
        (
            &[("SECRET_KEY_FILE", "/nowhere"), ("SECRET_KEY", SECRET_KEY)],
            "SECRET_KEY",
            "; keep one of the two",
        ),
    ] {
        let output = run(folder.path(), &[&[ANY_PORT], settings].concat(), &["serve"]);
        assert_content_refused(&output, named);
        assert!(refusal(&output).ends_with(advice), "{output:?}");
    }
}

#[test]
fn a_start_says_that_it_waits_for_the_database_and_at_last_why_it_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ANY_PORT,
        ("DATABASE_URL", "postgres://u:hunter2@127.0.0.1:1/x"),
        ("SECRET_KEY", SECRET_KEY),
    ];
    let output = run(folder.path(), &settings, &["serve"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = stderr.lines().collect();
    let [waiting, refusal] = lines.as_slice() else {
        panic!("{stderr}")
    };
    assert!(
        waiting.contains("s for the database") && waiting.contains("127.0.0.1:1"),
        "{stderr}"
    );
    assert!(
        refusal.starts_with("portcullis: DATABASE_URL: ") && refusal.contains("check that it runs"),
        "{stderr}"
    );
    assert!(
        !refusal.contains("for example") && !stderr.contains("hunter2"),
        "{stderr}"
    );
}

#[test]
fn a_start_that_cannot_listen_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().port().to_string();
    for (settings, named) in [
        (("HOST", "no such host"), "HOST"),
        (("HOST", "192.0.2.1"), "HOST"),
        (("PORT", &taken), "PORT"),
    ] {
        let settings = [ANY_PORT, settings];
        let output = run(folder.path(), &settings, &["serve"]);
        assert_refused(&output, named);
        let made: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert!(made.is_empty(), "{settings:?}: {made:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_warns_of_a_low_cost_once_it_listens() {
    let app = TestApp::on_sqlite(&[LOW_COST]);
    app.wait_for_log(|line| line["level"] == "WARN" && line["cost"] == 4);
    let lines = app.logs();
    let (listening, warning) = (lines.find("\"listening\""), lines.find("BCRYPT_COST is too low"));
    assert!(listening.is_some() && listening < warning, "{lines}");
}

#[test]
fn a_value_that_is_not_utf_8_is_refused_and_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    for setting in ["HOST", "DATABASE_URL", "SECRET_KEY", "DATA_DIR", "LOG_LEVEL"] {
        let value = OsStr::from_bytes(b"hunter2 \xff");
        let output = command(folder.path(), &[ANY_PORT])
            .env(setting, value)
            .output()
            .unwrap();
        assert_refused(&output, setting);
        assert!(refusal(&output).contains("is not UTF-8"), "{output:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn localhost_is_served_by_both_protocols_at_one_port() {
    let app = TestApp::on_sqlite(&[("HOST", "localhost")]);
    assert_eq!(app.address().ip(), Ipv4Addr::LOCALHOST);
    assert_eq!(app.anonymous().get("/health/ready").await.status, 200);
    if TcpListener::bind("[::1]:0").is_ok() {
        let other = SocketAddr::from((Ipv6Addr::LOCALHOST, app.address().port()));
        app.wait_for_log(|line| line["message"] == "listening" && line["address"] == other.to_string());
        assert_eq!(Client::new(other).get("/health/ready").await.status, 200);
    }
}

#[test]
fn settings_are_read_from_a_dotenv_file_too() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".env"), "PORT=no\n").unwrap();
    let output = run(folder.path(), &[], &[]);
    assert_refused(&output, "PORT");
    assert!(refusal(&output).contains("\"no\""), "{output:?}");
}

#[test]
fn a_variable_in_a_dotenv_file_may_be_one_of_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    for line in ["PORT=$APORT", "PORT=\"${APORT}\"", "export PORT=$APORT"] {
        fs::write(folder.path().join(".env"), line).unwrap();
        let output = run(folder.path(), &[("APORT", "no")], &["user", "list"]);
        assert_refused(&output, "PORT");
        assert!(refusal(&output).contains("\"no\""), "{line}: {output:?}");
    }
}

#[test]
fn a_command_in_a_dotenv_file_is_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    for (setting, value) in [
        ("ADMIN_PASSWORD", "\"$(openssl rand -base64 18)\""),
        ("SECRET_KEY", "\"$(head -c 48 /dev/urandom | base64)\""),
        ("SECRET_KEY", "\"`head -c 48 /dev/urandom | base64`\""),
    ] {
        let content = format!("ADMIN_EMAIL=root@example.org\nADMIN_PASSWORD='correct horse'\n{setting}={value}\n");
        fs::write(folder.path().join(".env"), content).unwrap();
        let output = run(folder.path(), &[ANY_PORT, LOW_COST], &["serve"]);
        assert_refused(&output, setting);
        assert!(refusal(&output).contains("this is a command"), "{output:?}");
    }
    fs::write(folder.path().join(".env"), "SECRET_KEY=$(head -c 48 /dev/urandom)\n").unwrap();
    let line = refusal(&run(folder.path(), &[ANY_PORT], &["serve"]));
    assert!(line.contains("line 1 of .env "), "{line}");
}

#[test]
fn what_others_have_in_a_dotenv_file_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for line in [
        "FOO='hello world'",
        "POSTGRES_PASSWORD=hunter2",
        "COMPOSE_PROJECT_NAME=portcullis",
        "PORTCULLIS_IMAGE=portcullis:1",
    ] {
        fs::write(folder.path().join(".env"), format!("\u{feff}{line}\nPORT=no\n")).unwrap();
        assert_refused(&run(folder.path(), &[], &["serve"]), "PORT");
        let listed = run(folder.path(), &[ANY_PORT], &["doctor"]);
        assert_eq!(
            (listed.status.code(), listed.stderr.len()),
            (Some(0), 0),
            "{line}: {listed:?}"
        );
    }
}

#[test]
fn a_misspelt_setting_in_a_dotenv_file_is_refused_with_the_right_one() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".env"), "RATE_LIMT=hunter2\n").unwrap();
    let line = refusal(&run(folder.path(), &[ANY_PORT], &["serve"]));
    assert!(
        line.starts_with("portcullis: RATE_LIMT: ") && line.contains("write RATE_LIMIT,"),
        "{line}"
    );
    assert!(!line.contains("hunter2"), "{line}");
    fs::remove_file(folder.path().join(".env")).unwrap();
    let shared = run(folder.path(), &[ANY_PORT, ("RATE_LIMT", "on")], &["doctor"]);
    assert_eq!(shared.status.code(), Some(0), "{shared:?}");
}

#[test]
fn a_setting_that_this_version_cannot_honor_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [ANY_PORT, ("COOKIE_DOMAIN", "hunter2")];
    let line = refusal(&run(folder.path(), &settings, &["serve"]));
    assert!(
        line.starts_with("portcullis: COOKIE_DOMAIN: this version can't "),
        "{line}"
    );
    assert!(!line.contains("hunter2"), "{line}");
}

#[test]
fn all_bad_settings_are_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".env"), "PROT=1\nALGORITHM=none\n").unwrap();
    let settings = [
        ("PORT", "http"),
        ("SECRET_KEY", "hunter2"),
        ("COOKIE_DOMAIN", "example.org"),
    ];
    let output = run(folder.path(), &settings, &["serve"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    let named: Vec<_> = stderr.lines().filter_map(|line| line.split(": ").nth(1)).collect();
    assert_eq!(
        named,
        ["PROT", "PORT", "SECRET_KEY", "ALGORITHM", "COOKIE_DOMAIN"],
        "{stderr}"
    );
    assert!(!stderr.contains("hunter2"), "{stderr}");
    let found = run(folder.path(), &settings, &["doctor"]);
    let found = String::from_utf8_lossy(&found.stdout);
    assert_eq!(
        found.matches(r#""grade":"fail","subject":"settings""#).count(),
        named.len(),
        "{found}"
    );
}

#[test]
fn a_line_of_a_dotenv_file_that_cannot_be_read_is_named_and_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    for content in [
        "FOO=x\nSECRET_KEY=\"hunter2\nPORT=0\n",
        "FOO=x\nhunter2\n",
        "FOO=x\nFOO=hunter2 and more\n",
    ] {
        fs::write(folder.path().join(".env"), content).unwrap();
        let line = refusal(&run(folder.path(), &[ANY_PORT], &["serve"]));
        assert!(
            line.contains("line 2 of .env ") && !line.contains("hunter2"),
            "{content:?}: {line}"
        );
    }
}

#[test]
fn an_old_schema_stops_a_server_that_may_not_migrate() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &[ANY_PORT, LOW_COST], &["serve", "--migrate=off"]);
    let line = refusal(&output);
    assert!(line.contains("portcullis migrate"), "{line}");
    assert!(
        !line.contains("for example") && !line.contains("DATABASE_URL"),
        "{line}"
    );
    assert_eq!(run(folder.path(), &[], &["migrate"]).status.code(), Some(0));
}

#[test]
fn a_schema_of_a_later_version_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &[], &["migrate"]).status.code(), Some(0));
    crate::sqlite::execute(
        &folder.path().join("data/portcullis.db"),
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')",
    );
    for arguments in [&["serve"][..], &["serve", "--migrate=off"], &["migrate"]] {
        let output = run(folder.path(), &[ANY_PORT], arguments);
        let line = refusal(&output);
        assert!(line.ends_with("; run a newer version"), "{line}");
        assert!(!line.contains("for example"), "{line}");
    }
}
