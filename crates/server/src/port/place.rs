//! What the settings say of where to listen.

use crate::config::{HOST, HttpConfig, METRICS_ADDRESS, MetricsAddress, PORT, Setting};

/// Where to listen, and which settings say so.
#[derive(Clone, Copy)]
pub(crate) struct Place<'c> {
    pub(super) host: &'c str,
    pub(super) port: u16,
    pub(super) of_host: &'static Setting,
    pub(super) of_port: &'static Setting,
    /// A value of the latter that may be free.
    pub(super) another: &'static str,
}

impl<'c> From<&'c HttpConfig> for Place<'c> {
    fn from(config: &'c HttpConfig) -> Self {
        Self {
            host: &config.host,
            port: config.port,
            of_host: &HOST,
            of_port: &PORT,
            another: "8001",
        }
    }
}

impl<'c> From<&'c MetricsAddress> for Place<'c> {
    fn from(address: &'c MetricsAddress) -> Self {
        Self {
            host: &address.host,
            port: address.port,
            of_host: &METRICS_ADDRESS,
            of_port: &METRICS_ADDRESS,
            another: "127.0.0.1:9465",
        }
    }
}
