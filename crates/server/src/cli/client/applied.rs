//! Making so what a file says, and printing what changed.

use crate::cli::operation;
use crate::cli::output::{Form, after_the_work, print, print_lines, shown};
use crate::clients_file::ClientsFileText;
use crate::config::Config;
use portcullis_api::{client_json, resource_json};
use portcullis_application::ClientsFile;
use portcullis_application::ports::LiveGrants;
use portcullis_application::provider::clients_file::{Applied, Gone};
use serde_json::{Map, Value, json};
use shaku::HasComponent as _;
use std::path::Path;
use std::sync::Arc;

/// The members that change with every change, and tell nothing by themselves.
const BESIDE: [&str; 2] = ["version", "updated_at"];

pub(super) fn run(config: &Config, path: &Path, dry_run: bool, gone: Gone, form: Form) -> anyhow::Result<()> {
    let file = ClientsFileText::read(path)?;
    operation::on_store(config, async |container, operator| {
        let clients_file: Arc<dyn ClientsFile> = container.resolve();
        let (by, content) = (operator.authority(), file.content.clone());
        let applied = if dry_run {
            clients_file.rehearse(by, content, gone).await
        } else {
            clients_file.apply(by, content, gone).await
        };
        let applied = applied.map_err(|error| file.told(error))?;
        let differences: Vec<Difference> = applied.iter().map(Difference::of).collect();
        if !dry_run && !differences.is_empty() {
            operation::until_every_server_knows().await;
        }
        after_the_work(match form {
            Form::JsonLines => print_lines(differences.iter().map(Difference::to_json)),
            Form::Table if differences.is_empty() => print("nothing differs\n"),
            Form::Table => print(&differences.iter().map(Difference::to_text).collect::<String>()),
        })
    })
}

/// What differs of one client or resource.
struct Difference {
    /// `client shop`, `resource https://api.example.com`.
    subject: String,
    before: Option<Map<String, Value>>,
    after: Option<Map<String, Value>>,
    /// Of a client that was there before.
    touched: Option<LiveGrants>,
}

impl Difference {
    fn of(applied: &Applied) -> Self {
        let (kind, name, before, after) = match applied {
            Applied::Client { before, after, .. } => (
                "client",
                "client_id",
                before.as_deref().map(client_json),
                after.as_deref().map(client_json),
            ),
            Applied::Resource { before, after } => (
                "resource",
                "uri",
                before.as_deref().map(resource_json),
                after.as_deref().map(resource_json),
            ),
        };
        let members = |text: Option<String>| {
            let mut members: Map<String, Value> = serde_json::from_str(&text?).ok()?;
            members.retain(|member, _| !BESIDE.contains(&member.as_str()));
            Some(members)
        };
        let (before, after) = (members(before), members(after));
        let name = after
            .as_ref()
            .or(before.as_ref())
            .and_then(|members| members.get(name)?.as_str());
        Self {
            subject: format!("{kind} {}", name.unwrap_or_default()),
            before,
            after,
            touched: match applied {
                Applied::Client {
                    before: Some(_),
                    touched,
                    ..
                } => Some(*touched),
                Applied::Client { before: None, .. } | Applied::Resource { .. } => None,
            },
        }
    }

    fn word(&self) -> &'static str {
        match (&self.before, &self.after) {
            (None, _) => "added",
            (Some(_), None) => "removed",
            (Some(_), Some(_)) => "changed",
        }
    }

    /// The members that differ, as they were and as they are.
    fn members(&self) -> Vec<(&str, &Value, &Value)> {
        let (Some(before), Some(after)) = (&self.before, &self.after) else {
            return Vec::new();
        };
        let pairs = after.iter().filter_map(|(member, is)| {
            let was = before.get(member)?;
            (was != is).then_some((member.as_str(), was, is))
        });
        pairs.collect()
    }

    fn to_text(&self) -> String {
        let mark = match (&self.before, &self.after) {
            (None, _) => '+',
            (Some(_), None) => '-',
            (Some(_), Some(_)) => '~',
        };
        let mut text = format!("{mark} {} {}", shown(&self.subject), self.word());
        if let Some(LiveGrants { users, grants }) = self.touched {
            text.extend([" (users: ", &users.to_string(), ", grants: ", &grants.to_string(), ")"]);
        }
        text.push('\n');
        for (member, was, is) in self.members() {
            let (was, is) = (shown(&was.to_string()), shown(&is.to_string()));
            text.extend(["    ", member, ": ", &was, " -> ", &is, "\n"]);
        }
        text
    }

    fn to_json(&self) -> String {
        let members: Map<String, Value> = self
            .members()
            .into_iter()
            .map(|(member, was, is)| (member.to_owned(), json!({"before": was, "after": is})))
            .collect();
        let mut told = Map::from_iter([
            ("subject".to_owned(), json!(self.subject)),
            ("change".to_owned(), json!(self.word())),
            ("members".to_owned(), Value::Object(members)),
        ]);
        if let Some(LiveGrants { users, grants }) = self.touched {
            told.insert("users".to_owned(), users.into());
            told.insert("grants".to_owned(), grants.into());
        }
        Value::Object(told).to_string()
    }
}
