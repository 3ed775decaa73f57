//! One mail sent step by step, so that an operator sees what the mail server says, and what is wrong in plain words.

use crate::bounded_stream::ENDLESS;
use crate::message::message;
use crate::smtp_server::{Encryption, Sender, SmtpServer};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Quit, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension};
use lettre::transport::smtp::response::Response;
use portcullis_application::ports::WrittenMail;
use std::error::Error as _;
use std::fmt::Display;
use std::time::Duration;
use tokio::time::error::Elapsed;
use tokio::time::timeout;

/// How long a step may take.
const STEP: Duration = Duration::from_secs(20);

/// What is told of a step that takes longer.
const TOO_LONG: &str = "no answer within 20 seconds";

/// A line of the dialogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// What we do or say. Never a password.
    Ours(String),
    /// What the mail server says. Without the login, also where it repeats that.
    Theirs(String),
}

/// Sends a mail and tells each line of the dialogue as it comes. No answer takes more memory, and no step more time, than it
/// may.
///
/// # Errors
/// What is wrong, in plain words, and what to do.
pub async fn tell_and_listen(
    server: &SmtpServer,
    from: &Sender,
    host: &str,
    mail: &WrittenMail,
    tell: &mut dyn FnMut(Line),
) -> Result<(), String> {
    let message = message(mail, from, host)?;
    let hello = ClientId::Domain(host.to_owned());
    let how = match server.encryption {
        Encryption::Implicit => " by TLS",
        Encryption::StartTls | Encryption::Loopback => "",
    };
    tell(Line::Ours(format!("connect to {server}{how}")));
    let greeted = timeout(STEP, server.greeted(&hello)).await;
    let connection = greeted
        .unwrap_or_else(|_| Err(TOO_LONG.to_owned()))
        .map_err(|told| explained(server, Step::Connect, &told, Lasting::Perhaps))?;
    let mut dialogue = Dialogue {
        server,
        connection,
        tell,
    };
    // The library keeps its own greeting to itself. A second one is allowed (RFC 5321, section 4.1.4).
    dialogue.say(Step::Connect, Ehlo::new(hello.clone())).await?;
    if server.encryption == Encryption::StartTls {
        if !dialogue.offers(Extension::StartTls) {
            return Err(format!(
                "{server} offers no STARTTLS; if it speaks TLS from the first byte, write smtps:// in SMTP_URL"
            ));
        }
        dialogue.ours("STARTTLS");
        let parameters = server.tls_parameters().map_err(|error| server.told(&error))?;
        let secured = timeout(STEP, dialogue.connection.starttls(parameters, &hello)).await;
        dialogue.taken(Step::Tls, secured)?;
        dialogue.theirs("TLS, with a certificate for that name");
        dialogue.say(Step::Tls, Ehlo::new(hello)).await?;
    }
    if let Some(login) = &server.login {
        if !dialogue.takes_logins() {
            return Err(format!(
                "{server} takes no login at this port; leave user and password out of SMTP_URL, or use the port for \
                 submission, usually 587"
            ));
        }
        dialogue.ours("AUTH …");
        let credentials = login.credentials();
        let answer = timeout(STEP, dialogue.connection.auth(DEFAULT_MECHANISMS, &credentials)).await;
        dialogue.heard(Step::Login, answer)?;
    }
    let envelope = message.envelope();
    let from = Mail::new(envelope.from().cloned(), Vec::new());
    dialogue.say(Step::Sender, from).await?;
    for to in envelope.to() {
        dialogue.say(Step::Recipient, Rcpt::new(to.clone(), Vec::new())).await?;
    }
    dialogue.say(Step::Message, Data).await?;
    dialogue.ours(format!("the message, <{}@{host}>", mail.id));
    let answer = timeout(STEP, dialogue.connection.message(&message.formatted())).await;
    dialogue.heard(Step::Message, answer)?;
    // The mail is taken, whatever the server says to that.
    let _ = dialogue.say(Step::Message, Quit).await;
    Ok(())
}

/// A connection to that mail server, of which each line is told.
struct Dialogue<'d> {
    server: &'d SmtpServer,
    connection: AsyncSmtpConnection,
    tell: &'d mut dyn FnMut(Line),
}

