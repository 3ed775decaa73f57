//! The ports that the server listens on: taken before anything is made, opened when requests can be answered.

mod place;

use crate::config::SettingError;
use place::Place;
use rustix::io::Errno;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};
use tokio::net::TcpSocket;

/// How many connections may wait to be accepted: as many as the standard library's listeners let wait.
const BACKLOG: u32 = 128;

/// How many free ports are tried until one is free at every address.
const ATTEMPTS: usize = 16;

/// A port that was taken, at each address of the host. Connections are refused until it is open.
pub(crate) struct Port(Vec<TcpSocket>);

impl Port {
    /// Takes what the settings name, unless somebody listens there. A name may stand for several addresses: those
    /// that this machine has are taken, all of them at the same port.
    pub(crate) fn take<'c>(place: impl Into<Place<'c>>) -> Result<Self, SettingError> {
        let place = place.into();
        let addresses = addresses_of_host(place)?;
        let mut attempt = 1;
        loop {
            match bind_all(&addresses) {
                // The port that was free at one address is taken at another.
                Err(Refusal { error, .. })
                    if place.port == 0 && error.kind() == ErrorKind::AddrInUse && attempt < ATTEMPTS =>
                {
                    attempt += 1;
                }
                bound => return bound.map(Self).map_err(|refusal| refused(place, &refusal)),
            }
        }
    }

    /// Its number; 0 where the operating system does not say.
    pub(crate) fn number(&self) -> u16 {
        let address = self.0.first().and_then(|socket| socket.local_addr().ok());
        address.map_or(0, |address| address.port())
    }

    /// Whether it could be taken now; `false` where somebody listens there.
    pub(crate) fn is_free<'c>(place: impl Into<Place<'c>>) -> Result<bool, SettingError> {
        let place = place.into();
        match bind_all(&addresses_of_host(place)?) {
            Ok(_) => Ok(true),
            Err(Refusal { error, .. }) if error.kind() == ErrorKind::AddrInUse => Ok(false),
            Err(refusal) => Err(refused(place, &refusal)),
        }
    }

    /// Lets clients connect. Runs on a runtime.
    pub(crate) fn open<'c>(self, place: impl Into<Place<'c>>) -> Result<Vec<TcpListener>, SettingError> {
        let place = place.into();
        let listeners = self.0.into_iter().map(|socket| {
            let address = socket.local_addr();
            // Somebody else may have taken it as well, and be first to open it.
            let listener = socket.listen(BACKLOG).and_then(tokio::net::TcpListener::into_std);
            listener.map_err(|error| match address {
                Ok(address) => refused(place, &Refusal { address, error }),
                Err(error) => place.of_port.refused_for(error.to_string(), place.another),
            })
        });
        listeners.collect()
    }
}

/// Why an address could not be taken.
struct Refusal {
    address: SocketAddr,
    error: io::Error,
}

fn addresses_of_host(place: Place<'_>) -> Result<Vec<SocketAddr>, SettingError> {
    addresses(place).map_err(|error| {
        let problem = format!("{:?} is no address to listen on ({error})", place.host);
        place.of_host.refused(problem)
    })
}

/// What the host stands for. `localhost` is this machine by both protocols (RFC 6761, section 6.3), whatever a file or a
/// server of names says.
fn addresses(place: Place<'_>) -> io::Result<Vec<SocketAddr>> {
    let in_brackets = place.host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let host = in_brackets.unwrap_or(place.host);
    // With the dot that ends a whole name it is the same.
    if host.strip_suffix('.').unwrap_or(host).eq_ignore_ascii_case("localhost") {
        return Ok(vec![
            (Ipv4Addr::LOCALHOST, place.port).into(),
            (Ipv6Addr::LOCALHOST, place.port).into(),
        ]);
    }
    let mut found: Vec<SocketAddr> = Vec::new();
    for address in (host, place.port).to_socket_addrs()? {
        if !found.contains(&address) {
            found.push(address);
        }
    }
    Ok(found)
}

/// Takes each of the addresses that the machine has, at the port of the first.
fn bind_all(addresses: &[SocketAddr]) -> Result<Vec<TcpSocket>, Refusal> {
    let mut bound: Vec<TcpSocket> = Vec::new();
    let mut missing = None;
    for address in addresses {
        let mut address = *address;
        let refusal = |error| Refusal { address, error };
        if let Some(first) = bound.first() {
            address.set_port(first.local_addr().map_err(refusal)?.port());
        }
        match bind(address) {
            Ok(Some(socket)) => bound.push(socket),
            Ok(None) => missing = Some(address),
            Err(error) => return Err(Refusal { address, error }),
        }
    }
    match missing {
        Some(address) if bound.is_empty() => Err(Refusal {
            address,
            error: ErrorKind::AddrNotAvailable.into(),
        }),
        _ => Ok(bound),
    }
}

/// `None` where the machine has no such address, or does not speak its protocol.
fn bind(address: SocketAddr) -> io::Result<Option<TcpSocket>> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    };
    let socket = match socket {
        Err(error) if Errno::from_io_error(&error) == Some(Errno::AFNOSUPPORT) => return Ok(None),
        socket => socket?,
    };
    // Without it, a restart would have to wait until the system has forgotten the earlier connections.
    socket.set_reuseaddr(true)?;
    match socket.bind(address) {
        Err(error) if error.kind() == ErrorKind::AddrNotAvailable => Ok(None),
        bound => bound.map(|()| Some(socket)),
    }
}

