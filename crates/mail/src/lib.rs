//! Mails: their text in several languages, where their links lead, and how they leave by SMTP.
//!
//! What can fail at the start (a template that does not fit, an address that is none) is made first: [`Letters`],
//! [`SmtpServer`]. The components take it in as it is.

mod addresses;
mod bounded_stream;
mod catalogue;
mod connection;
mod dialogue;
mod letters;
mod login;
mod message;
mod samples;
mod sender;
mod smtp_server;
mod templates;
mod times;

pub use addresses::{LinkAddresses, LinkPlace};
pub use dialogue::{Line, tell_and_listen};
pub use letters::{Letters, TemplatedLetters, TemplatedLettersParameters, TemplatesError};
pub use samples::sample;
pub use sender::{Carrier, Mailer, MailerParameters};
pub use smtp_server::{Sender, SenderError, SmtpServer, SmtpServerError};
