//! What administrators do with mails of the outbox, from the command line.

use crate::cli::operation;
use crate::cli::output::{Column, Form, Rows, moment, print};
use crate::config::Config;
use anyhow::{Context as _, anyhow};
use portcullis_api::mail_json;
use portcullis_application::Outbox;
use portcullis_application::outbox::OutboxError;
use portcullis_domain::{Mail, MailId, MailState, PageRequest, PageSize};
use shaku::HasComponent as _;
use std::sync::Arc;

const fn columns(state: fn(&Mail) -> String) -> [Column<Mail>; 8] {
    [
        ("ID", |mail| mail.id.to_string()),
        ("WRITTEN (UTC)", |mail| moment(mail.created_at)),
        ("KIND", |mail| mail.kind.to_string()),
        ("TO", |mail| mail.to.to_string()),
        ("STATE", state),
        ("TRIES", |mail| mail.attempts.to_string()),
        ("NEXT TRY (UTC)", |mail| match mail.state {
            MailState::Waiting => moment(mail.next_at),
            MailState::Sent | MailState::Failed => String::new(),
        }),
        ("WHY", |mail| mail.failure.clone().unwrap_or_default()),
    ]
}

const SENT: &[Column<Mail>] = &columns(|mail| mail.state.to_string());

/// Of the mailbox inside, which sends none.
const KEPT: &[Column<Mail>] = &columns(|mail| match mail.state {
    MailState::Sent => "kept".to_owned(),
    state @ (MailState::Waiting | MailState::Failed) => state.to_string(),
});

pub(super) fn list(config: &Config, state: Option<MailState>, form: Form) -> anyhow::Result<()> {
    let columns = if config.mail.is_kept_inside() { KEPT } else { SENT };
    operation::on_store(config, async |container, operator| {
        let outbox: Arc<dyn Outbox> = container.resolve();
        let mut rows = Rows::new(form, columns, "no mails", |mail| Ok(mail_json(mail)));
        let mut request = PageRequest {
            size: PageSize::LARGEST,
            after: None,
        };
        loop {
            let page = outbox.list(operator.authority(), state, request).await;
            let page = page.context("the mails can't be read")?;
            rows.add(&page.items)?;
            request.after = page.next;
            if request.after.is_none() {
                return rows.end();
            }
        }
    })
}

pub(super) fn retry(config: &Config, id: MailId) -> anyhow::Result<()> {
    operation::on_store(config, async |container, operator| {
        let outbox: Arc<dyn Outbox> = container.resolve();
        let retried = outbox.retry(operator.authority(), id).await;
        retried.map_err(|error| refused(error, id))?;
        print("The mail is due now. A server that runs sends it within 15 seconds.\n")
    })
}

fn refused(error: OutboxError, id: MailId) -> anyhow::Error {
    match error {
        OutboxError::NotFound => anyhow!("there is no mail {id}; `portcullis mail list` prints those that there are"),
        OutboxError::AlreadySent => anyhow!(
            "the mail {id} was sent already, and its link may have been used; whoever needs another one asks for it"
        ),
        error @ (OutboxError::NoLongerAllowed | OutboxError::Store(_)) => {
            anyhow::Error::from(error).context("the mail stays as it is")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_testkit::build;

    #[test]
    fn a_mail_is_shown_with_its_state_and_its_next_try() {
        let cells = |columns: &[Column<Mail>], mail: &Mail| -> Vec<String> {
            columns.iter().map(|(_, cell)| cell(mail)).collect()
        };
        let waiting = build::mail(1);
        let next = moment(waiting.next_at);
        assert_eq!(
            cells(SENT, &waiting).get(4..7),
            Some(&["waiting".to_owned(), "0".to_owned(), next][..])
        );
        let sent = Mail {
            state: MailState::Sent,
            ..waiting
        };
        for (columns, word) in [(SENT, "sent"), (KEPT, "kept")] {
            assert_eq!(
                cells(columns, &sent).get(4..7),
                Some(&[word.to_owned(), "0".to_owned(), String::new()][..])
            );
        }
    }
}
