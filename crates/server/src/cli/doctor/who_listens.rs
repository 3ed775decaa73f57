//! Who listens at a port that is taken.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::Duration;

/// How long it may take for one step.
const PATIENCE: Duration = Duration::from_secs(2);

/// As much of the answer is read.
const ANSWER: u64 = 64 * 1024;

/// Whether a request for that path is answered with a text that has `sign` in it. Nothing but a GET is sent.
pub(super) fn answers(host: &str, port: u16, path: &str, sign: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let addresses = (host, port).to_socket_addrs().into_iter().flatten();
    let mut answers = addresses.filter_map(|address| answer(here(address), path));
    answers.any(|answer| answer.contains(sign))
}

/// An address that reaches a server of this machine that listens on all of them.
fn here(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn answer(address: SocketAddr, path: &str) -> Option<String> {
    let mut connection = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    connection.set_read_timeout(Some(PATIENCE)).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).ok()?;
    let mut bytes = Vec::new();
    // A program that goes on without an end, or stops in the middle, has said who it is by then, or is another.
    let _ = connection.take(ANSWER).read_to_end(&mut bytes);
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
