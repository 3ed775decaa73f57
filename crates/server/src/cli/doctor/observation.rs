//! Where the figures are read, and where traces go.

use super::finding::Finding;
use super::who_listens::answers;
use crate::config::{Collector, Config, MetricsAddress};
use crate::port::Port;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

const METRICS: &str = "metrics";
const TRACES: &str = "traces";

/// How long a collector may take to let anybody in.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn look_at(config: &Config) -> [Finding; 2] {
    let metrics = config.metrics.as_ref().map_or_else(
        || Finding::ok(METRICS, "METRICS_ADDRESS is not set, so nobody reads any"),
        metrics,
    );
    let traces = config.traces.as_ref().map_or_else(
        || Finding::ok(TRACES, "OTEL_EXPORTER_OTLP_ENDPOINT is not set, so none are made"),
        traces,
    );
    [metrics, traces]
}

/// The port may be in use by the server that this looks at.
fn metrics(address: &MetricsAddress) -> Finding {
    match Port::is_free(address) {
        Ok(true) => {}
        Ok(false) if answers(&address.host, address.port, "/metrics", "portcullis_build_info") => {}
        Ok(false) => {
            return Finding::warn(
                METRICS,
                format!(
                    "{address} is in use by another program, so a start would be refused; stop that program, or set \
                     METRICS_ADDRESS to another one"
                ),
            );
        }
        Err(error) => return Finding::fail(METRICS, error.to_string()),
    }
    if address.is_loopback() {
        Finding::ok(
            METRICS,
            format!("they are read at http://{address}/metrics, from this machine alone"),
        )
    } else {
        Finding::warn(
            METRICS,
            format!(
                "whoever reaches {address} reads how many people sign in and how busy the server is; let a firewall admit \
                 Prometheus alone"
            ),
        )
    }
}

/// A connection is made and ended; nothing is sent.
fn traces(collector: &Collector) -> Finding {
    let addresses = collector.place().and_then(|place| place.to_socket_addrs().ok());
    let mut addresses = addresses.into_iter().flatten();
    if addresses.any(|address| TcpStream::connect_timeout(&address, PATIENCE).is_ok()) {
        Finding::ok(TRACES, format!("they are sent to {collector}"))
    } else {
        Finding::warn(
            TRACES,
            format!(
                "{collector} can't be reached from here, so they are dropped; start the collector, or mend OTEL_EXPORTER_OTLP_ENDPOINT"
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Grade;
    use super::*;
    use crate::config::Environment;
    use std::net::TcpListener;

    fn found(settings: &[(&str, &str)]) -> [Finding; 2] {
        look_at(&Config::load(&Environment::of(settings)).unwrap())
    }

    #[test]
    fn an_address_that_others_reach_is_warned_of() {
        let grade = |address| found(&[("METRICS_ADDRESS", address)])[0].grade;
        assert_eq!(grade("127.0.0.1:0"), Grade::Ok);
        assert_eq!(grade("0.0.0.0:0"), Grade::Warn);
        assert_eq!(grade("192.0.2.1:0"), Grade::Fail);
        assert_eq!(found(&[])[0].grade, Grade::Ok);
    }

    #[test]
    fn an_address_that_another_program_has_is_warned_of() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let finding = || found(&[("METRICS_ADDRESS", &address)]).into_iter().next().unwrap();
        let closing = std::thread::spawn(move || drop(listener.accept()));
        let taken = finding();
        assert!(
            taken.grade == Grade::Warn && taken.text.contains("in use by another program"),
            "{taken}"
        );
        closing.join().unwrap();
        assert_eq!(finding().grade, Grade::Ok);
    }

    #[test]
    fn a_collector_that_lets_nobody_in_is_warned_of() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let grade = || found(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)])[1].grade;
        assert_eq!(grade(), Grade::Ok);
        drop(listener);
        assert_eq!(grade(), Grade::Warn);
    }
}
