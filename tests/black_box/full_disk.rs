//! A disk that is full, and has room again.

use crate::app::TestApp;
use crate::health::{assert_not_ready, become_ready};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// More accounts than fit on the disk.
const PLENTY: usize = 10_000;

/// A small disk of its own, as long as the value.
struct Disk {
    folder: TempDir,
}

impl Disk {
    /// `None`, said aloud, where no disk can be mounted, which only root may do on Linux.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"]).arg(folder.path());
        if mount.output().is_ok_and(|done| done.status.success()) {
            return Some(Self { folder });
        }
        eprintln!("skipped: no disk can be mounted here (root can on Linux)");
        None
    }

    fn filler(&self) -> PathBuf {
        self.folder.path().join("filler")
    }

    /// Leaves no room.
    fn fill(&self) {
        let mut filler = File::create(self.filler()).unwrap();
        for size in [1 << 16, 1] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn empty(&self) {
        fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: the server may not have ended yet.
        let _ = Command::new("umount").arg("-l").arg(self.folder.path()).output();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_on_a_full_disk_is_not_ready_until_there_is_room() {
    let Some(disk) = Disk::mount() else { return };
    let data = disk.folder.path().join("data");
    let app = TestApp::on_sqlite(&[("DATA_DIR", data.to_str().unwrap())]);
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    disk.fill();
    // The log has some room of its own.
    let mut refused = None;
    for number in 0..PLENTY {
        let answer = app.anonymous().register(&format!("user{number}@example.org")).await;
        if answer.status != 201 {
            refused = Some(answer);
            break;
        }
    }
    refused.expect("the disk has no end").assert_problem(503, "unavailable");
    assert_not_ready(&app).await;
    // Also after the server has tried.
    app.wait_for_log(|line| line["job"] == "probe_store" && line["level"] == "WARN");
    assert_not_ready(&app).await;
    assert_eq!(app.anonymous().with_token(&tokens.access).me().await.status, 200);
    disk.empty();
    become_ready(&app).await;
    assert_eq!(app.anonymous().register("after@example.org").await.status, 201);
}
