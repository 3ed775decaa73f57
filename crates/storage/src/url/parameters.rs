//! The parameters of a PostgreSQL URL: those that are understood, and what is said of all others.

use super::error::DatabaseUrlError;
use strsim::osa_distance;

/// Parameters of libpq that the driver knows, and that a URL may hold.
const PASSED_ON: [&str; 13] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_idle",
    "load_balance_hosts",
    "options",
    "port",
    "target_session_attrs",
    "user",
];

/// Those that are understood here.
const OURS: [&str; 2] = ["sslmode", "sslrootcert"];

/// Parameters that libpq takes and this program does not.
const OF_LIBPQ: [&str; 36] = [
    "client_encoding",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "keepalives_count",
    "keepalives_interval",
    "krbsrvname",
    "max_protocol_version",
    "min_protocol_version",
    "oauth_client_id",
    "oauth_client_secret",
    "oauth_issuer",
    "oauth_scope",
    "passfile",
    "password",
    "replication",
    "require_auth",
    "requirepeer",
    "requiressl",
    "scram_client_key",
    "scram_server_key",
    "service",
    "servicefile",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcertmode",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslkey",
    "sslkeylogfile",
    "sslnegotiation",
    "sslpassword",
    "sslsni",
];

/// The longest name that is repeated to whoever wrote it. A part of a password may stand in its place.
const MOST_LETTERS: usize = 32;

/// How many mistakes a name may hold that is taken for another.
const MISTAKES: usize = 2;

/// The parameter of that name, where it is understood.
pub(super) fn known(name: &str) -> Option<&'static str> {
    all().find(|known| *known == name)
}

fn all() -> impl Iterator<Item = &'static str> {
    PASSED_ON.into_iter().chain(OURS)
}

/// What is said of a parameter that is not understood.
pub(super) fn refusal_of(name: &str) -> DatabaseUrlError {
    if let Some(known) = OF_LIBPQ.into_iter().find(|known| *known == name) {
        return DatabaseUrlError::UnsupportedParameter(known);
    }
    let is_a_name = name.len() <= MOST_LETTERS && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if !is_a_name || name.is_empty() {
        return DatabaseUrlError::Parameter;
    }
    let written = name.to_ascii_lowercase();
    let nearest = all()
        .map(|known| (osa_distance(&written, known), known))
        .min_by_key(|(mistakes, _)| *mistakes);
    DatabaseUrlError::UnknownParameter {
        name: name.to_owned(),
        meant: nearest
            .filter(|(mistakes, _)| *mistakes <= MISTAKES)
            .map(|(_, known)| known),
    }
}
