//! One mail sent step by step, so that an operator sees what the mail server says, and what is wrong in plain words.

use crate::message::message;
use crate::sender::told;
use crate::smtp_server::{Encryption, Sender, SmtpServer};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::SmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension};
use lettre::transport::smtp::response::Response;
use portcullis_application::ports::WrittenMail;
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
    tell(Line::Ours(format!("connect to {server}{how}, EHLO {host}")));
    let mut connection =
        SmtpConnection::connect((server.host.as_str(), server.port), Some(STEP), &hello, wrapper, None)
            .map_err(|error| explained(server, Step::Connect, &error))?;
    tell(Line::Theirs(connection.server_info().to_string()));
    if server.encryption == Encryption::StartTls {
        if !connection.server_info().supports_feature(Extension::StartTls) {
            return Err(format!(
                "{server} offers no STARTTLS; if it speaks TLS from the first byte, write smtps:// in SMTP_URL"
            ));
        }
        tell(Line::Ours("STARTTLS".to_owned()));
        connection
            .starttls(&parameters, &hello)
            .map_err(|error| explained(server, Step::Tls, &error))?;
        tell(Line::Theirs("TLS, with a certificate for that name".to_owned()));
    }
    if let Some(credentials) = &server.credentials {
        tell(Line::Ours("AUTH …".to_owned()));
        let answer = connection.auth(DEFAULT_MECHANISMS, credentials);
        tell(heard(&answer.map_err(|error| explained(server, Step::Login, &error))?));
    }
    let envelope = message.envelope();
    let sender = envelope.from().cloned();
    tell(Line::Ours(format!("MAIL FROM:<{}>", from.address())));
    let answer = connection.command(Mail::new(sender, Vec::new()));
    tell(heard(&answer.map_err(|error| explained(server, Step::Sender, &error))?));
    for to in envelope.to() {
        tell(Line::Ours(format!("RCPT TO:<{to}>")));
        let answer = connection.command(Rcpt::new(to.clone(), Vec::new()));
        tell(heard(
            &answer.map_err(|error| explained(server, Step::Recipient, &error))?,
        ));
    }
    tell(Line::Ours("DATA".to_owned()));
    let answer = connection.command(Data);
    tell(heard(
        &answer.map_err(|error| explained(server, Step::Message, &error))?,
    ));
    tell(Line::Ours(format!("the message, <{}@{host}>", mail.id)));
    let answer = connection.message(&message.formatted());
    tell(heard(
        &answer.map_err(|error| explained(server, Step::Message, &error))?,
    ));
    tell(Line::Ours("QUIT".to_owned()));
    if let Ok(answer) = connection.command(Quit) {
        tell(heard(&answer));
    }
    Ok(())
}

fn heard(answer: &Response) -> Line {
    let lines: Vec<_> = answer.message().collect();
    Line::Theirs(format!("{} {}", answer.code(), lines.join(" ")))
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
        Step::Login if lower.contains("no compatible authentication") => {
            "the mail server takes no login at this port; leave user and password out of SMTP_URL, or use the port for \
             submission, usually 587"
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
    format!("{server}: {told}; {advice}")
}
