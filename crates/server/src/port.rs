//! The port that the server listens on: taken before anything is made, opened when requests can be answered.

use crate::config::{HOST, HttpConfig, PORT, SettingError};
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use tokio::net::TcpSocket;

/// How many connections may wait to be accepted: as many as the standard library's listeners let wait.
const BACKLOG: u32 = 128;

/// A port that was taken. Connections are refused until it is open.
pub(crate) struct Port(TcpSocket);

impl Port {
    /// Takes what `HOST` and `PORT` name, unless somebody listens there.
    pub(crate) fn take(config: &HttpConfig) -> Result<Self, SettingError> {
        let addresses = (config.host.as_str(), config.port)
            .to_socket_addrs()
            .map_err(|error| HOST.refused(format!("{:?} is no address to listen on ({error})", config.host)))?;
        let mut taken = Err(ErrorKind::AddrNotAvailable.into());
        for address in addresses {
            taken = bind(address);
            if taken.is_ok() {
                break;
            }
        }
        taken.map(Self).map_err(|error| refused(config, &error))
    }

    /// Lets clients connect. Runs on a runtime.
    pub(crate) fn open(self, config: &HttpConfig) -> Result<TcpListener, SettingError> {
        // Somebody else may have taken it as well, and be first to open it.
        self.0
            .listen(BACKLOG)
            .and_then(tokio::net::TcpListener::into_std)
            .map_err(|error| refused(config, &error))
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    // Without it, a restart would have to wait until the system has forgotten the earlier connections.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

fn refused(config: &HttpConfig, error: &io::Error) -> SettingError {
    if error.kind() == ErrorKind::AddrNotAvailable {
        return HOST.refused(format!("{:?} is no address of this machine", config.host));
    }
    let problem = format!("{}:{} can't be listened on ({error})", config.host, config.port);
    PORT.refused_for(problem, "8001")
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_api::Docs;
    use portcullis_web::OwnAddress;
    use std::net::TcpStream;

    fn on_port(port: u16) -> HttpConfig {
        HttpConfig {
            host: "127.0.0.1".to_owned(),
            port,
            address: OwnAddress::Loopback,
            issuer: "portcullis".to_owned(),
            docs: Docs::On,
        }
    }

    #[test]
    fn a_port_in_use_is_refused_by_name() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let config = on_port(taken.local_addr().unwrap().port());
        let refused = Port::take(&config).err().unwrap();
        assert!(refused.to_string().starts_with("PORT: "), "{refused}");
    }

    #[tokio::test]
    async fn nobody_connects_before_the_port_is_open() {
        let port = Port::take(&on_port(0)).unwrap();
        let address = port.0.local_addr().unwrap();
        let refused = TcpStream::connect(address).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        let _listener = port.open(&on_port(0)).unwrap();
        TcpStream::connect(address).unwrap();
    }

    #[tokio::test]
    async fn of_two_who_took_a_port_the_second_to_open_it_is_refused_by_name() {
        let first = Port::take(&on_port(0)).unwrap();
        let config = on_port(first.0.local_addr().unwrap().port());
        let second = Port::take(&config).unwrap();
        let _listener = first.open(&config).unwrap();
        let refused = second.open(&config).unwrap_err();
        assert!(refused.to_string().starts_with("PORT: "), "{refused}");
    }
}
