//! Settings that are fine on one machine, and open a door where others reach the server.

use crate::config::Config;
use portcullis_security::Blocklist;
use portcullis_web::{OwnAddress, is_loopback};

/// What should not stay so, with what to do. The start and `doctor` tell it.
pub(crate) fn of(config: &Config) -> Vec<String> {
    let http = &config.http;
    let mut open = Vec::new();
    if let OwnAddress::Public(url) = &http.address
        && !url.is_https()
        && !is_loopback(url.host())
    {
        open.push(format!(
            "PUBLIC_URL={} is not https, so whoever is on the way can read passwords and tokens; put a proxy that speaks TLS \
             before the server, and write https",
            url.as_written()
        ));
    }
    if config.passwords.blocklist == Blocklist::Off && !http.is_of_this_machine() {
        open.push(
            "PASSWORD_BLOCKLIST=off takes passwords that everybody tries, and others than this machine reach the server; \
             unset it"
                .to_owned(),
        );
    }
    if let Some(net) = config.social.allowed.widest() {
        open.push(format!(
            "OUTBOUND_ALLOW={net} lets what a provider names lead to nearly everything inside; name the provider's host alone"
        ));
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    fn named(settings: &[(&str, &str)]) -> Vec<&'static str> {
        let open = of(&Config::load(&Environment::of(settings)).unwrap());
        let names = ["PUBLIC_URL=http", "PASSWORD_BLOCKLIST=off"];
        names
            .into_iter()
            .filter(|name| open.iter().any(|door| door.starts_with(name)))
            .collect()
    }

    #[test]
    fn a_guard_of_calls_that_lets_everything_by_is_told() {
        for (allowed, is_told) in [
            ("0.0.0.0/0", true),
            ("::/0", true),
            ("10.0.0.0/8", false),
            ("id.corp", false),
        ] {
            let settings = [
                ("SOCIAL_GITHUB_CLIENT_ID", "a"),
                ("SOCIAL_GITHUB_CLIENT_SECRET", "b"),
                ("OUTBOUND_ALLOW", allowed),
            ];
            let open = of(&Config::load(&Environment::of(&settings)).unwrap());
            assert_eq!(
                open.iter().any(|door| door.contains("OUTBOUND_ALLOW")),
                is_told,
                "{allowed}"
            );
        }
    }

    #[test]
    fn what_is_open_beyond_this_machine_is_told() {
        let plain = ("PUBLIC_URL", "http://auth.example.org");
        let off = ("PASSWORD_BLOCKLIST", "off");
        assert_eq!(
            named(&[("HOST", "0.0.0.0"), plain, off]),
            ["PUBLIC_URL=http", "PASSWORD_BLOCKLIST=off"]
        );
        assert_eq!(named(&[plain]), ["PUBLIC_URL=http"]);
        assert_eq!(named(&[("HOST", "0.0.0.0"), off]), ["PASSWORD_BLOCKLIST=off"]);
        assert_eq!(
            named(&[("PUBLIC_URL", "https://auth.example.org"), off]),
            ["PASSWORD_BLOCKLIST=off"]
        );
        for own in [
            &[off][..],
            &[off, ("PUBLIC_URL", "http://localhost:8000")],
            &[("PUBLIC_URL", "http://[::1]:8000")],
            &[("PUBLIC_URL", "https://auth.example.org"), ("HOST", "0.0.0.0")],
        ] {
            assert_eq!(named(own), [""; 0], "{own:?}");
        }
    }
}
