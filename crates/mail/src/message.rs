//! A mail as it is sent: headers, and both forms of the text.

use crate::smtp_server::Sender;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};
use portcullis_application::ports::WrittenMail;
use std::error::Error;

/// `Auto-Submitted: auto-generated` (RFC 3834, section 5): nobody's absence note answers it.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The message. Its `Message-ID` is the mail's own id at that host, so that a second copy can be told.
pub(crate) fn message(mail: &WrittenMail, from: &Sender, host: &str) -> Result<Message, String> {
    let to: Address = mail
        .to
        .as_str()
        .parse()
        .map_err(|error| format!("the address: {error}"))?;
    Message::builder()
        .from(from.0.clone())
        .to(Mailbox::new(None, to))
        .subject(mail.subject.clone())
        .message_id(Some(format!("<{}@{host}>", mail.id)))
        .header(AutoSubmitted)
        .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_domain::{Email, MailId};

    #[test]
    fn no_text_of_a_mail_makes_another_header() {
        let mail = WrittenMail {
            id: MailId::new(chrono::DateTime::UNIX_EPOCH, [1; 10]),
            to: Email::parse("o'brien+tag@x.test").unwrap(),
            subject: "Hello\r\nBcc: evil@x.test\r\n\r\n홍길동".to_owned(),
            text: "\r\n.\r\nMAIL FROM:<evil@x.test>\r\n".to_owned(),
            html: "<p>".to_owned(),
            link: None,
            code: None,
        };
        let from = "Orchard <no-reply@example.org>".parse().unwrap();
        let message = message(&mail, &from, "auth.example.org").unwrap().formatted();
        let message = String::from_utf8(message).unwrap();
        let (head, _) = message.split_once("\r\n\r\n").unwrap();
        let names: Vec<_> = head
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .filter_map(|line| Some(line.split_once(':')?.0.to_ascii_lowercase()))
            .collect();
        assert!(!names.contains(&"bcc".to_owned()), "{head}");
        assert!(
            head.contains(&format!("Message-ID: <{}@auth.example.org>", mail.id)),
            "{head}"
        );
        assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
        assert!(head.contains("To: o'brien+tag@x.test"), "{head}");
        assert_eq!(names.iter().filter(|name| *name == "subject").count(), 1);
    }
}