fn refused(place: Place<'_>, Refusal { address, error }: &Refusal) -> SettingError {
    if error.kind() == ErrorKind::AddrNotAvailable {
        let problem = format!("{:?} is no address of this machine", place.host);
        return place.of_host.refused(problem);
    }
    let who = match error.kind() {
        ErrorKind::AddrInUse => {
            "; another program listens there, most often an earlier server: stop it, or take another port"
        }
        _ => "",
    };
    let problem = format!("{address} can't be listened on ({error}){who}");
    place.of_port.refused_for(problem, place.another)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::HttpConfig;
    use portcullis_api::Docs;
    use portcullis_web::{AllowedOrigins, OwnAddress, TrustedProxies};
    use std::net::TcpStream;

    fn at(host: &str, port: u16) -> HttpConfig {
        HttpConfig {
            host: host.to_owned(),
            port,
            address: OwnAddress::Loopback,
            issuer: "portcullis".to_owned(),
            trusted_proxies: TrustedProxies::default(),
            allowed_origins: AllowedOrigins::default(),
            docs: Docs::On,
        }
    }

    fn on_port(port: u16) -> HttpConfig {
        at("127.0.0.1", port)
    }

    fn taken(port: &Port) -> Vec<SocketAddr> {
        port.0.iter().map(|socket| socket.local_addr().unwrap()).collect()
    }

    /// Whether this machine has IPv6 at all.
    fn has_ipv6() -> bool {
        TcpListener::bind("[::1]:0").is_ok()
    }

    #[test]
    fn a_look_tells_a_free_port_from_one_in_use_and_a_foreign_host() {
        assert!(Port::is_free(&at("127.0.0.1", 0)).unwrap());
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        assert!(!Port::is_free(&at("127.0.0.1", port)).unwrap());
        let refused = Port::is_free(&at("192.0.2.1", 0)).unwrap_err().to_string();
        assert!(refused.starts_with("HOST: "), "{refused}");
    }

    #[test]
    fn a_port_in_use_is_refused_by_name() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let config = on_port(taken.local_addr().unwrap().port());
        let refused = Port::take(&config).err().unwrap();
        assert!(refused.to_string().starts_with("PORT: "), "{refused}");
    }

    #[tokio::test]
    async fn localhost_is_this_machine_by_both_protocols_at_one_port() {
        for host in ["localhost", "LOCALHOST", "localhost."] {
            let port = Port::take(&at(host, 0)).unwrap();
            let addresses = taken(&port);
            let free = addresses[0].port();
            assert!(free > 0);
            let mut expected = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, free))];
            if has_ipv6() {
                expected.push((Ipv6Addr::LOCALHOST, free).into());
            }
            assert_eq!(addresses, expected);
            let listeners = port.open(&at(host, 0)).unwrap();
            assert_eq!(listeners.len(), expected.len());
            for address in expected {
                TcpStream::connect(address).unwrap();
            }
        }
    }

    #[tokio::test]
    async fn of_localhost_an_address_that_somebody_else_has_is_refused_by_name() {
        for taken in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(taken) = TcpListener::bind(taken) else {
                assert!(!has_ipv6());
                continue;
            };
            let address = taken.local_addr().unwrap();
            let refused = Port::take(&at("localhost", address.port())).err().unwrap().to_string();
            assert!(
                refused.starts_with("PORT: ") && refused.contains(&address.to_string()),
                "{refused}"
            );
        }
    }

    #[tokio::test]
    async fn an_address_that_the_machine_does_not_have_is_left_out_of_several() {
        let addresses: Vec<SocketAddr> = vec!["192.0.2.1:0".parse().unwrap(), "127.0.0.1:0".parse().unwrap()];
        let bound = bind_all(&addresses).map(Port).ok().unwrap();
        assert_eq!(taken(&bound)[0].ip(), Ipv4Addr::LOCALHOST);
        assert_eq!(bound.0.len(), 1);
        let refused = Port::take(&at("192.0.2.1", 0)).err().unwrap().to_string();
        assert!(refused.starts_with("HOST: "), "{refused}");
    }

    #[tokio::test]
    async fn an_address_of_ipv6_may_stand_in_brackets() {
        if has_ipv6() {
            for host in ["[::1]", "::1"] {
                assert_eq!(taken(&Port::take(&at(host, 0)).unwrap())[0].ip(), Ipv6Addr::LOCALHOST);
            }
        }
        for host in ["[", "[::1", "[]", "[nowhere.invalid]"] {
            let refused = Port::take(&at(host, 0)).err().unwrap().to_string();
            assert!(refused.starts_with("HOST: "), "{refused}");
        }
    }

    #[tokio::test]
    async fn nobody_connects_before_the_port_is_open() {
        let port = Port::take(&on_port(0)).unwrap();
        let address = taken(&port)[0];
        let refused = TcpStream::connect(address).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        let _listeners = port.open(&on_port(0)).unwrap();
        TcpStream::connect(address).unwrap();
    }

    #[tokio::test]
    async fn of_two_who_took_a_port_the_second_to_open_it_is_refused_by_name() {
        let first = Port::take(&on_port(0)).unwrap();
        let config = on_port(taken(&first)[0].port());
        let second = Port::take(&config).unwrap();
        let _listeners = first.open(&config).unwrap();
        let refused = second.open(&config).unwrap_err();
        assert!(refused.to_string().starts_with("PORT: "), "{refused}");
    }
}
