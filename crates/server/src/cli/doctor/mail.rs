//! Whether mails leave.

use super::finding::{Finding, told};
use crate::config::{Config, Delivery};
use crate::foundation::letters;
use portcullis_application::ports::{MailCounts, Store, StoreResult};

const MAIL: &str = "mail";

/// A fault of the operator's own templates, which a start refuses.
pub(super) fn templates(config: &Config) -> Option<Finding> {
    letters(config, config.http.port)
        .err()
        .map(|error| Finding::fail("mail templates", error.to_string()))
}

pub(super) async fn look_at(config: &Config, store: &dyn Store) -> Finding {
    let carrier = match &config.mail.delivery {
        Delivery::Off => {
            return Finding::ok(MAIL, "off: no SMTP_URL is set, so that nobody can be sent a link");
        }
        Delivery::Inside { .. } => "kept inside by MAILBOX=on, none is sent".to_owned(),
        Delivery::Smtp { server, from } => {
            format!(
                "sent by {server} from {}; `portcullis mail test ADDRESS` tries it",
                from.address()
            )
        }
    };
    let counted: StoreResult<MailCounts> = store.read(|repositories| repositories.mails().counts()).await;
    match counted {
        Ok(counts) => told_of(&carrier, counts),
        Err(error) => Finding::fail(MAIL, told(error)),
    }
}

fn told_of(carrier: &str, counts: MailCounts) -> Finding {
    let MailCounts {
        waiting,
        failing,
        failed,
        oldest_waiting: _,
    } = counts;
    if failed > 0 {
        return Finding::warn(
            MAIL,
            format!(
                "{carrier}; waiting: {waiting}, given up: {failed}; `portcullis mail list --state failed` says why, and \
                 POST /admin/outbox/{{id}}/retry sends one again"
            ),
        );
    }
    if failing > 0 {
        return Finding::warn(
            MAIL,
            format!(
                "{carrier}; waiting: {waiting}, of which {failing} could not be sent so far; `portcullis mail list --state \
                 waiting` says why"
            ),
        );
    }
    Finding::ok(MAIL, format!("{carrier}; waiting: {waiting}"))
}

#[cfg(test)]
mod tests {
    use super::super::finding::Grade;
    use super::*;

    #[test]
    fn mails_that_can_not_be_sent_are_warned_of() {
        for (waiting, failing, failed, grade) in [(3, 0, 0, Grade::Ok), (3, 1, 0, Grade::Warn), (0, 0, 2, Grade::Warn)]
        {
            let counts = MailCounts {
                waiting,
                failing,
                failed,
                oldest_waiting: None,
            };
            assert_eq!(told_of("sent", counts).grade, grade);
        }
    }
}
