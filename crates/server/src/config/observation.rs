//! Where the figures are read, and where traces go.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use url::Url;

/// An address or name, and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricsAddress {
    /// The address or name to listen on, without brackets.
    pub host: String,
    /// The port to listen on; 0 takes a free one.
    pub port: u16,
}

/// What was set as an address is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an address and a port with a colon between them")]
pub struct MetricsAddressError(String);

impl FromStr for MetricsAddress {
    type Err = MetricsAddressError;

    fn from_str(text: &str) -> Result<Self, MetricsAddressError> {
        let refused = || MetricsAddressError(text.to_owned());
        let (host, port) = text.rsplit_once(':').ok_or_else(refused)?;
        let in_brackets = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_whole = match in_brackets {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            // Of more colons the last need not be the one before the port.
            None => !host.is_empty() && !host.contains([':', '/', ' ', '[', ']']),
        };
        let digits_alone = port.bytes().all(|byte| byte.is_ascii_digit());
        if !is_whole || !digits_alone {
            return Err(refused());
        }
        Ok(Self {
            host: in_brackets.unwrap_or(host).to_owned(),
            port: port.parse().map_err(|_| refused())?,
        })
    }
}

impl MetricsAddress {
    /// Whether it is reached from this machine alone, as far as the text tells.
    pub(crate) fn is_loopback(&self) -> bool {
        self.host.eq_ignore_ascii_case("localhost")
            || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for MetricsAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') {
            write!(out, "[{host}]:{port}")
        } else {
            write!(out, "{host}:{port}")
        }
    }
}

/// A collector of traces that takes OTLP by HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collector(Url);

/// What was set as a collector is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CollectorError {
    /// It can't be called by HTTP.
    #[error("{0:?} is not an http or https address")]
    NoAddress(String),
    /// Part of it would be printed, or lost.
    #[error(
        "has a user, a password, a query or a fragment; leave them out, and send headers by OTEL_EXPORTER_OTLP_HEADERS"
    )]
    Superfluous,
}

impl FromStr for Collector {
    type Err = CollectorError;

    fn from_str(text: &str) -> Result<Self, CollectorError> {
        let refused = || CollectorError::NoAddress(text.to_owned());
        let Ok(url) = Url::parse(text) else {
            // It may hold a password all the same.
            return Err(if text.contains('@') {
                CollectorError::Superfluous
            } else {
                refused()
            });
        };
        let has_more = !url.username().is_empty() || url.password().is_some();
        if has_more || url.query().is_some() || url.fragment().is_some() {
            return Err(CollectorError::Superfluous);
        }
        // The parser mends what has one slash or none.
        let is_written_out = ["http://", "https://"].iter().any(|start| text.starts_with(start));
        if !is_written_out || !url.has_host() {
            return Err(refused());
        }
        Ok(Self(url))
    }
}

impl Collector {
    /// Where spans are sent: the path of OTLP below the address.
    pub(crate) fn traces(&self) -> String {
        format!("{}/v1/traces", self.0.as_str().trim_end_matches('/'))
    }

    /// Host and port.
    pub(crate) fn place(&self) -> Option<(&str, u16)> {
        Some((self.0.host_str()?, self.0.port_or_known_default()?))
    }
}

impl fmt::Display for Collector {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metrics_address_is_a_host_and_a_port() {
        for (text, host, port) in [
            ("127.0.0.1:9464", "127.0.0.1", 9464),
            ("[::1]:0", "::1", 0),
            ("localhost:9464", "localhost", 9464),
            ("metrics.internal:1", "metrics.internal", 1),
        ] {
            let address: MetricsAddress = text.parse().unwrap();
            assert_eq!((address.host.as_str(), address.port), (host, port));
            assert_eq!(address.to_string(), text);
        }
        for text in [
            "",
            "9464",
            ":9464",
            "127.0.0.1",
            "127.0.0.1:",
            "127.0.0.1:x",
            "127.0.0.1:+1",
            "127.0.0.1:65536",
            "::1:9464",
            "[::1]",
            "[x]:1",
            "http://127.0.0.1:9464",
            "127.0.0.1:9464/metrics",
        ] {
            assert!(text.parse::<MetricsAddress>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_metrics_address_tells_whether_others_reach_it() {
        let is_loopback = |text: &str| text.parse::<MetricsAddress>().unwrap().is_loopback();
        assert!(
            ["127.0.0.1:1", "[::1]:1", "Localhost:1", "127.8.8.8:1"]
                .into_iter()
                .all(is_loopback)
        );
        assert!(
            !["0.0.0.0:1", "[::]:1", "10.0.0.1:1", "example.org:1"]
                .into_iter()
                .any(is_loopback)
        );
    }

    #[test]
    fn spans_are_sent_below_the_address_of_the_collector() {
        for (text, traces) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/traces"),
            (
                "https://otlp.example.org/otlp",
                "https://otlp.example.org/otlp/v1/traces",
            ),
        ] {
            assert_eq!(text.parse::<Collector>().unwrap().traces(), traces);
        }
    }

    #[test]
    fn what_is_no_collector_is_refused_and_no_password_is_shown() {
        for text in [
            "",
            "localhost:4318",
            "4318",
            "http:/x",
            "http:x",
            "grpc://localhost:4317",
            "http://",
            "ttp://x",
            "http//x",
            "http://u:hunter2@x",
            "http://u:hunter2@",
            "http://x?a=b",
            "http://x#y",
        ] {
            let refused = text.parse::<Collector>().unwrap_err().to_string();
            assert!(!refused.contains("hunter2"), "{refused}");
        }
    }
}
