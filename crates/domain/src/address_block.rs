//! The addresses that one client may take as it likes.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How many bits of an IPv6 address one client does not choose: providers hand out networks of this size, or larger ones.
const NETWORK_BITS: u32 = 64;

/// An IPv4 address, or the /64 of an IPv6 address: who has one address of it has them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AddressBlock {
    /// One address.
    V4(Ipv4Addr),
    /// The first address of a network.
    V6(Ipv6Addr),
}

impl From<IpAddr> for AddressBlock {
    /// An IPv4 address that is written as an IPv6 address (RFC 4291, section 2.5.5.2) is the IPv4 address.
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => {
                let network = address.to_bits() >> NETWORK_BITS << NETWORK_BITS;
                Self::V6(Ipv6Addr::from_bits(network))
            }
        }
    }
}

impl fmt::Display for AddressBlock {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(address) => address.fmt(out),
            Self::V6(address) => write!(out, "{address}/{NETWORK_BITS}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(text: &str) -> String {
        AddressBlock::from(text.parse::<IpAddr>().unwrap()).to_string()
    }

    #[test]
    fn an_ipv6_client_is_its_network_and_an_ipv4_client_its_address() {
        assert_eq!(block("203.0.113.7"), "203.0.113.7");
        assert_eq!(block("::ffff:203.0.113.7"), "203.0.113.7");
        assert_eq!(block("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(block("2001:db8:1:2::"), "2001:db8:1:2::/64");
        assert_eq!(block("2001:db8:1:3::"), "2001:db8:1:3::/64");
        assert_eq!(block("::1"), "::/64");
    }
}