impl Dialogue<'_> {
    fn ours(&mut self, line: impl Into<String>) {
        (self.tell)(Line::Ours(line.into()));
    }

    fn theirs(&mut self, line: &str) {
        (self.tell)(Line::Theirs(self.server.without_login(line)));
    }

    fn offers(&self, extension: Extension) -> bool {
        self.connection.server_info().supports_feature(extension)
    }

    fn takes_logins(&self) -> bool {
        let offered = self.connection.server_info().get_auth_mechanism(DEFAULT_MECHANISMS);
        offered.is_some()
    }

    async fn say(&mut self, step: Step, command: impl Display) -> Result<(), String> {
        self.ours(command.to_string().trim_end());
        let answer = timeout(STEP, self.connection.command(command)).await;
        self.heard(step, answer)
    }

    /// Tells an answer as the mail server gave it, a refusal too.
    fn heard(&mut self, step: Step, answer: Result<Result<Response, Error>, Elapsed>) -> Result<(), String> {
        let answer = self.taken(step, answer)?;
        let mut lines = answer.message().peekable();
        while let Some(line) = lines.next() {
            let mark = if lines.peek().is_some() { '-' } else { ' ' };
            self.theirs(&format!("{}{mark}{line}", answer.code()));
        }
        Ok(())
    }

    /// What came of a step, and tells a refusal as the mail server gave it.
    fn taken<T>(&mut self, step: Step, answer: Result<Result<T, Error>, Elapsed>) -> Result<T, String> {
        match answer {
            Ok(Ok(taken)) => Ok(taken),
            Ok(Err(error)) => {
                if let (Some(code), Some(said)) = (error.status(), error.source()) {
                    for line in said.to_string().lines() {
                        self.theirs(&format!("{code} {line}"));
                    }
                }
                let lasting = if error.is_transient() {
                    Lasting::ForNow
                } else {
                    Lasting::Perhaps
                };
                Err(explained(self.server, step, &self.server.told(&error), lasting))
            }
            Err(_) => Err(explained(self.server, step, TOO_LONG, Lasting::Perhaps)),
        }
    }
}

/// What was being done.
#[derive(Clone, Copy)]
enum Step {
    Connect,
    Tls,
    Login,
    Sender,
    Recipient,
    Message,
}

/// Whether the mail server itself says that it may be otherwise later.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lasting {
    ForNow,
    Perhaps,
}

/// What was told of a failure, with what to do.
fn explained(server: &SmtpServer, step: Step, told: &str, lasting: Lasting) -> String {
    let lower = told.to_lowercase();
    let is_certificate = lower.contains("certificate") || lower.contains("unknownissuer");
    let advice = match step {
        _ if is_certificate => {
            "the certificate is not one that this machine trusts for that name; write the name that it is for, or add its \
             issuer to the machine's certificates (SSL_CERT_FILE)"
        }
        Step::Connect if lower.contains("refused") => {
            "nobody listens there; check the host and the port, and whether a firewall lets this machine out"
        }
        Step::Connect if lower.contains("lookup") || lower.contains("resolve") || lower.contains("not known") => {
            "there is no such name; check the host in SMTP_URL"
        }
        Step::Connect | Step::Tls if lower.contains("corrupt message") || lower.contains("invalidcontenttype") => {
            "this port does not speak TLS from the first byte; write smtp:// for STARTTLS, which is usual at port 587"
        }
        Step::Connect if told == TOO_LONG || lower.contains("timed out") || lower.contains("incomplete") => {
            "there is no greeting; a port that speaks TLS from the first byte, usually 465, needs smtps:// in SMTP_URL"
        }
        Step::Connect | Step::Tls => "check the host, the port and the scheme in SMTP_URL",
        _ if told == TOO_LONG => {
            "the mail server began to answer and stopped; try again, and look whether a firewall stands between it and this \
             machine"
        }
        _ if lower.contains(ENDLESS) => "that is no mail server; check the host and the port in SMTP_URL",
        _ if lasting == Lasting::ForNow => {
            "the mail server may take it later, and it does not say that a setting is wrong; for mails of the server that \
             wait, the outbox tries again by itself"
        }
        Step::Login => "the mail server refuses the login; check user and password in SMTP_URL, percent-encoded",
        Step::Sender => {
            "the mail server refuses the sender; MAIL_FROM has to be an address that this login may send from"
        }
        Step::Recipient if lower.contains("relay") || lower.contains("5.7.1") => {
            "the mail server carries no mail of ours to other domains (relaying denied); it may want a login in SMTP_URL"
        }
        Step::Recipient => "the mail server refuses the recipient",
        Step::Message => "the mail server refuses the message",
    };
    format!("{server}: {advice} ({told})")
}

#[cfg(test)]
mod tests;
