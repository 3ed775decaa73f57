//! Whether the addresses of clients are known.

use super::finding::Finding;
use crate::config::HttpConfig;
use portcullis_web::is_loopback;

const SUBJECT: &str = "proxies";

/// Requests can't be seen from here, so this goes by what the settings say of a proxy.
pub(super) fn look_at(http: &HttpConfig) -> Finding {
    if !http.trusted_proxies.is_empty() {
        let proxies = &http.trusted_proxies;
        return Finding::ok(
            SUBJECT,
            format!("those of {proxies} are believed about the addresses of clients"),
        );
    }
    if http.address.is_https() {
        return unknown("PUBLIC_URL is https, which a proxy before the server speaks");
    }
    if is_loopback(&http.host) && !http.is_of_this_machine() {
        return unknown("HOST is reached from this machine alone, so clients of PUBLIC_URL come by a proxy");
    }
    Finding::ok(
        SUBJECT,
        "TRUSTED_PROXIES is not set, which is right where there is no proxy",
    )
}

fn unknown(reason: &str) -> Finding {
    Finding::warn(
        SUBJECT,
        format!(
            "{reason}, and TRUSTED_PROXIES is not set, so sessions, the audit trail and the log show the proxy's address \
             for every client, and limits count all clients as one; set it to the proxy's address"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::super::finding::Grade;
    use super::*;
    use crate::config::{Config, Environment};

    fn grade(settings: &[(&str, &str)]) -> Grade {
        look_at(&Config::load(&Environment::of(settings)).unwrap().http).grade
    }

    #[test]
    fn a_proxy_that_is_not_trusted_is_told_where_there_must_be_one() {
        let (https, http) = (("PUBLIC_URL", "https://a.example"), ("PUBLIC_URL", "http://a.example"));
        let everywhere = ("HOST", "0.0.0.0");
        assert_eq!(grade(&[https]), Grade::Warn);
        assert_eq!(grade(&[https, everywhere]), Grade::Warn);
        for host in ["127.0.0.1", "localhost", "[::1]"] {
            assert_eq!(grade(&[http, ("HOST", host)]), Grade::Warn, "{host}");
        }
        for right in [
            &[][..],
            &[http, everywhere],
            &[("PUBLIC_URL", "http://localhost:8000")],
            &[("PUBLIC_URL", "http://[::1]:8000")],
            &[https, ("TRUSTED_PROXIES", "10.0.0.1")],
        ] {
            assert_eq!(grade(right), Grade::Ok, "{right:?}");
        }
    }
}
