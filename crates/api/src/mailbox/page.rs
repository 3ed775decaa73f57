//! The page of the mailbox inside: plain text and links.

use portcullis_application::mailbox::KeptMail;
use std::fmt::Write as _;

/// Its style sheet, in the colors of the pages for people.
pub(crate) const STYLE: &str = include_str!("page.css");

/// The page.
pub(crate) fn written(mails: &[KeptMail], from: Option<&str>) -> String {
    let mut html = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
                    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
                    <meta name=\"color-scheme\" content=\"light dark\"><title>Mailbox</title>\
                    <link rel=\"stylesheet\" href=\"mailbox.css\"></head><body><main>\
                    <h1>Mailbox</h1><p>MAILBOX=on keeps mails inside. None is sent.</p>"
        .to_owned();
    if let Some(from) = from {
        let _ = write!(html, "<p>All are from {}.</p>", escaped(from));
    }
    if mails.is_empty() {
        html.push_str("<p>There is no mail yet.</p>");
    }
    html.push_str(
        "<p class=\"hint\">Is one missing? An address gets few mails an hour that somebody asked for (RATE_LIMIT_MAIL), and no \
         link to confirm it once it is confirmed. The log tells of those that were not written.</p>",
    );
    for KeptMail { mail, written } in mails {
        let _ = write!(
            html,
            "<article id=\"{id}\"><h2>{}</h2><p class=\"hint\">To {}, {}. <a href=\"mailbox/{id}\">Show it as HTML</a></p><pre>",
            escaped(&written.subject),
            escaped(mail.to.as_str()),
            mail.created_at.format("%Y-%m-%d %H:%M:%S UTC"),
            id = mail.id,
        );
        for line in written.text.trim_end().lines() {
            let line = escaped(line);
            if written.link.as_deref().map(escaped).as_ref() == Some(&line) {
                let _ = writeln!(html, "<a href=\"{line}\">{line}</a>");
            } else {
                let _ = writeln!(html, "{line}");
            }
        }
        html.push_str("</pre></article>");
    }
    html.push_str("</main></body></html>\n");
    html
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
