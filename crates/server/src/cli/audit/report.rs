//! What a check of the trail found, as JSON.

use portcullis_api::timestamp;
use portcullis_application::audit_trail::{AuditFault, AuditReport};
use portcullis_domain::AuditEventId;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct ReportBody {
    events: u64,
    unknown: u64,
    unsealed: u64,
    oldest_unsealed: Option<String>,
    pruned: u64,
    seals: u64,
    head: HeadBody,
    faults: Vec<Fault>,
}

#[derive(Serialize)]
struct HeadBody {
    number: u64,
    hash: String,
}

/// Something that is wrong.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Fault {
    /// For programs; it does not change.
    pub(super) code: &'static str,
    pub(super) seal: Option<u64>,
    pub(super) event_id: Option<String>,
    /// For people.
    pub(super) detail: String,
}

impl ReportBody {
    pub(super) fn of(report: &AuditReport, faults: Vec<Fault>) -> Self {
        Self {
            events: report.events,
            unknown: report.unknown,
            unsealed: report.unsealed,
            oldest_unsealed: report.oldest_unsealed.map(timestamp),
            pruned: report.pruned,
            seals: report.seals,
            head: HeadBody {
                number: report.head.number,
                hash: report.head.hash.to_string(),
            },
            faults,
        }
    }

    /// For a terminal: the verdict, what was checked, and what is wrong.
    pub(super) fn for_people(&self) -> Vec<String> {
        let verdict = match self.faults.len() {
            0 => "the audit trail is what the server wrote".to_owned(),
            1 => "the audit trail is NOT what the server wrote: 1 fault".to_owned(),
            faults => format!("the audit trail is NOT what the server wrote: {faults} faults"),
        };
        let faults = self
            .faults
            .iter()
            .map(|fault| format!("  {}: {}", fault.code, fault.detail));
        let waiting = match &self.oldest_unsealed {
            Some(since) if self.unsealed > 0 => format!("{}, the oldest of {since}", self.unsealed),
            Some(_) | None => self.unsealed.to_string(),
        };
        let facts = [
            format!("events: {}", self.events),
            format!("of a newer version: {}", self.unknown),
            format!("waiting for a seal: {waiting}"),
            format!("seals: {}", self.seals),
            format!("removed by retention: {}", self.pruned),
            format!("head: {}:{}", self.head.number, self.head.hash),
        ];
        [verdict].into_iter().chain(faults).chain(facts).collect()
    }

    pub(super) fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

impl From<&AuditFault> for Fault {
    fn from(fault: &AuditFault) -> Self {
        let named = |id: AuditEventId| Some(id.to_string());
        let (code, event_id, seal) = match *fault {
            AuditFault::PruningForged => ("pruning_forged", None, None),
            AuditFault::SealsMissing(first, _) => ("seal_missing", None, Some(first)),
            AuditFault::SealForged(seal) => ("seal_forged", None, Some(seal)),
            AuditFault::SealMisplaced(seal) => ("seal_misplaced", None, Some(seal)),
            AuditFault::EndCutOff(seal) => ("end_cut_off", None, Some(seal)),
            AuditFault::EventChanged(event) => ("event_changed", named(event), None),
            AuditFault::EventFormatUnknown(event, _) => ("event_format_unknown", named(event), None),
            AuditFault::EventMissing(event, seal) => ("event_missing", named(event), Some(seal)),
            AuditFault::EventAdded(event, seal) => ("event_added", named(event), Some(seal)),
            AuditFault::EventMoved(event, seal) => ("event_moved", named(event), Some(seal)),
            AuditFault::EventLate(event, seal) => ("event_late", named(event), Some(seal)),
        };
        Self {
            code,
            seal,
            event_id,
            detail: fault.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use portcullis_domain::{AuditHead, Digest32};

    #[test]
    fn a_report_is_one_line_with_everything_in_it() {
        let event = AuditEventId::new(DateTime::UNIX_EPOCH, [1; 10]);
        let report = AuditReport {
            events: 12,
            unknown: 1,
            unsealed: 2,
            oldest_unsealed: Some(DateTime::UNIX_EPOCH),
            pruned: 3,
            seals: 4,
            head: AuditHead {
                number: 5,
                hash: Digest32::new([0xab; 32]),
            },
            faults: vec![AuditFault::EventMissing(event, 4), AuditFault::PruningForged],
        };
        let faults = report.faults.iter().map(Fault::from).collect();
        let body = ReportBody::of(&report, faults);
        let lines = body.for_people();
        assert_eq!(lines[0], "the audit trail is NOT what the server wrote: 2 faults");
        assert_eq!(
            lines[2],
            "  pruning_forged: the record of removed events is not genuine"
        );
        assert!(lines.contains(&"waiting for a seal: 2, the oldest of 1970-01-01T00:00:00.000000Z".to_owned()));
        let line = body.to_json().unwrap();
        let expected = format!(
            r#"{{"events":12,"unknown":1,"unsealed":2,"oldest_unsealed":"1970-01-01T00:00:00.000000Z","pruned":3,"seals":4,"head":{{"number":5,"hash":"{}"}},"faults":[{{"code":"event_missing","seal":4,"event_id":"{event}","detail":"event {event} of seal 4 is missing"}},{{"code":"pruning_forged","seal":null,"event_id":null,"detail":"the record of removed events is not genuine"}}]}}"#,
            "ab".repeat(32)
        );
        assert_eq!(line, expected);
    }
}
