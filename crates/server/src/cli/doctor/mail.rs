//! Whether mails leave.

use super::finding::{Finding, told};
use crate::config::{Config, Delivery};
use portcullis_application::ports::{MailCounts, Store, StoreError, StoreResult};
use portcullis_domain::{Mail, MailState, PageRequest, PageSize};

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
    let request = PageRequest {
        size: PageSize::LARGEST,
        after: None,
    };
    let read = store.read(move |repositories| {
        let waiting = repositories.mails().list(Some(MailState::Waiting), &request)?;
        Ok::<_, StoreError>((repositories.mails().counts()?, waiting.items))
    });
    let read: StoreResult<_> = read.await;
    match read {
        Ok((counts, waiting)) => judged(&carrier, counts, &waiting),
        Err(error) => Finding::fail(MAIL, told(error)),
    }
}

/// `newest` are the newest of those that wait. They say why they do.
fn judged(carrier: &str, counts: MailCounts, newest: &[Mail]) -> Finding {
    let waits = match counts.waiting {
        0 => "no mail waits".to_owned(),
        1 => "1 mail waits".to_owned(),
        several => format!("{several} mails wait"),
    };
    let failure = newest
        .iter()
        .filter_map(|mail| Some((mail.ended_at?, mail.failure.as_ref()?)))
        .max_by_key(|(at, _)| *at);
    let failing = counts.failing;
    let last = failure.map_or_else(String::new, |(at, why)| format!(", the last one at {at}: {why}"));
    let failed = (failing > 0).then(|| {
        format!("; tried in vain so far: {failing}{last}; `portcullis mail list` says when each is tried again")
    });
    let given_up = (counts.failed > 0).then(|| {
        format!(
            "; given up: {}; `portcullis mail list --state failed` says why, and `portcullis mail retry ID` sends one again",
            counts.failed
        )
    });
    let text = [Some(format!("{carrier}; {waits}")), failed, given_up];
    let is_well = matches!(text, [_, None, None]);
    let text: String = text.into_iter().flatten().collect();
    if is_well {
        Finding::ok(MAIL, text)
    } else {
        Finding::warn(MAIL, text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Grade;
    use super::*;
    use portcullis_testkit::build;

    fn counts(waiting: u64, failing: u64, failed: u64) -> MailCounts {
        MailCounts {
            waiting,
            failing,
            failed,
            oldest_waiting: None,
        }
    }

    #[test]
    fn mails_that_wait_are_well_until_a_try_fails() {
        let untried = build::mail(1);
        let found = judged("sent", counts(1, 0, 0), std::slice::from_ref(&untried));
        assert_eq!((found.grade, found.text.as_str()), (Grade::Ok, "sent; 1 mail waits"));
        let tried = Mail {
            ended_at: Some(untried.created_at),
            failure: Some("connection refused".to_owned()),
            ..untried.clone()
        };
        let found = judged("sent", counts(2, 1, 0), &[untried, tried]);
        assert!(
            found.grade == Grade::Warn
                && found
                    .text
                    .starts_with("sent; 2 mails wait; tried in vain so far: 1, the last one at "),
            "{found}"
        );
        assert!(found.text.contains(": connection refused; "), "{found}");
        let found = judged("sent", counts(0, 0, 3), &[]);
        assert!(
            found.grade == Grade::Warn && found.text.starts_with("sent; no mail waits; given up: 3; "),
            "{found}"
        );
    }
}
