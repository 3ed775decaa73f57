//! The mail server, as a URL names it, and who mails are from.

use crate::login::Login;
use lettre::message::Mailbox;
use lettre::transport::smtp::client::TlsParameters;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use url::{Host, Url};

/// The mail server that takes mails. Prints no password.
#[derive(Clone)]
pub struct SmtpServer {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) encryption: Encryption,
    pub(crate) login: Option<Login>,
}

/// How the way to the mail server is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// TLS from the first byte.
    Implicit,
    /// STARTTLS, or no mail.
    StartTls,
    /// None: the server is on this machine.
    Loopback,
}

/// Why a text names no mail server. It is not shown, since it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SmtpServerError {
    /// Not a URL of a mail server.
    #[error("is not an address such as smtp://user:password@mail.example.org:587 or smtps://…:465")]
    NotAServer,
    /// There is more than a server in it.
    #[error("has a path, a query or a fragment; take it out")]
    More,
    /// One of both is missing.
    #[error("has a user without a password, or a password without a user")]
    HalfALogin,
    /// There is no TLS for that name.
    #[error("names a host that no certificate can have")]
    Host,
}

impl FromStr for SmtpServer {
    type Err = SmtpServerError;

    fn from_str(text: &str) -> Result<Self, SmtpServerError> {
        let url = Url::parse(text).map_err(|_| SmtpServerError::NotAServer)?;
        let host = url
            .host_str()
            .filter(|host| !host.is_empty())
            .ok_or(SmtpServerError::NotAServer)?;
        // The parser knows nothing of this scheme, and so no addresses in it.
        let host = host.trim_matches(['[', ']']).to_owned();
        let (encryption, usual_port) = match url.scheme() {
            "smtps" => (Encryption::Implicit, 465),
            "smtp" if is_loopback(&host) => (Encryption::Loopback, 587),
            "smtp" => (Encryption::StartTls, 587),
            _ => return Err(SmtpServerError::NotAServer),
        };
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(SmtpServerError::More);
        }
        let decoded = |text: &str| percent_decode_str(text).decode_utf8().map(Cow::into_owned);
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            (user, Some(password)) if !user.is_empty() => {
                let (user, password) = (decoded(user), decoded(password));
                let pair = user.and_then(|user| Ok((user, password?)));
                let (user, password) = pair.map_err(|_| SmtpServerError::NotAServer)?;
                Some(Login::new(user, password))
            }
            _ => return Err(SmtpServerError::HalfALogin),
        };
        let server = Self {
            host,
            port: url.port().unwrap_or(usual_port),
            encryption,
            login,
        };
        server.tls_parameters().map_err(|_| SmtpServerError::Host)?;
        Ok(server)
    }
}

impl SmtpServer {
    pub(crate) fn tls_parameters(&self) -> Result<TlsParameters, lettre::transport::smtp::Error> {
        TlsParameters::new(self.host.clone())
    }
}

fn is_loopback(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => matches!(Host::parse(host), Ok(Host::Domain(name)) if name == "localhost"),
    }
}

impl fmt::Display for SmtpServer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for SmtpServer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SmtpServer({self})")
    }
}

/// Who mails are from: an address, with a name before it or without.
#[derive(Debug, Clone)]
pub struct Sender(pub(crate) Mailbox);

/// A text that is no sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an address such as no-reply@example.org or Portcullis <no-reply@example.org>")]
pub struct SenderError;

impl FromStr for Sender {
    type Err = SenderError;

    fn from_str(text: &str) -> Result<Self, SenderError> {
        if text.contains(char::is_control) {
            return Err(SenderError);
        }
        text.parse().map(Self).map_err(|_| SenderError)
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl Sender {
    /// The address alone.
    #[must_use]
    pub fn address(&self) -> String {
        self.0.email.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_is_named_by_a_url() {
        for (text, host, port, encryption) in [
            ("smtp://mail.example.org", "mail.example.org", 587, Encryption::StartTls),
            (
                "smtps://mail.example.org",
                "mail.example.org",
                465,
                Encryption::Implicit,
            ),
            ("smtp://127.0.0.1:2525", "127.0.0.1", 2525, Encryption::Loopback),
            ("smtp://[::1]:25/", "::1", 25, Encryption::Loopback),
            ("smtp://localhost", "localhost", 587, Encryption::Loopback),
            ("smtps://localhost:1465", "localhost", 1465, Encryption::Implicit),
            ("smtp://192.0.2.1:25", "192.0.2.1", 25, Encryption::StartTls),
        ] {
            let server: SmtpServer = text.parse().unwrap();
            assert_eq!(
                (server.host.as_str(), server.port, server.encryption),
                (host, port, encryption)
            );
            assert!(server.login.is_none());
        }
        let server: SmtpServer = "smtp://ada%40x.test:p%40ss%2F@mail.example.org".parse().unwrap();
        assert_eq!(
            server.login,
            Some(Login::new("ada@x.test".to_owned(), "p@ss/".to_owned()))
        );
        assert_eq!(format!("{server:?}"), "SmtpServer(mail.example.org:587)");
    }

    #[test]
    fn what_names_no_mail_server_is_refused() {
        use SmtpServerError::{HalfALogin, More, NotAServer};
        for (text, refusal) in [
            ("", NotAServer),
            ("mail.example.org:587", NotAServer),
            ("https://mail.example.org", NotAServer),
            ("smtp://", NotAServer),
            ("smtp://mail.example.org/x", More),
            ("smtp://mail.example.org?tls=none", More),
            ("smtp://ada@mail.example.org", HalfALogin),
        ] {
            assert_eq!(text.parse::<SmtpServer>().err(), Some(refusal), "{text}");
        }
    }

    #[test]
    fn a_sender_is_one_line_with_an_address() {
        let sender: Sender = "Orchard <no-reply@example.org>".parse().unwrap();
        assert_eq!(sender.address(), "no-reply@example.org");
        for bad in [
            "",
            "Orchard",
            "a@b@c",
            "x <a@x.test>\r\nBcc: b@x.test",
            "a@x.test, b@x.test",
        ] {
            assert!(bad.parse::<Sender>().is_err(), "{bad:?}");
        }
    }
}
