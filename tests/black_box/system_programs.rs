//! Programs of the system that tests run beside the server.

use crate::process::Killed;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::time::sleep;

const PATIENCE: Duration = Duration::from_mins(1);

/// Ports that systems as they are mostly set (`ip_local_port_range` on Linux) don't hand out to those who ask for any, as
/// the servers under test do: one of them could have the port before the program that it was chosen for.
const FIRST_PORT: u16 = 10_000;
const PORTS: u16 = 10_000;

/// How many ports are tried.
const ATTEMPTS: usize = 5;

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

/// Starts a program that listens on the port of the loopback for which `command` makes it; what it says goes to a file
/// in the folder. If it ends, since somebody else has taken the port, another port is tried.
pub(crate) async fn start(folder: &Path, command: impl Fn(u16) -> Command) -> (Killed, SocketAddr) {
    let mut refusal = String::new();
    for _ in 0..ATTEMPTS {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        match try_start(folder, command(address.port()), address).await {
            Ok(running) => return (running, address),
            Err(said) => refusal = said,
        }
    }
    panic!("{refusal}");
}

/// Starts a program that listens on this port of the loopback, which others know already.
pub(crate) async fn start_at(port: u16, folder: &Path, command: Command) -> Killed {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    try_start(folder, command, address)
        .await
        .unwrap_or_else(|said| panic!("{said}"))
}

/// `Err` with what the program said if it ends.
async fn try_start(folder: &Path, mut command: Command, address: SocketAddr) -> Result<Killed, String> {
    let said = folder.join("said");
    let file = std::fs::File::create(&said).unwrap();
    let mut running = Killed::start(command.stdout(file.try_clone().unwrap()).stderr(file));
    let begun = Instant::now();
    loop {
        let listens = is_listener(&running, address.port()) && TcpStream::connect(address).await.is_ok();
        let said = || std::fs::read_to_string(&said).unwrap();
        if running.has_ended() {
            return Err(format!("{command:?} has ended: {}", said()));
        }
        if listens {
            return Ok(running);
        }
        assert!(begun.elapsed() < PATIENCE, "{command:?} does not listen: {}", said());
        sleep(Duration::from_millis(10)).await;
    }
}

/// Whether the program has the port itself, and not somebody who was there first: some try for seconds before they give
/// up. Only Linux tells.
#[cfg(target_os = "linux")]
fn is_listener(program: &Killed, port: u16) -> bool {
    let read = |table| std::fs::read_to_string(table).unwrap_or_default();
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(read).concat();
    let (end_of_address, listens) = (format!(":{port:04X}"), "0A");
    let inodes = tables.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        (fields[1].ends_with(&end_of_address) && fields[3] == listens).then(|| fields[9])
    });
    let sockets: Vec<PathBuf> = inodes.map(|inode| format!("socket:[{inode}]").into()).collect();
    // A program that has ended has none.
    let open = std::fs::read_dir(format!("/proc/{}/fd", program.id()));
    open.into_iter()
        .flatten()
        .filter_map(|file| std::fs::read_link(file.ok()?.path()).ok())
        .any(|file| sockets.contains(&file))
}

#[cfg(not(target_os = "linux"))]
const fn is_listener(_: &Killed, _: u16) -> bool {
    true
}

/// A port of the loopback that nobody listens on at present, and that no other test of this process is given.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Processes that run side by side begin at different places.
    let begin = std::process::id().wrapping_mul(101);
    let mut ports = (0..PORTS).map(|_| {
        let number = begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        FIRST_PORT + u16::try_from(number % u32::from(PORTS)).unwrap()
    });
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    ports.find(is_free).expect("a port is free")
}
