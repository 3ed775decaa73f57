//! What browsers count as one site.

use url::{Host, Url};

/// Whether two origins are of one site (HTML, "schemelessly same site", with the scheme): the same scheme, and the same domain
/// that somebody registered, or the same address. What can be registered is told by the list of public suffixes, which is
/// compiled in.
pub(crate) fn is_same_site(one: &str, other: &str) -> bool {
    let site = site_of(one);
    site.is_some() && site == site_of(other)
}

fn site_of(origin: &str) -> Option<(String, String)> {
    let url = Url::parse(origin).ok()?;
    let host = url.host_str()?;
    let registered = match url.host()? {
        Host::Domain(name) => psl::domain_str(name),
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    };
    // What nobody can register, such as `localhost`, is a site of its own.
    Some((url.scheme().to_owned(), registered.unwrap_or(host).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_what_somebody_registered_by_one_scheme() {
        for (one, other, is_one_site) in [
            ("https://auth.example.org", "https://app.example.org", true),
            ("https://auth.example.org", "https://example.org:8443", true),
            ("https://auth.example.co.uk", "https://app.example.co.uk", true),
            ("https://auth.example.org", "http://app.example.org", false),
            ("https://auth.example.org", "https://example.com", false),
            ("https://one.co.uk", "https://other.co.uk", false),
            ("https://one.github.io", "https://other.github.io", false),
            ("http://localhost:8000", "http://localhost:5173", true),
            ("http://localhost:8000", "http://127.0.0.1:5173", false),
            ("http://127.0.0.1:8000", "http://127.0.0.1:5173", true),
            ("http://127.0.0.1:8000", "http://127.0.1.1:5173", false),
            ("http://[::1]:8000", "http://[::1]:5173", true),
            ("http://auth", "http://app", false),
            ("http://auth.intern", "http://app.intern", false),
        ] {
            assert_eq!(is_same_site(one, other), is_one_site, "{one} {other}");
            assert_eq!(is_same_site(other, one), is_one_site, "{other} {one}");
        }
    }
}
