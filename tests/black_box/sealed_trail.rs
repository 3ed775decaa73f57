//! A trail that the server has sealed, for tests that tamper with it.

use crate::app::TestApp;
use crate::commands::Finished;
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const PATIENCE: Duration = Duration::from_mins(1);

/// A seal as the log tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) number: u64,
    pub(crate) hash: String,
}

impl Head {
    /// As `--expect-head` takes it.
    pub(crate) fn argument(&self) -> String {
        format!("{}:{}", self.number, self.hash)
    }
}

/// The seals that a server's log tells of.
pub(crate) fn heads_in(log: &str) -> Vec<Head> {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines
        .filter(|line| line["message"] == "audit trail sealed")
        .map(|line| Head {
            number: line["seal"].as_u64().unwrap(),
            hash: line["hash"].as_str().unwrap().to_owned(),
        })
        .collect()
}

/// A fault that `audit verify` tells: its code, seal and event.
pub(crate) type Fault = (String, Option<u64>, Option<String>);

/// The faults that are told, with the exit status and the line that belong to them.
#[track_caller]
pub(crate) fn faults_in(verified: &Finished) -> Vec<Fault> {
    let report: Value = serde_json::from_str(&verified.stdout).unwrap_or_else(|_| panic!("no report: {verified:?}"));
    let faults = report["faults"].as_array().unwrap();
    match faults.first() {
        None => assert_eq!(
            (verified.status, verified.stderr.as_str()),
            (Some(0), ""),
            "{verified:?}"
        ),
        Some(first) => verified.assert_refused(&[first["detail"].as_str().unwrap()]),
    }
    faults
        .iter()
        .map(|fault| {
            let text = |member: &str| fault[member].as_str().map(str::to_owned);
            (text("code").unwrap(), fault["seal"].as_u64(), text("event_id"))
        })
        .collect()
}

impl TestApp {
    /// How many events no seal names yet.
    pub(crate) async fn unsealed(&self) -> u64 {
        let counted = self
            .column("SELECT CAST(count(*) AS TEXT) FROM audit_events WHERE seal IS NULL")
            .await;
        counted[0].parse().unwrap()
    }

    /// Waits until all events are sealed.
    pub(crate) async fn wait_for_seals(&self) {
        let began = Instant::now();
        while self.unsealed().await > 0 {
            assert!(began.elapsed() < PATIENCE, "nobody seals");
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Lets the server seal events three times, and kills it. The last seals in its log.
    pub(crate) async fn seal_three_times(&mut self) -> Vec<Head> {
        let root = self.admin("root@example.org").await;
        for name in ["Ada", "Eve", "Joe"] {
            let email = format!("{name}@example.org");
            self.anonymous().register(&email).await;
            self.anonymous().log_in(&email, "not this one").await;
            let users = root.client.get(&format!("/admin/users?query={email}")).await.json();
            let path = format!("/admin/users/{}", users["items"][0]["id"].as_str().unwrap());
            let change = serde_json::json!({"role": "ADMIN"});
            let request = root.client.request(reqwest::Method::PATCH, &path);
            let request = request.header("user-agent", "a browser").json(&change);
            assert_eq!(crate::client::send(request).await.status, 200);
            self.wait_for_seals().await;
        }
        // Every seal is told once it is stored, which may be a moment after it can be seen.
        let stored = self.column("SELECT CAST(max(number) AS TEXT) FROM audit_seals").await;
        let last: u64 = stored[0].parse().unwrap();
        self.wait_for_log(|line| line["message"] == "audit trail sealed" && line["seal"] == last);
        self.kill();
        let heads = heads_in(&self.logs());
        assert!(heads.len() >= 3, "{heads:?}");
        heads
    }
}
