//! A PostgreSQL URL: what is checked here, and what the driver makes of the rest.

use super::error::DatabaseUrlError;
use super::parameters;
use percent_encoding::percent_decode_str;
use std::fmt::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;
use tokio_postgres::config::{Host, SslMode as DriverSslMode};

/// What the URL may say otherwise: a server that has gone is noticed within a minute instead of hours, and one that
/// refuses writes is passed over.
const DEFAULTS: &str = "?keepalives_idle=30&target_session_attrs=read-write";

/// How far TLS goes, by libpq's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SslMode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

impl FromStr for SslMode {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, DatabaseUrlError> {
        match text {
            "disable" => Ok(Self::Disable),
            "prefer" => Ok(Self::Prefer),
            "require" => Ok(Self::Require),
            "verify-ca" => Ok(Self::VerifyCa),
            "verify-full" => Ok(Self::VerifyFull),
            _ => Err(DatabaseUrlError::SslMode),
        }
    }
}

/// A PostgreSQL server and database.
#[derive(Clone)]
pub(crate) struct PostgresUrl {
    config: tokio_postgres::Config,
    ssl_mode: SslMode,
    root_certificates: Option<PathBuf>,
}

impl PostgresUrl {
    pub(super) fn parse(text: &str) -> Result<Self, DatabaseUrlError> {
        refuse_ambiguous(text)?;
        let (address, query) = text.split_once('?').unwrap_or((text, ""));
        // Before a parameter is named: where the address is not right, what seems to be one may be of a password. The
        // driver's own errors may quote what they did not understand.
        tokio_postgres::Config::from_str(address).map_err(|_| DatabaseUrlError::Postgres)?;
        let mut ssl_mode = None;
        let mut roots = None;
        let mut passed_on = DEFAULTS.to_owned();
        let mut named = Vec::new();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (key, value) = parameter.split_once('=').ok_or(DatabaseUrlError::Parameter)?;
            let plain = percent_decode_str(value)
                .decode_utf8()
                .map_err(|_| DatabaseUrlError::Parameter)?;
            let known = parameters::known(key).ok_or_else(|| parameters::refusal_of(key))?;
            if named.contains(&known) {
                return Err(DatabaseUrlError::RepeatedParameter(known));
            }
            named.push(known);
            match known {
                "sslmode" => ssl_mode = Some(plain.parse()?),
                "sslrootcert" => roots = Some(plain.into_owned()),
                known => {
                    tokio_postgres::Config::from_str(&format!("{address}?{known}={value}"))
                        .map_err(|_| DatabaseUrlError::ParameterValue(known))?;
                    write!(passed_on, "&{known}={value}").map_err(|_| DatabaseUrlError::Parameter)?;
                }
            }
        }
        let (ssl_mode, root_certificates) = match (roots.as_deref(), ssl_mode) {
            (Some("system"), None | Some(SslMode::VerifyFull)) => (SslMode::VerifyFull, None),
            (Some("system"), Some(_)) => return Err(DatabaseUrlError::SystemRoots),
            (file, mode) => (mode.unwrap_or(SslMode::Prefer), file.map(PathBuf::from)),
        };
        let config = tokio_postgres::Config::from_str(&format!("{address}{passed_on}"))
            .map_err(|_| DatabaseUrlError::Postgres)?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(DatabaseUrlError::Postgres);
        }
        let ssl_mode = if is_on_sockets(&config) {
            SslMode::Disable
        } else {
            ssl_mode
        };
        Ok(Self {
            config: with_defaults(config, ssl_mode),
            ssl_mode,
            root_certificates,
        })
    }

    pub(crate) fn config(&self) -> &tokio_postgres::Config {
        &self.config
    }

    pub(crate) fn ssl_mode(&self) -> SslMode {
        self.ssl_mode
    }

    pub(crate) fn root_certificates(&self) -> Option<&Path> {
        self.root_certificates.as_deref()
    }
}

/// Refuses a URL whose parts are not where they seem to be. The driver takes all before the first `@`, wherever that
/// is, for user and password; what it leaves of a password would then be taken for a host, and printed.
fn refuse_ambiguous(text: &str) -> Result<(), DatabaseUrlError> {
    let (_, rest) = text.split_once("://").ok_or(DatabaseUrlError::Postgres)?;
    let (authority, beyond) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let host = authority.split_once('@').map_or(authority, |(_, host)| host);
    if host.contains(['@', '&', '=']) || beyond.contains('@') {
        return Err(DatabaseUrlError::Encoding);
    }
    // To the driver it would be a part of the name before it.
    if host.contains('#') || beyond.contains('#') {
        return Err(DatabaseUrlError::Fragment);
    }
    Ok(())
}

/// Whether all of it is on this machine, by sockets that are files. There is no TLS on those, and as with libpq it makes
/// no difference what the URL asks for.
fn is_on_sockets(config: &tokio_postgres::Config) -> bool {
    config.get_hostaddrs().is_empty() && config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_)))
}

/// What the URL does not say.
fn with_defaults(mut config: tokio_postgres::Config, ssl_mode: SslMode) -> tokio_postgres::Config {
    config.ssl_mode(match ssl_mode {
        SslMode::Disable => DriverSslMode::Disable,
        SslMode::Prefer => DriverSslMode::Prefer,
        SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => DriverSslMode::Require,
    });
    if config.get_application_name().is_none() {
        config.application_name("portcullis");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(5));
    }
    config.tcp_user_timeout(Duration::from_secs(10));
    config.keepalives_interval(Duration::from_secs(5));
    config.keepalives_retries(3);
    config
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ports = self.config.get_ports();
        out.write_str("postgres://")?;
        for (number, host) in self.config.get_hosts().iter().enumerate() {
            let port = ports.get(number).or(ports.first()).copied().unwrap_or(5432);
            let comma = if number == 0 { "" } else { "," };
            match host {
                Host::Tcp(name) => write!(out, "{comma}{name}:{port}")?,
                Host::Unix(path) => write!(out, "{comma}{}", path.display())?,
            }
        }
        write!(out, "/{}", self.config.get_dbname().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_postgres::config::TargetSessionAttrs;

    fn config_of(query: &str) -> tokio_postgres::Config {
        let url = PostgresUrl::parse(&format!("postgres://u:p%40ss@localhost/db{query}")).unwrap();
        url.config().clone()
    }

    #[test]
    fn what_the_url_says_counts_more_than_the_defaults() {
        assert_eq!(config_of("").get_keepalives_idle(), Duration::from_secs(30));
        assert_eq!(
            config_of("?keepalives_idle=7").get_keepalives_idle(),
            Duration::from_secs(7)
        );
        assert_eq!(config_of("").get_target_session_attrs(), TargetSessionAttrs::ReadWrite);
        let any = config_of("?target_session_attrs=any");
        assert_eq!(any.get_target_session_attrs(), TargetSessionAttrs::Any);
    }

    #[test]
    fn a_percent_encoded_password_reaches_the_driver_decoded() {
        assert_eq!(config_of("").get_password(), Some(b"p@ss".as_slice()));
        assert_eq!(config_of("?user=a%40b").get_user(), Some("a@b"));
    }

    #[test]
    fn the_system_s_roots_verify_the_name_whether_it_is_said_or_not() {
        for query in ["sslrootcert=system", "sslmode=verify-full&sslrootcert=system"] {
            let url = PostgresUrl::parse(&format!("postgres://localhost/db?{query}")).unwrap();
            assert_eq!(url.ssl_mode(), SslMode::VerifyFull, "{query}");
            assert_eq!(url.root_certificates(), None);
        }
    }
}
