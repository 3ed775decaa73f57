//! Whether mails leave.

use super::finding::{Finding, told};
use crate::config::{Config, Delivery};
use portcullis_application::ports::{MailCounts, Store, StoreResult};

const MAIL: &str = "mail";

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
        Ok(MailCounts { waiting, failed: 0, .. }) => Finding::ok(MAIL, format!("{carrier}; {waiting} wait")),
        Ok(MailCounts { waiting, failed, .. }) => Finding::warn(
            MAIL,
            format!(
                "{carrier}; {waiting} wait, {failed} were given up; `portcullis mail list --state failed` says why, and \
                 POST /admin/outbox/{{id}}/retry sends one again"
            ),
        ),
        Err(error) => Finding::fail(MAIL, told(error)),
    }
}
