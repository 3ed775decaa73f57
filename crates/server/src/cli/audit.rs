//! The audit trail.

mod expected_head;
mod report;

use super::operation;
use super::output::print_lines;
use anyhow::{Context as _, bail};
use clap::Subcommand;
use expected_head::ExpectedHead;
use portcullis_api::{audit_event_json, timestamp};
use portcullis_application::ports::AuditRecord;
use portcullis_application::{AuditTrail, Operator};
use report::{Fault, ReportBody};
use serde_json::json;
use shaku::HasComponent as _;
use std::sync::Arc;

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
    operation::on_store(&config, async |container, operator| {
        let trail: Arc<dyn AuditTrail> = container.resolve();
        match command {
            AuditCommand::Verify { expect_head } => verify(&*trail, operator, expect_head).await,
            AuditCommand::Export => export(&*trail, operator).await,
        }
    })
}

async fn verify(trail: &dyn AuditTrail, operator: Operator, expected: Option<ExpectedHead>) -> anyhow::Result<()> {
    const UNREAD: &str = "the audit trail can't be read";
    let report = trail.check(&operator).await.context(UNREAD)?;
    let mut faults: Vec<Fault> = report.faults.iter().map(Fault::from).collect();
    if let Some(expected) = expected {
        let found = trail.find_head(&operator, expected.0.number).await.context(UNREAD)?;
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

async fn export(trail: &dyn AuditTrail, operator: Operator) -> anyhow::Result<()> {
    let mut after = None;
    let mut unreadable = 0_u64;
    loop {
        let found = trail
            .export(&operator, after)
            .await
            .context("the audit trail can't be read")?;
        let Some(last) = found.last() else { break };
        after = Some(last.record.position());
        print_lines(found.iter().map(|found| {
            audit_event_json(&found.record).unwrap_or_else(|| {
                unreadable += 1;
                unreadable_json(&found.record)
            })
        }))?;
    }
    if unreadable > 0 {
        bail!(
            "{unreadable} events can't be read by this version, and were printed as unreadable; see portcullis audit verify"
        );
    }
    Ok(())
}

/// What is left of an event whose details can't be read: they were changed, or the format is none that this version knows.
fn unreadable_json(record: &AuditRecord) -> String {
    json!({
        "id": record.id.to_string(),
        "at": timestamp(record.at),
        "format": record.format,
        "unreadable": true,
    })
    .to_string()
}
