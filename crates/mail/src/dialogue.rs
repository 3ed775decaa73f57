//! One mail sent step by step, so that an operator sees what the mail server says, and what is wrong in plain words.

use crate::message::message;
use crate::sender::told;
use crate::smtp_server::{Encryption, Sender, SmtpServer};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::SmtpConnection;
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Quit, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension};
use lettre::transport::smtp::response::Response;
use portcullis_application::ports::WrittenMail;
use std::error::Error as _;
use std::fmt::Display;
use std::time::Duration;

/// How long a step may take.
const STEP: Duration = Duration::from_secs(20);

/// A line of the dialogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// What we do or say. Never a password.
    Ours(String),
    /// What the mail server says.
    Theirs(String),
}

/// Sends a mail and tells each line of the dialogue as it comes.
///
/// # Errors
/// What is wrong, in plain words, and what to do.
pub fn tell_and_listen(
    server: &SmtpServer,
    from: &Sender,
    host: &str,
    mail: &WrittenMail,
    tell: &mut dyn FnMut(Line),
) -> Result<(), String> {
    let message = message(mail, from, host)?;
    let hello = ClientId::Domain(host.to_owned());
    let parameters = server.tls_parameters().map_err(|error| told(&error))?;
    let wrapper = match server.encryption {
        Encryption::Implicit => Some(&parameters),
        Encryption::StartTls | Encryption::Loopback => None,
    };
    let how = match server.encryption {
        Encryption::Implicit => " by TLS",
        Encryption::StartTls | Encryption::Loopback => "",
    };
    tell(Line::Ours(format!("connect to {server}{how}")));
    let connected = SmtpConnection::connect((server.host.as_str(), server.port), Some(STEP), &hello, wrapper, None);
    let connection = connected.map_err(|error| explained(server, Step::Connect, &error))?;
    let mut dialogue = Dialogue {
        server,
        connection,
        tell,
    };
    // The library keeps its own greeting to itself. A second one is allowed (RFC 5321, section 4.1.4).
    dialogue.say(Step::Connect, Ehlo::new(hello.clone()))?;
    if server.encryption == Encryption::StartTls {
        if !dialogue.offers(Extension::StartTls) {
            return Err(format!(
                "{server} offers no STARTTLS; if it speaks TLS from the first byte, write smtps:// in SMTP_URL"
            ));
        }
        dialogue.ours("STARTTLS");
        let secured = dialogue.connection.starttls(&parameters, &hello);
        secured.map_err(|error| explained(server, Step::Tls, &error))?;
        dialogue.theirs("TLS, with a certificate for that name");
        dialogue.say(Step::Tls, Ehlo::new(hello))?;
    }
    if let Some(credentials) = &server.credentials {
        if !dialogue.takes_logins() {
            return Err(format!(
                "{server} takes no login at this port; leave user and password out of SMTP_URL, or use the port for \
                 submission, usually 587"
            ));
        }
        dialogue.ours("AUTH …");
        let answer = dialogue.connection.auth(DEFAULT_MECHANISMS, credentials);
        dialogue.heard(Step::Login, answer)?;
    }
    let envelope = message.envelope();
    dialogue.say(Step::Sender, Mail::new(envelope.from().cloned(), Vec::new()))?;
    for to in envelope.to() {
        dialogue.say(Step::Recipient, Rcpt::new(to.clone(), Vec::new()))?;
    }
    dialogue.say(Step::Message, Data)?;
    dialogue.ours(format!("the message, <{}@{host}>", mail.id));
    let answer = dialogue.connection.message(&message.formatted());
    dialogue.heard(Step::Message, answer)?;
    // The mail is taken, whatever the server says to that.
    let _ = dialogue.say(Step::Message, Quit);
    Ok(())
}

/// A connection to that mail server, of which each line is told.
struct Dialogue<'d> {
    server: &'d SmtpServer,
    connection: SmtpConnection,
    tell: &'d mut dyn FnMut(Line),
}

impl Dialogue<'_> {
    fn ours(&mut self, line: impl Into<String>) {
        (self.tell)(Line::Ours(line.into()));
    }

    fn theirs(&mut self, line: impl Into<String>) {
        (self.tell)(Line::Theirs(line.into()));
    }

    fn offers(&self, extension: Extension) -> bool {
        self.connection.server_info().supports_feature(extension)
    }

    fn takes_logins(&self) -> bool {
        let offered = self.connection.server_info().get_auth_mechanism(DEFAULT_MECHANISMS);
        offered.is_some()
    }

    fn say(&mut self, step: Step, command: impl Display) -> Result<(), String> {
        self.ours(command.to_string().trim_end());
        let answer = self.connection.command(command);
        self.heard(step, answer)
    }

    /// Tells an answer as the mail server gave it, a refusal too.
    fn heard(&mut self, step: Step, answer: Result<Response, Error>) -> Result<(), String> {
        match answer {
            Ok(answer) => {
                let lines: Vec<String> = answer.message().map(str::to_owned).collect();
                let last = lines.len().saturating_sub(1);
                for (index, line) in lines.iter().enumerate() {
                    let mark = if index == last { ' ' } else { '-' };
                    self.theirs(format!("{}{mark}{line}", answer.code()));
                }
                Ok(())
            }
            Err(error) => {
                if let (Some(code), Some(said)) = (error.status(), error.source()) {
                    for line in said.to_string().lines() {
                        self.theirs(format!("{code} {line}"));
                    }
                }
                Err(explained(self.server, step, &error))
            }
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

fn explained(server: &SmtpServer, step: Step, error: &Error) -> String {
    let told = told(error);
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
        Step::Connect if error.is_timeout() || lower.contains("timed out") || lower.contains("incomplete") => {
            "there is no greeting; a port that speaks TLS from the first byte, usually 465, needs smtps:// in SMTP_URL"
        }
        Step::Connect | Step::Tls => "check the host, the port and the scheme in SMTP_URL",
        _ if error.is_transient() => {
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
