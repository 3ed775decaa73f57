//! The relying party of passkeys: the domain that they are made for (`WebAuthn` level 2, section 4).

use crate::loopback::is_loopback;
use crate::public_url::OwnAddress;
use std::net::IpAddr;

/// The domain that passkeys are made for, and the origin of the pages that use them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    /// The domain, which browsers call `rp.id`.
    pub id: String,
    /// The origin of our pages, the one that passkeys answer.
    pub origin: String,
}

/// Why there are no passkeys, and the line that would change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPasskeys {
    /// Nobody told the server its name.
    #[error(
        "PUBLIC_URL is not set, and a passkey belongs to a name; add PUBLIC_URL=https://auth.example.org with the address that \
         people use, or PUBLIC_URL=http://localhost:8000 to try them on this machine"
    )]
    Unset,
    /// The address has no name.
    #[error("PUBLIC_URL is an IP address, and a passkey belongs to a name; give the server a name")]
    NoName,
    /// Browsers use no passkey there.
    #[error("PUBLIC_URL is not https, where browsers use no passkey; put a proxy that speaks TLS before the server")]
    InClear,
}

/// Why no such domain can be the relying party.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RelyingPartyError {
    /// There are no passkeys.
    #[error("has no effect: {0}")]
    Off(NoPasskeys),
    /// It is neither the host nor a domain above it.
    #[error("is neither {0} nor a domain above it, so no browser would use a passkey of it there")]
    AnotherDomain(String),
    /// Everybody may have a name below it.
    #[error("is a domain that anybody may have a name below, so no browser would use a passkey of it")]
    PublicSuffix,
}

impl RelyingParty {
    /// The one of a server at that address: its host itself.
    ///
    /// # Errors
    /// Why there is none.
    pub fn of(address: &OwnAddress) -> Result<Self, NoPasskeys> {
        let OwnAddress::Public(url) = address else {
            return Err(NoPasskeys::Unset);
        };
        let host = url.host();
        if host.starts_with('[') || host.parse::<IpAddr>().is_ok() {
            return Err(NoPasskeys::NoName);
        }
        if !url.is_https() && !is_loopback(host) {
            return Err(NoPasskeys::InClear);
        }
        Ok(Self {
            id: host.to_owned(),
            origin: url.origin().to_owned(),
        })
    }

    /// The same for a domain of the operator's choice, which other servers below it may share.
    ///
    /// # Errors
    /// Why that can't be.
    pub fn called(address: &OwnAddress, id: &str) -> Result<Self, RelyingPartyError> {
        let own = Self::of(address).map_err(RelyingPartyError::Off)?;
        let is_above = own.id.strip_suffix(id).is_some_and(|before| before.ends_with('.'));
        if id != own.id && (id.is_empty() || !is_above) {
            return Err(RelyingPartyError::AnotherDomain(own.id));
        }
        if id != own.id && psl::domain_str(id).is_none() {
            return Err(RelyingPartyError::PublicSuffix);
        }
        Ok(Self {
            id: id.to_owned(),
            ..own
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> OwnAddress {
        OwnAddress::Public(text.parse().unwrap())
    }

    #[test]
    fn a_passkey_belongs_to_the_name_of_the_server() {
        for (url, id, origin) in [
            (
                "https://auth.example.org",
                "auth.example.org",
                "https://auth.example.org",
            ),
            (
                "https://auth.example.org:8443/sso",
                "auth.example.org",
                "https://auth.example.org:8443",
            ),
            ("http://localhost:8000", "localhost", "http://localhost:8000"),
        ] {
            let party = RelyingParty::of(&address(url)).unwrap();
            assert_eq!((party.id.as_str(), party.origin.as_str()), (id, origin));
        }
    }

    #[test]
    fn there_are_none_without_a_name_or_without_tls() {
        assert_eq!(RelyingParty::of(&OwnAddress::Loopback), Err(NoPasskeys::Unset));
        for url in ["https://192.0.2.7", "https://[2001:db8::1]", "http://127.0.0.1:8000"] {
            assert_eq!(RelyingParty::of(&address(url)), Err(NoPasskeys::NoName), "{url}");
        }
        assert_eq!(
            RelyingParty::of(&address("http://auth.example.org")),
            Err(NoPasskeys::InClear)
        );
    }

    #[test]
    fn a_chosen_domain_is_the_host_or_above_it() {
        let own = address("https://auth.example.org");
        for id in ["auth.example.org", "example.org"] {
            assert_eq!(RelyingParty::called(&own, id).unwrap().id, id);
        }
        for id in [
            "",
            "badexample.org",
            "xample.org",
            "other.example.org",
            ".example.org",
            "Example.org",
        ] {
            let refused = RelyingParty::called(&own, id);
            assert!(
                matches!(refused, Err(RelyingPartyError::AnotherDomain(_))),
                "{id:?} {refused:?}"
            );
        }
        let refused = RelyingParty::called(&own, "org");
        assert_eq!(refused, Err(RelyingPartyError::PublicSuffix));
        let refused = RelyingParty::called(&OwnAddress::Loopback, "example.org");
        assert_eq!(refused, Err(RelyingPartyError::Off(NoPasskeys::Unset)));
    }
}
