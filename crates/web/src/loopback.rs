//! What is this machine alone.

use std::net::IpAddr;

/// Whether that host is this machine, whatever a server of names says (RFC 6761, section 6.3): `localhost`, what ends with
/// it, or an address of loopback. An IPv6 address may stand in brackets.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let in_brackets = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    if let Ok(address) = in_brackets.unwrap_or(host).parse::<IpAddr>() {
        return address.to_canonical().is_loopback();
    }
    // With the dot that ends a whole name it is the same.
    let name = host.strip_suffix('.').unwrap_or(host);
    name.rsplit('.')
        .next()
        .is_some_and(|label| label.eq_ignore_ascii_case("localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_of_this_machine_are_told_from_others() {
        for host in [
            "localhost",
            "LOCALHOST",
            "localhost.",
            "auth.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "[::1]",
            "[::ffff:127.0.0.1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "0.0.0.0",
            "::",
            "192.168.0.1",
            "[2001:db8::1]",
            "localhost.example.org",
            "notlocalhost",
            "example.org",
            "[localhost]",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
