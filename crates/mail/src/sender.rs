//! Sending mails by SMTP, or keeping them inside.

use crate::message::message;
use crate::smtp_server::{Sender, SmtpServer};
use async_trait::async_trait;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use portcullis_application::ports::{MailTransport, SendError, WrittenMail};
use shaku::Component;
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long the mail server may take for one step.
const STEP: Duration = Duration::from_secs(15);

/// How long it may take for a whole mail. With the greeting that is less than a mail is claimed for.
const MAIL: Duration = Duration::from_secs(20);

/// How long it may take to say that it is there.
const GREETING: Duration = Duration::from_secs(5);

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
    ///
    /// # Errors
    /// A host that no certificate can have.
    pub fn smtp(server: &SmtpServer, from: Sender, host: String) -> Result<Self, Error> {
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.host.clone())
            .port(server.port)
            .tls(server.tls()?)
            .hello_name(ClientId::Domain(host.clone()))
            .timeout(Some(STEP));
        if let Some(credentials) = &server.credentials {
            builder = builder.credentials(credentials.clone());
        }
        Ok(Self::Smtp(Arc::new(Smtp {
            transport: builder.build(),
            from,
            host,
        })))
    }
}

/// A mail server, and what mails to it have in common.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
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
        let failure = match timeout(MAIL, self.transport.send(message)).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => told(&error),
            Err(_) => "the mail server took too long".to_owned(),
        };
        // Whether it is this mail, or the server.
        match timeout(GREETING, self.transport.test_connection()).await {
            Ok(Ok(true)) => Err(SendError::NotTaken(failure)),
            Ok(Ok(false) | Err(_)) | Err(_) => Err(SendError::Unreachable(failure)),
        }
    }
}

/// What went wrong, with its causes, which lettre does not always tell.
pub(crate) fn told(error: &Error) -> String {
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
    text
}
