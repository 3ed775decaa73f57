//! A connection to the mail server on which it greeted, and what is told of a failure there.

use crate::bounded_stream::{BoundedStream, TlsStream};
use crate::smtp_server::{Encryption, SmtpServer};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use std::error::Error as _;
use tokio::net::TcpStream;

impl SmtpServer {
    /// Connects, by TLS where the URL says so, and exchanges greetings.
    pub(crate) async fn greeted(&self, hello: &ClientId) -> Result<AsyncSmtpConnection, String> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await;
        let stream = BoundedStream::of(stream.map_err(|error| format!("Connection error: {error}"))?);
        let greeted = match self.encryption {
            Encryption::Implicit => {
                let parameters = self.tls_parameters().map_err(|error| self.told(&error))?;
                let stream = TlsStream::over(stream, parameters).await;
                let stream = stream.map_err(|error| self.told(&error))?;
                AsyncSmtpConnection::connect_with_transport(Box::new(stream), hello).await
            }
            Encryption::StartTls | Encryption::Loopback => {
                AsyncSmtpConnection::connect_with_transport(Box::new(stream), hello).await
            }
        };
        greeted.map_err(|error| self.told(&error))
    }

    /// What went wrong, with its causes, which lettre does not always tell. Without the login, which a mail server may repeat.
    pub(crate) fn told(&self, error: &Error) -> String {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(next) = cause {
            let more = next.to_string();
            if !text.contains(&more) {
                text.push_str(": ");
                text.push_str(&more);
            }
            cause = next.source();
        }
        self.without_login(&text)
    }

    /// What the mail server said, without the login.
    pub(crate) fn without_login(&self, said: &str) -> String {
        match &self.login {
            Some(login) => login.hidden_in(said),
            None => said.to_owned(),
        }
    }
}
