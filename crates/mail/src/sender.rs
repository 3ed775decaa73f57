//! Sending mails by SMTP, or keeping them inside.

use crate::message::message;
use crate::smtp_server::{Encryption, Sender, SmtpServer};
use async_trait::async_trait;
use lettre::Message;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use portcullis_application::ports::{MailTransport, SendError, WrittenMail};
use shaku::Component;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long it may take for a whole mail. With the greeting that is less than a mail is claimed for.
const MAIL: Duration = Duration::from_secs(20);

/// How long it may take to say that it is there.
const GREETING: Duration = Duration::from_secs(5);

/// How long it may take to say goodbye. The mail is taken by then.
const FAREWELL: Duration = Duration::from_secs(1);

/// Who carries mails on.
#[derive(Clone)]
pub enum Carrier {
    /// Nobody: mail is off.
    Nobody,
    /// The mailbox inside: the store has the mail, and it goes no further.
    Inside,
    /// A mail server.
    Smtp(Arc<Smtp>),
}

impl Carrier {
    /// That mail server. `host` is what this server calls itself, in its greeting and in the mails' ids.
    #[must_use]
    pub fn smtp(server: &SmtpServer, from: Sender, host: String) -> Self {
        Self::Smtp(Arc::new(Smtp {
            server: server.clone(),
            from,
            host,
        }))
    }
}

/// A mail server, and what mails to it have in common.
pub struct Smtp {
    server: SmtpServer,
    from: Sender,
    host: String,
}

/// [`MailTransport`] by whoever was set to carry mails on.
#[derive(Component)]
#[shaku(interface = MailTransport)]
pub struct Mailer {
    /// Who that is.
    carrier: Carrier,
}

#[async_trait]
impl MailTransport for Mailer {
    async fn send(&self, mail: &WrittenMail) -> Result<(), SendError> {
        match &self.carrier {
            Carrier::Nobody => Err(SendError::Unreachable("mail is off".to_owned())),
            Carrier::Inside => Ok(()),
            Carrier::Smtp(smtp) => smtp.send(mail).await,
        }
    }
}

impl Smtp {
    async fn send(&self, mail: &WrittenMail) -> Result<(), SendError> {
        let message = message(mail, &self.from, &self.host).map_err(SendError::NotTaken)?;
        let failure = match timeout(MAIL, self.pass_on(&message)).await {
            Ok(Ok(mut connection)) => {
                // However it ends.
                let _ = timeout(FAREWELL, connection.quit()).await;
                return Ok(());
            }
            Ok(Err(failure)) => failure,
            Err(_) => "the mail server took too long".to_owned(),
        };
        // Whether it is this mail, or the server.
        match timeout(GREETING, self.connect()).await {
            Ok(Ok(mut connection)) => {
                let _ = timeout(FAREWELL, connection.quit()).await;
                Err(SendError::NotTaken(failure))
            }
            Ok(Err(_)) | Err(_) => Err(SendError::Unreachable(failure)),
        }
    }

    async fn pass_on(&self, message: &Message) -> Result<AsyncSmtpConnection, String> {
        let mut connection = self.connect().await?;
        let taken = connection.send(message.envelope(), &message.formatted()).await;
        taken.map_err(|error| self.server.told(&error))?;
        Ok(connection)
    }

    /// A connection on which the mail server greeted, TLS began and a login was taken, as the settings say.
    async fn connect(&self) -> Result<AsyncSmtpConnection, String> {
        let server = &self.server;
        let refused = |error: Error| server.told(&error);
        let hello = ClientId::Domain(self.host.clone());
        let mut connection = server.greeted(&hello).await?;
        if server.encryption == Encryption::StartTls {
            let parameters = server.tls_parameters().map_err(refused)?;
            connection.starttls(parameters, &hello).await.map_err(refused)?;
        }
        if let Some(login) = &server.login {
            let taken = connection.auth(DEFAULT_MECHANISMS, &login.credentials()).await;
            taken.map_err(refused)?;
        }
        Ok(connection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_domain::{Email, MailId};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
    use tokio::net::TcpListener;

    fn mail() -> WrittenMail {
        WrittenMail {
            id: MailId::new(chrono::DateTime::UNIX_EPOCH, [7; 10]),
            to: Email::parse("ada@example.org").unwrap(),
            subject: "Subject".to_owned(),
            text: "text".to_owned(),
            html: "<p>text</p>".to_owned(),
            link: None,
            code: None,
        }
    }

    #[tokio::test]
    async fn an_answer_that_does_not_end_is_given_up_before_it_fills_the_memory() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let said = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&said);
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                let mut word = vec![b'A'; 16 * 1024];
                word[..4].copy_from_slice(b"220 ");
                while connection.write_all(&word).await.is_ok() {
                    counted.fetch_add(word.len(), Ordering::Relaxed);
                }
            }
        });
        let carrier = Carrier::smtp(
            &url.parse().unwrap(),
            "no-reply@example.org".parse().unwrap(),
            "auth.example.org".to_owned(),
        );
        let failure = Mailer { carrier }.send(&mail()).await.unwrap_err();
        assert!(
            matches!(&failure, SendError::Unreachable(text) if text.contains("does not end")),
            "{failure:?}"
        );
        // What the operating system holds on the way is more than what was read.
        let said = said.load(Ordering::Relaxed);
        assert!(said < 64 * 1024 * 1024, "{said}");
    }

    #[tokio::test]
    async fn a_login_that_the_mail_server_repeats_is_not_in_the_failure() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://ada:hunter2@{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let mut connection = BufReader::new(connection);
                let mut heard = String::new();
                for answer in [
                    "220 hello\r\n",
                    "250 AUTH PLAIN\r\n",
                    "535 5.7.8 no ada/hunter2 here\r\n",
                ] {
                    connection.write_all(answer.as_bytes()).await.unwrap();
                    connection.read_line(&mut heard).await.unwrap();
                }
            }
        });
        let carrier = Carrier::smtp(
            &url.parse().unwrap(),
            "no-reply@example.org".parse().unwrap(),
            "auth.example.org".to_owned(),
        );
        let failure = Mailer { carrier }.send(&mail()).await.unwrap_err();
        assert!(
            matches!(&failure, SendError::Unreachable(text) if text.contains("no [hidden]/[hidden] here")),
            "{failure:?}"
        );
    }
}
