//! Where the server listens.

use super::finding::Finding;
use crate::config::Config;
use crate::port::Port;

const SUBJECT: &str = "port";

/// The port may be in use by the server that this looks at.
pub(super) fn look_at(config: &Config) -> Finding {
    let (host, port) = (&config.http.host, config.http.port);
    match Port::is_free(&config.http) {
        Ok(true) => Finding::ok(SUBJECT, format!("{host}:{port} is free")),
        Ok(false) => Finding::ok(
            SUBJECT,
            format!("{host}:{port} is in use, by a server that runs, or by another program"),
        ),
        Err(error) => Finding::fail(SUBJECT, error.to_string()),
    }
}
