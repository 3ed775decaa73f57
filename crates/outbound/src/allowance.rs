//! `OUTBOUND_ALLOW`: hosts and networks inside that may be called all the same.

use ipnet::IpNet;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use url::{Host, Url};

/// Hosts and networks inside that may be called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedHosts(Vec<Allowed>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Allowed {
    /// A host by its name or address, on that port or on any.
    Host(String, Option<u16>),
    /// A network.
    Net(IpNet),
}

/// Why a text is no list of hosts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AllowedHostsError {
    /// There is nothing between two commas, or at an end.
    #[error("has a comma with nothing beside it")]
    Empty,
    /// It is neither a host nor a network.
    #[error("{0:?} is neither a host, with or without a port, nor a network such as 10.0.0.0/8")]
    NoHost(String),
    /// It is a URL.
    #[error("{0:?} is a URL; write its host alone")]
    Url(String),
}

impl AllowedHosts {
    /// Whether that host was named itself.
    pub(crate) fn name(&self, host: &Host<&str>, port: u16) -> bool {
        let (text, address) = match host {
            Host::Domain(name) => (name.trim_end_matches('.').to_ascii_lowercase(), None),
            Host::Ipv4(address) => (address.to_string(), Some(IpAddr::V4(*address))),
            Host::Ipv6(address) => (address.to_string(), Some(IpAddr::V6(*address))),
        };
        self.0.iter().any(|allowed| match allowed {
            Allowed::Host(name, on) => *name == text && on.is_none_or(|on| on == port),
            Allowed::Net(net) => address.is_some_and(|address| net.contains(&address)),
        })
    }

    /// A network among them that is wider than any that somebody has inside.
    #[must_use]
    pub fn widest(&self) -> Option<String> {
        const LEAST_BITS: u8 = 7;
        let nets = self.0.iter().filter_map(|allowed| match allowed {
            Allowed::Net(net) if net.prefix_len() < LEAST_BITS => Some(net.to_string()),
            Allowed::Net(_) | Allowed::Host(..) => None,
        });
        nets.into_iter().next()
    }

    /// Whether the address is of a network that was named.
    pub(crate) fn hold(&self, address: IpAddr) -> bool {
        self.0.iter().any(|allowed| match allowed {
            Allowed::Net(net) => net.contains(&address.to_canonical()),
            Allowed::Host(..) => false,
        })
    }
}

impl FromStr for AllowedHosts {
    type Err = AllowedHostsError;

    /// Reads hosts and networks that commas part.
    fn from_str(text: &str) -> Result<Self, AllowedHostsError> {
        text.split(',')
            .map(|part| allowed(part.trim()))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn allowed(text: &str) -> Result<Allowed, AllowedHostsError> {
    let no_host = || AllowedHostsError::NoHost(text.to_owned());
    if text.is_empty() {
        return Err(AllowedHostsError::Empty);
    }
    if text.contains("://") {
        return Err(AllowedHostsError::Url(text.to_owned()));
    }
    if let Ok(net) = text.parse::<IpNet>() {
        return Ok(Allowed::Net(net.trunc()));
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(Allowed::Host(address.to_string(), None));
    }
    if text.contains(['/', '@', '?', '#', '*', '\\', ' ']) {
        return Err(no_host());
    }
    // The parser of URLs knows what a host is. Of a port that is the usual one it keeps nothing, so another one's is asked.
    let url = Url::parse(&format!("ftp://{text}")).map_err(|_| no_host())?;
    let usual = Url::parse(&format!("http://{text}")).map_err(|_| no_host())?;
    let host = match usual.host() {
        Some(Host::Domain(name)) if !name.is_empty() => name.trim_end_matches('.').to_ascii_lowercase(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        Some(Host::Domain(_)) | None => return Err(no_host()),
    };
    Ok(Allowed::Host(host, usual.port().or(url.port())))
}

impl fmt::Display for AllowedHosts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, allowed) in self.0.iter().enumerate() {
            if place > 0 {
                out.write_str(",")?;
            }
            match allowed {
                Allowed::Host(host, None) => out.write_str(host)?,
                Allowed::Host(host, Some(port)) if host.contains(':') => write!(out, "[{host}]:{port}")?,
                Allowed::Host(host, Some(port)) => write!(out, "{host}:{port}")?,
                Allowed::Net(net) => write!(out, "{net}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &str, url: &str) -> bool {
        let list: AllowedHosts = list.parse().unwrap();
        let url = Url::parse(url).unwrap();
        list.name(&url.host().unwrap(), url.port_or_known_default().unwrap())
    }

    #[test]
    fn a_host_is_named_with_its_port_or_with_any() {
        for (list, url, is_named) in [
            ("localhost", "http://localhost:8080", true),
            ("LocalHost", "http://localhost", true),
            ("localhost:8080", "http://localhost:8080", true),
            ("localhost:8080", "http://localhost:8081", false),
            ("localhost:80", "http://localhost", true),
            ("localhost:21", "http://localhost:21", true),
            ("localhost", "http://localhost.example", false),
            ("id.corp.example, 127.0.0.1", "https://127.0.0.1:1", true),
            ("127.0.0.1", "http://127.0.0.2", false),
            ("127.0.0.0/8", "http://127.0.0.2", true),
            ("[::1]:9", "http://[::1]:9", true),
            ("::1", "http://[::1]:9", true),
            ("fd00::/8", "https://[fd00::1]", true),
            ("10.0.0.0/8", "https://id.corp.example", false),
        ] {
            assert_eq!(names(list, url), is_named, "{list} {url}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in [
            "",
            ",",
            "a,",
            "https://a",
            "a/b",
            "*.a",
            "a b",
            "user@a",
            "a:port",
            "10.0.0.0/99",
        ] {
            assert!(text.parse::<AllowedHosts>().is_err(), "{text:?}");
        }
        let list: AllowedHosts = "a:8080, 10.1.2.3/8".parse().unwrap();
        assert_eq!(list.to_string(), "a:8080,10.0.0.0/8");
    }
}
