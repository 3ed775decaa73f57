//! The audit trail.

mod events;
mod expected_head;
mod report;

use super::operation;
use super::output::{Form, moment as told, print_lines};
use crate::config::Environment;
use anyhow::{Context as _, bail};
use chrono::{DateTime, Utc};
use clap::Subcommand;
use events::{HEADINGS, row};
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
    /// Check every event and every seal, and print what was found. Exits with 1 where something is wrong.
    Verify {
        /// What a server's log said last of the trail: the number and the hash of a seal.
        #[arg(long, value_name = "NUMBER:HASH")]
        expect_head: Option<ExpectedHead>,
        /// Print JSON also on a terminal.
        #[arg(long)]
        json: bool,
    },
    /// Print events, oldest first.
    #[command(after_help = "Example, one day in UTC:\n  portcullis audit export --since 2026-11-22 --until 2026-11-23")]
    Export {
        /// Those from this moment on, such as 2026-11-22T09:30:00Z, or from the beginning of this day in UTC, such as
        /// 2026-11-22.
        #[arg(long, value_name = "TIME", value_parser = moment)]
        since: Option<DateTime<Utc>>,
        /// Those before this moment, or before the beginning of this day.
        #[arg(long, value_name = "TIME", value_parser = moment)]
        until: Option<DateTime<Utc>>,
        /// Print JSON lines also on a terminal.
        #[arg(long)]
        json: bool,
    },
}

impl AuditCommand {
    /// What is wrong with the arguments taken together.
    pub(super) fn contradiction(self) -> Option<&'static str> {
        match self {
            Self::Export {
                since: Some(since),
                until: Some(until),
                ..
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
            AuditCommand::Verify { expect_head, json } => verify(&*trail, operator, expect_head, Form::of(json)).await,
            AuditCommand::Export { since, until, json } => {
                export(&*trail, operator, Span { since, until }, Form::of(json)).await
            }
        }
    })
}

async fn verify(
    trail: &dyn AuditTrail,
    operator: Operator,
    expected: Option<ExpectedHead>,
    form: Form,
) -> anyhow::Result<()> {
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
    let report = ReportBody::of(&report, faults);
    let printed = match form {
        Form::JsonLines => print_lines([report.to_json()?]),
        Form::Table => print_lines(report.for_people()),
    };
    match first {
        None => printed,
        Some(first) => {
            bail!("the audit trail is not what the server wrote: {first} ({count} in all, printed as faults)")
        }
    }
}

/// A moment, or a day, which stands for its beginning in UTC.
fn moment(text: &str) -> Result<DateTime<Utc>, &'static str> {
    let whole = portcullis_api::moment(text);
    let begins = || portcullis_api::moment(&format!("{text}T00:00:00Z"));
    whole
        .or_else(begins)
        .ok_or("write a moment as 2026-11-22T09:30:00Z, or a day as 2026-11-22")
}

/// Which events.
#[derive(Clone, Copy)]
struct Span {
    since: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
}

async fn export(trail: &dyn AuditTrail, operator: Operator, span: Span, form: Form) -> anyhow::Result<()> {
    let Span { since, until } = span;
    if form == Form::Table {
        print_lines([HEADINGS.to_owned()])?;
    }
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
            let record = &found.record;
            let written = match form {
                Form::JsonLines => audit_event_json(record),
                Form::Table => row(record),
            };
            written.unwrap_or_else(|| {
                unreadable += 1;
                match form {
                    Form::JsonLines => unreadable_json(record),
                    Form::Table => format!("{}  unreadable: {}", told(record.at), record.id),
                }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_stands_for_its_beginning() {
        let begins = moment("2026-11-22T00:00:00Z");
        assert!(begins.is_ok());
        assert_eq!(moment("2026-11-22"), begins);
        for no_moment in [
            "",
            "2026-11",
            "2026-02-30",
            "yesterday",
            "2026-11-22T",
            "2026-11-22 00:00",
        ] {
            assert!(moment(no_moment).is_err(), "{no_moment}");
        }
    }
}
