//! Events as people at a terminal read them. A trail may be long, so that each line goes out as it comes: no column waits for
//! its widest cell.

use crate::cli::output::{moment, shown};
use portcullis_application::ports::AuditRecord;

/// What stands above the events.
pub(super) const HEADINGS: &str = "AT (UTC)             EVENT                          RESULT   FROM             USER                                  WHY";

/// One line. `None` where the details can't be read.
pub(super) fn row(record: &AuditRecord) -> Option<String> {
    let details = record.details()?;
    let user = record.user_id.map_or_else(|| "-".to_owned(), |id| id.to_string());
    let why = [
        details.reason,
        details.count.map(|count| format!("{count} times")),
        record
            .actor_id
            .filter(|actor| record.user_id != Some(*actor))
            .map(|actor| format!("by {actor}")),
    ];
    let why: Vec<String> = why.into_iter().flatten().collect();
    let line = format!(
        "{at}  {kind:<29}  {result:<7}  {from:<15}  {user:<36}  {why}",
        at = moment(record.at),
        kind = record.kind,
        result = record.result,
        from = record.address.as_deref().unwrap_or("-"),
        why = why.join(", "),
    );
    Some(shown(line.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_domain::{AuditEvent, AuditEventType, AuditReason};
    use portcullis_testkit::build;

    #[test]
    fn an_event_stands_below_the_headings() {
        let event = AuditEvent {
            reason: Some(AuditReason::Administrator),
            user_id: Some(build::user("ada@x.test").id),
            actor_id: Some(build::user("root@x.test").id),
            count: Some(3),
            kind: AuditEventType::EmailVerificationRequested,
            ..build::event(1)
        };
        let line = row(&AuditRecord::from(event.clone())).unwrap();
        let start = |text: &str| line.find(text).unwrap();
        for (heading, text) in [
            ("EVENT", "email_verification_requested"),
            ("RESULT", "success"),
            ("USER", &event.user_id.unwrap().to_string()),
            ("WHY", "administrator, 3 times, by "),
        ] {
            assert_eq!(
                HEADINGS.find(heading),
                Some(start(text)),
                "{heading}\n{HEADINGS}\n{line}"
            );
        }
    }
}
