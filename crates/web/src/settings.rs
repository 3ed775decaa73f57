//! What a server is started with: what an operator sets, and the limits that a test may narrow.

use crate::client_address::TrustedProxies;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::Duration;

/// The server's settings, whatever it serves.
#[derive(Debug, Clone)]
pub struct WebSettings {
    /// Worker threads; by default as many as there are cores.
    pub workers: usize,
    /// How long a graceful stop waits for requests that run, in whole seconds.
    pub shutdown_timeout: Duration,
    /// How long a client may take to send the first head of a connection.
    pub head_timeout: Duration,
    /// How long a client may take to send a request's body, from the moment that it is read.
    pub body_timeout: Duration,
    /// The most bytes of a request's body.
    pub body_limit: usize,
    /// The most bytes that the bodies of all requests take together, but for the first 4 KiB of each.
    pub bodies_limit: usize,
    /// How long a connection may idle between two requests.
    pub keep_alive: Duration,
    /// How long a client may leave an answer unread before its connection is cut (on Linux).
    pub stall_timeout: Duration,
    /// Whose word on the addresses of clients counts.
    pub trusted_proxies: TrustedProxies,
    /// The most connections of one worker; more wait in the operating system until one ends.
    pub max_connections: usize,
}

impl Default for WebSettings {
    fn default() -> Self {
        Self {
            workers: available_parallelism().map_or(1, NonZeroUsize::get),
            shutdown_timeout: Duration::from_secs(25),
            head_timeout: Duration::from_secs(5),
            body_timeout: Duration::from_secs(8),
            body_limit: 64 * 1024,
            bodies_limit: 32 * 1024 * 1024,
            keep_alive: Duration::from_secs(75),
            stall_timeout: Duration::from_secs(30),
            trusted_proxies: TrustedProxies::default(),
            max_connections: 10_000,
        }
    }
}
