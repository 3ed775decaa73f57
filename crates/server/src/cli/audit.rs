//! The audit trail.

mod expected_head;
mod report;

use super::operation;
use super::output::print_lines;
use anyhow::{Context as _, bail};
use clap::Subcommand;
use expected_head::ExpectedHead;
use portcullis_api::{audit_event_json, timestamp};
use portcullis_application::OperatorService;
use portcullis_application::ports::FoundAuditEntry;
use report::{Fault, ReportBody};
use serde_json::json;

#[derive(Debug, Clone, Copy, Subcommand)]
pub(super) enum AuditCommand {
    /// Check every event and every seal, and print what was found as JSON. Exits with 1 where something is wrong.
    Verify {
        /// What a server's log said last of the trail: the number and the hash of a seal.
        #[arg(long, value_name = "NUMBER:HASH")]
        expect_head: Option<ExpectedHead>,
    },
    /// Print all events, oldest first: one JSON object a line.
    Export,
}

pub(super) fn run(command: AuditCommand) -> anyhow::Result<()> {
    let config = operation::config()?;
    operation::on_store(&config, async |operator| match command {
        AuditCommand::Verify { expect_head } => verify(&*operator, expect_head).await,
        AuditCommand::Export => export(&*operator).await,
    })
}

async fn verify(operator: &dyn OperatorService, expected: Option<ExpectedHead>) -> anyhow::Result<()> {
    const UNREAD: &str = "the audit trail can't be read";
    let report = operator.check_audit_trail().await.context(UNREAD)?;
    let mut faults: Vec<Fault> = report.faults.iter().map(Fault::from).collect();
    if let Some(expected) = expected {
        let found = operator.find_audit_head(expected.0.number).await.context(UNREAD)?;
        match expected.compare(found, &report) {
            Ok(()) => {}
            Err(fault) => faults.push(fault),
        }
    }
    let first = faults.first().map(|fault| fault.detail.clone());
    let count = faults.len();
    // The verdict counts whether anybody reads the report or not.
    let printed = print_lines([ReportBody::of(&report, faults).to_json()?]);
    match first {
        None => printed,
        Some(first) => {
            bail!("the audit trail is not what the server wrote: {first} ({count} in all, printed as faults)")
        }
    }
}

async fn export(operator: &dyn OperatorService) -> anyhow::Result<()> {
    let mut after = None;
    let mut unreadable = 0_u64;
    loop {
        let found = operator
            .export_audit_trail(after)
            .await
            .context("the audit trail can't be read")?;
        let Some(last) = found.last() else { break };
        after = Some(last.position);
        unreadable += found.iter().map(|found| u64::from(found.entry.is_none())).sum::<u64>();
        print_lines(found.iter().map(line_of))?;
    }
    if unreadable > 0 {
        bail!(
            "{unreadable} events are not as the server wrote them, and were printed as unreadable; see portcullis audit verify"
        );
    }
    Ok(())
}

/// The event, or what is left of it.
fn line_of(found: &FoundAuditEntry) -> String {
    match &found.entry {
        Some(entry) => audit_event_json(&entry.event),
        None => json!({
            "id": found.position.id.to_string(),
            "at": timestamp(found.position.at),
            "unreadable": true,
        })
        .to_string(),
    }
}
