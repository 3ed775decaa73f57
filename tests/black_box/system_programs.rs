//! Programs of the system that tests run beside the server.

use crate::process::Killed;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::time::sleep;

const PATIENCE: Duration = Duration::from_secs(20);

/// Where a program is. `None`, said aloud, where it is not installed; with `CI` set that fails the test.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps servers where root alone looks.
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let found = folders
        .map(|folder| folder.join(name))
        .find(|program| program.is_file());
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "{name} must be installed where CI is set"
        );
        eprintln!("skipped: {name} is not installed (scripts/test installs it)");
    }
    found
}

/// A port of the loopback that nobody listens on at present.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// Starts a program that listens on that port of the loopback; what it says goes to a file in the folder.
pub(crate) async fn start(command: &mut Command, folder: &Path, port: u16) -> Killed {
    let said = folder.join("said");
    let file = std::fs::File::create(&said).unwrap();
    let running = Killed::start(command.stdout(file.try_clone().unwrap()).stderr(file));
    let begun = Instant::now();
    while TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .await
        .is_err()
    {
        let said = std::fs::read_to_string(&said).unwrap();
        assert!(begun.elapsed() < PATIENCE, "{command:?} does not listen: {said}");
        sleep(Duration::from_millis(10)).await;
    }
    running
}
