//! The audit trail.

mod expected_head;
mod report;

use super::operation;
use super::output::print_lines;
use crate::config::Environment;
use anyhow::{Context as _, bail};
use chrono::{DateTime, Utc};
use clap::Subcommand;
use expected_head::ExpectedHead;
use portcullis_api::{audit_event_json, timestamp};
use portcullis_application::ports::AuditRecord;
use portcullis_application::{AuditTrail, Operator};
use portcullis_domain::Position;
use report::{Fault, ReportBody};
use serde_json::json;
use shaku::HasComponent as _;
use std::sync::Arc;
use uuid::Uuid;

#[derive(Debug, Clone, Copy, Subcommand)]
pub(super) enum AuditCommand {
    /// Check every event and every seal, and print what was found as JSON. Exits with 1 where something is wrong.
    Verify {
        /// What a server's log said last of the trail: the number and the hash of a seal.
        #[arg(long, value_name = "NUMBER:HASH")]
        expect_head: Option<ExpectedHead>,
        /// Taken as by other commands: the report is JSON in any case.
        #[arg(long)]
        json: bool,
    },
    /// Print events, oldest first: one JSON object a line.
    #[command(
        after_help = "Example, one day:\n  portcullis audit export --since 2026-11-22T00:00:00Z --until \
                            2026-11-23T00:00:00Z"
    )]
    Export {
        /// Those from this moment on, such as 2026-11-22T09:30:00Z.
        #[arg(long, value_name = "TIME", value_parser = moment)]
        since: Option<DateTime<Utc>>,
        /// Those before this moment.
        #[arg(long, value_name = "TIME", value_parser = moment)]
        until: Option<DateTime<Utc>>,
    },
}

impl AuditCommand {
    /// What is wrong with the arguments taken together.
    pub(super) fn contradiction(self) -> Option<&'static str> {
        match self {
            Self::Export {
                since: Some(since),
                until: Some(until),
            } if since > until => Some("--since is later than --until, so no event is between them; swap the two"),
            Self::Export { .. } | Self::Verify { .. } => None,
        }
    }
}

pub(super) fn run(environment: &Environment, command: AuditCommand) -> anyhow::Result<()> {
    let config = operation::config(environment)?;
    operation::on_store(&config, async |container, operator| {
        let trail: Arc<dyn AuditTrail> = container.resolve();
        match command {
            AuditCommand::Verify { expect_head, json: _ } => verify(&*trail, operator, expect_head).await,
            AuditCommand::Export { since, until } => export(&*trail, operator, since, until).await,
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

fn moment(text: &str) -> Result<DateTime<Utc>, &'static str> {
    portcullis_api::moment(text).ok_or("write a moment as 2026-11-22T09:30:00Z")
}

async fn export(
    trail: &dyn AuditTrail,
    operator: Operator,
    since: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
) -> anyhow::Result<()> {
    // No event has this id, so the first one of that moment is behind it.
    let mut after = since.map(|at| Position { at, id: Uuid::nil() });
    let mut unreadable = 0_u64;
    loop {
        let found = trail
            .export(&operator, after)
            .await
            .context("the audit trail can't be read")?;
        let Some(last) = found.last() else { break };
        let is_last_page = until.is_some_and(|until| last.record.at >= until);
        after = Some(last.record.position());
        let wanted = found
            .iter()
            .filter(|found| until.is_none_or(|until| found.record.at < until));
        print_lines(wanted.map(|found| {
            audit_event_json(&found.record).unwrap_or_else(|| {
                unreadable += 1;
                unreadable_json(&found.record)
            })
        }))?;
        if is_last_page {
            break;
        }
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
