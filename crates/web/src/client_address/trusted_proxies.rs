//! Whose word on a client's address counts.

use ipnet::IpNet;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

/// The networks of the proxies before the server. Clones share them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Arc<[IpNet]>);

/// Why a text is no list of proxies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustedProxiesError {
    /// Nothing stands before, between or behind commas.
    #[error("has a comma with nothing before or behind it")]
    Empty,
    /// It is something else. Names are not looked up: an answer of the DNS would decide whom to trust.
    #[error("{0:?} is neither an IP address nor a network such as 10.0.0.0/8")]
    NoNetwork(String),
    /// Connections of IPv4 are compared as such.
    #[error("{0} is IPv4 in IPv6; write the IPv4 address or network")]
    Mapped(IpNet),
    /// Clients would choose their own addresses.
    #[error("{0} is every address; name the proxies alone, or every client could choose its address")]
    Everybody(IpNet),
}

impl TrustedProxies {
    /// Whether the address is one of theirs.
    pub(super) fn hold(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for TrustedProxies {
    type Err = TrustedProxiesError;

    /// Reads addresses and networks that commas part.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(',')
            .map(|part| network(part.trim()))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl fmt::Display for TrustedProxies {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let networks: Vec<String> = self.0.iter().map(IpNet::to_string).collect();
        out.write_str(&networks.join(", "))
    }
}

fn network(text: &str) -> Result<IpNet, TrustedProxiesError> {
    if text.is_empty() {
        return Err(TrustedProxiesError::Empty);
    }
    let address = || text.parse::<IpAddr>().map(IpNet::from);
    let network = text.parse().or_else(|_| address());
    let network: IpNet = network.map_err(|_| TrustedProxiesError::NoNetwork(text.to_owned()))?;
    if network.prefix_len() == 0 {
        return Err(TrustedProxiesError::Everybody(network));
    }
    match network {
        IpNet::V6(mapped) if mapped.addr().to_ipv4_mapped().is_some() => Err(TrustedProxiesError::Mapped(network)),
        IpNet::V4(_) | IpNet::V6(_) => Ok(network.trunc()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_networks_of_both_families_are_taken() {
        let proxies: TrustedProxies = "192.0.2.7, 10.1.2.3/8,2001:db8::1,fd00::/8".parse().unwrap();
        assert_eq!(
            proxies.to_string(),
            "192.0.2.7/32, 10.0.0.0/8, 2001:db8::1/128, fd00::/8"
        );
        for (address, is_held) in [
            ("192.0.2.7", true),
            ("192.0.2.8", false),
            ("10.255.0.1", true),
            ("11.0.0.1", false),
            ("2001:db8::1", true),
            ("2001:db8::2", false),
            ("fdff::", true),
        ] {
            assert_eq!(proxies.hold(address.parse().unwrap()), is_held, "{address}");
        }
        assert!(TrustedProxies::default().is_empty() && !proxies.is_empty());
    }

    #[test]
    fn what_names_no_proxy_is_refused_with_the_reason() {
        for (text, reason) in [
            ("", "comma"),
            ("10.0.0.0/8,", "comma"),
            ("proxy.internal", "\"proxy.internal\" is neither"),
            ("*", "neither"),
            ("10.0.0.0/33", "neither"),
            ("10.0.0.1:80", "neither"),
            ("[::1]", "neither"),
            ("10.0.0.1 10.0.0.2", "neither"),
            ("::ffff:10.0.0.1", "write the IPv4"),
            ("::ffff:10.0.0.0/104", "write the IPv4"),
            ("0.0.0.0/0", "every address"),
            ("::/0", "every address"),
        ] {
            let refusal = text.parse::<TrustedProxies>().unwrap_err().to_string();
            assert!(refusal.contains(reason), "{text}: {refusal}");
        }
    }
}
