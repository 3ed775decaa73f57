//! Where the shared counters are.

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};
use std::fmt;
use std::str::FromStr;

/// The address of a Redis or Valkey: `redis://user:password@host:6379/0`, `rediss://` for TLS. Prints no password.
#[derive(Clone)]
pub struct RedisUrl(ConnectionInfo);

/// Why a text is no such address. It says nothing of the text, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedisUrlError {
    /// It is something else.
    #[error("is not written as redis://user:password@host:6379/0, or rediss:// for TLS")]
    Form,
    /// It would take any certificate.
    #[error("asks to take any certificate (#insecure); take that out")]
    AnyCertificate,
}

impl RedisUrl {
    pub(crate) fn connection(&self) -> ConnectionInfo {
        self.0.clone()
    }
}

impl FromStr for RedisUrl {
    type Err = RedisUrlError;

    fn from_str(text: &str) -> Result<Self, RedisUrlError> {
        let schemes = ["redis://", "rediss://", "valkey://", "valkeys://"];
        if !schemes.iter().any(|scheme| text.starts_with(scheme)) {
            return Err(RedisUrlError::Form);
        }
        let info = text.into_connection_info().map_err(|_| RedisUrlError::Form)?;
        match info.addr() {
            ConnectionAddr::TcpTls { insecure: true, .. } => Err(RedisUrlError::AnyCertificate),
            ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } if host.is_empty() => {
                Err(RedisUrlError::Form)
            }
            _ => Ok(Self(info)),
        }
    }
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.addr().fmt(out)
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "RedisUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_redis_is_taken_and_shows_no_password() {
        for text in [
            "redis://localhost",
            "redis://:hunter2@redis.example.org:6380/3",
            "rediss://portcullis:hunter2@redis.example.org/0",
            "valkey://10.0.0.7:6379",
        ] {
            let url: RedisUrl = text.parse().unwrap();
            assert!(!format!("{url} {url:?}").contains("hunter2"), "{url}");
        }
        assert_eq!(
            "redis://a.example/0".parse::<RedisUrl>().unwrap().to_string(),
            "a.example:6379"
        );
    }

    #[test]
    fn what_is_no_address_of_redis_is_refused() {
        for text in [
            "",
            "localhost:6379",
            "http://localhost",
            "redis://",
            "redis://a:b:c",
            "redis://h/x",
            "unix:///run/redis",
        ] {
            assert_eq!(text.parse::<RedisUrl>().unwrap_err(), RedisUrlError::Form, "{text}");
        }
        let insecure = "rediss://redis.example.org/#insecure".parse::<RedisUrl>();
        assert_eq!(insecure.unwrap_err(), RedisUrlError::AnyCertificate);
    }
}
