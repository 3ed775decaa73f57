//! Mails of the mailbox inside.

use crate::json::{json_line, timestamp};
use portcullis_application::mailbox::KeptMail;
use serde::Serialize;

/// A mail, with its text and its link.
#[derive(Serialize)]
pub(crate) struct KeptMailBody<'a> {
    id: String,
    kind: &'static str,
    from: Option<&'a str>,
    to: &'a str,
    subject: &'a str,
    text: &'a str,
    html: &'a str,
    /// The whole address of the link in it.
    link: Option<&'a str>,
    /// The six digits beside the link.
    code: Option<&'a str>,
    created_at: String,
}

impl<'a> KeptMailBody<'a> {
    /// A mail that is from that sender.
    pub(crate) fn of(KeptMail { mail, written }: &'a KeptMail, from: Option<&'a str>) -> Self {
        Self {
            from,
            id: mail.id.to_string(),
            kind: mail.kind.as_str(),
            to: mail.to.as_str(),
            subject: &written.subject,
            text: &written.text,
            html: &written.html,
            link: written.link.as_deref(),
            code: written.code.as_deref(),
            created_at: timestamp(mail.created_at),
        }
    }
}

/// A mail as the mailbox answers it: one line of JSON, without a line end.
#[must_use]
pub fn kept_mail_json(mail: &KeptMail, from: Option<&str>) -> String {
    json_line(&KeptMailBody::of(mail, from))
}

/// The newest mails.
#[derive(Serialize)]
pub(crate) struct KeptMailListBody<'a> {
    /// Newest first.
    pub(crate) items: Vec<KeptMailBody<'a>>,
}
