//! The file of clients, which `CLIENTS_FILE` names: read from TOML, and what is wrong with it told by line and key.

use crate::{text_ends, whole_file};
use anyhow::{Context as _, anyhow, bail};
use portcullis_application::ClientsFile;
use portcullis_application::ports::ClientSecrets as _;
use portcullis_application::provider::clients_file::{ApplyError, Entry, FileClient, FileContent, FileResource};
use portcullis_application::provider::reading::Written;
use portcullis_application::provider::written_client::CLIENT_MEMBERS;
use portcullis_application::provider::written_resource::RESOURCE_MEMBERS;
use portcullis_application::spelling::nearest;
use portcullis_domain::{Digest32, SecretText};
use portcullis_oauth2::{ClientId, ResourceUri};
use portcullis_security::DigestedClientSecrets;
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::signal::unix::Signal;
use toml::{Spanned, Table, Value};

/// The least characters of a secret that is not ours: as many as 128 random bits take in hexadecimal.
const LEAST_SECRET: usize = 32;

/// The longest file: room for tens of thousands of clients.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// The longest file with a secret.
const MOST_SECRET_BYTES: usize = 4096;

const ID: &str = "id";
const SECRETS: [&str; 3] = ["secret_sha256", "secret_env", "secret_file"];

/// The file as it stands.
pub(crate) struct ClientsFileText {
    path: PathBuf,
    text: String,
    /// What it says.
    pub(crate) content: FileContent,
    /// Where each client begins, and each resource.
    starts: Starts,
}

#[derive(Default)]
struct Starts {
    clients: Vec<usize>,
    resources: Vec<usize>,
}

/// The tables of the file.
#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    client: Vec<Spanned<Table>>,
    #[serde(default)]
    resource: Vec<Spanned<Table>>,
}

/// A fault, and the key that it is about.
struct KeyFault {
    key: String,
    detail: String,
}

#[expect(clippy::needless_pass_by_value, reason = "errors are handed on by value")]
fn fault(key: &str, detail: impl ToString) -> KeyFault {
    KeyFault {
        key: key.to_owned(),
        detail: detail.to_string(),
    }
}

impl ClientsFileText {
    /// Reads the file, and the secrets that it says where to find.
    ///
    /// # Errors
    /// One line that names the file, and its line and key where one of them is at fault.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = whole_file::read(path, MOST_BYTES).with_context(|| format!("{} can't be read", path.display()))?;
        let mut file = Self {
            path: path.to_owned(),
            text,
            content: FileContent::default(),
            starts: Starts::default(),
        };
        file.parse()?;
        Ok(file)
    }

    fn parse(&mut self) -> anyhow::Result<()> {
        let tables: Table = toml::from_str(&self.text).map_err(|error| self.malformed(&error))?;
        if let Some(unknown) = tables
            .keys()
            .find(|key| !["client", "resource"].contains(&key.as_str()))
        {
            let start = self.text.find(unknown.as_str()).unwrap_or_default();
            let detail = unknown_key(unknown, &["client", "resource"]);
            bail!(
                "{} line {}, {unknown}: {detail}",
                self.path.display(),
                self.line_at(start)
            );
        }
        // What reads the document would repeat what stands there, and that may be a secret in the wrong place.
        if let Some((wrong, _)) = tables.iter().find(|(_, value)| !is_list_of_tables(value)) {
            let start = self.text.find(wrong.as_str()).unwrap_or_default();
            bail!(
                "{} line {}, {wrong}: this is a list of tables, each below a line [[{wrong}]]",
                self.path.display(),
                self.line_at(start)
            );
        }
        let document: Document = toml::from_str(&self.text).map_err(|error| self.malformed(&error))?;
        for table in document.resource {
            let start = table.span().start;
            let resource = resource(table.into_inner()).map_err(|fault| self.at(start, fault))?;
            let is_there = self.content.resources.iter().any(|other| other.uri == resource.uri);
            if is_there {
                return Err(self.at(start, fault("uri", "another table of the file has this URI")));
            }
            self.content.resources.push(resource);
            self.starts.resources.push(start);
        }
        for table in document.client {
            let start = table.span().start;
            let client = client(table.into_inner()).map_err(|fault| self.at(start, fault))?;
            let is_there = self
                .content
                .clients
                .iter()
                .any(|other| other.client_id == client.client_id);
            if is_there {
                return Err(self.at(start, fault(ID, "another table of the file has this id")));
            }
            self.content.clients.push(client);
            self.starts.clients.push(start);
        }
        Ok(())
    }

    /// Why it was not made so, by line and key.
    pub(crate) fn told(&self, error: ApplyError) -> anyhow::Error {
        match error {
            ApplyError::Invalid { entry, faults } => {
                let start = match entry {
                    Entry::Client(index) => self.starts.clients.get(index),
                    Entry::Resource(index) => self.starts.resources.get(index),
                };
                let start = start.copied().unwrap_or_default();
                let told: Vec<String> = faults
                    .into_iter()
                    .map(|fault| {
                        let detail = match &fault.value {
                            Some(value) => format!("{value:?}: {}", fault.detail),
                            None => fault.detail,
                        };
                        let key = if fault.member == "client_id" { ID } else { fault.member };
                        format!("{:#}", self.at(start, self::fault(key, detail)))
                    })
                    .collect();
                anyhow!(told.join("; "))
            }
            error @ (ApplyError::ProviderOff(_) | ApplyError::NoLongerAllowed | ApplyError::Store(_)) => {
                anyhow::Error::new(error).context(format!("{} is not in effect", self.path.display()))
            }
        }
    }

    fn malformed(&self, error: &toml::de::Error) -> anyhow::Error {
        let line = self.line_at(error.span().map_or(0, |span| span.start));
        anyhow!(
            "{} line {line}: {}",
            self.path.display(),
            error.message().replace('\n', " ")
        )
    }

    /// The fault of a key of the table that begins there.
    fn at(&self, start: usize, KeyFault { key, detail }: KeyFault) -> anyhow::Error {
        let rest = self.text.get(start..).unwrap_or_default();
        let is_of_next = |(number, line): &(usize, &str)| *number > 0 && line.trim_start().starts_with("[[");
        let mut own = rest.lines().enumerate().take_while(|line| !is_of_next(line));
        let of_key = own.find(|(_, line)| {
            let behind = line.trim_start().strip_prefix(key.as_str());
            behind.is_some_and(|behind| behind.trim_start().starts_with('='))
        });
        let line = self.line_at(start) + of_key.map_or(0, |(number, _)| number);
        anyhow!("{} line {line}, {key}: {detail}", self.path.display())
    }

    fn line_at(&self, offset: usize) -> usize {
        let before = self.text.get(..offset).unwrap_or_default();
        before.matches('\n').count() + 1
    }
}

/// Makes so what the file says, at the start.
///
/// # Errors
/// The file is not right, or could not be made so.
pub(crate) async fn make_so(path: &Path, clients_file: Arc<dyn ClientsFile>) -> anyhow::Result<()> {
    // The end of a pipe may never come, and the server would wait for it.
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        bail!("CLIENTS_FILE: {} is no regular file", path.display());
    }
    let file = ClientsFileText::read(path).context("CLIENTS_FILE")?;
    let applied = clients_file.apply_setting(file.content.clone()).await;
    applied
        .map(drop)
        .map_err(|error| file.told(error))
        .context("CLIENTS_FILE")
}

/// Makes so what the file says whenever somebody asks for it. Where it is not right, all stays as it was.
pub(crate) async fn reread(mut hangups: Signal, path: PathBuf, clients_file: Arc<dyn ClientsFile>) {
    while hangups.recv().await.is_some() {
        match make_so(&path, Arc::clone(&clients_file)).await {
            Ok(()) => tracing::info!(file = %path.display(), "the file of clients was read again"),
            Err(error) => tracing::error!(
                error = format!("{error:#}"),
                "the file of clients is not right, so all clients stay as they were"
            ),
        }
    }
}

fn unknown_key(key: &str, known: &[&str]) -> String {
    match nearest(key, known) {
        Some(meant) => format!("there is no such key; did you mean {meant}?"),
        None => "there is no such key".to_owned(),
    }
}

fn resource(table: Table) -> Result<FileResource, KeyFault> {
    if let Some(unknown) = table.keys().find(|key| !RESOURCE_MEMBERS.contains(&key.as_str())) {
        return Err(fault(unknown, unknown_key(unknown, RESOURCE_MEMBERS)));
    }
    let uri = table.get("uri").and_then(Value::as_str);
    let uri = uri.ok_or_else(|| fault("uri", "a resource has a URI"))?;
    Ok(FileResource {
        uri: ResourceUri::parse(uri).map_err(|error| fault("uri", error))?,
        written: written(table),
    })
}

fn client(mut table: Table) -> Result<FileClient, KeyFault> {
    let mut known = vec![ID];
    known.extend(SECRETS);
    known.extend(CLIENT_MEMBERS);
    if let Some(unknown) = table.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(fault(unknown, unknown_key(unknown, &known)));
    }
    let id = match table.remove(ID) {
        Some(Value::String(id)) => ClientId::parse(&id).map_err(|error| fault(ID, error))?,
        Some(_) | None => return Err(fault(ID, "a client has an id, which is a text")),
    };
    let mut secrets = Vec::new();
    for key in SECRETS {
        let Some(value) = table.remove(key) else { continue };
        for text in texts(&value).ok_or_else(|| fault(key, "this is a text, or a list of texts"))? {
            secrets.push(digest(key, text).map_err(|detail| fault(key, detail))?);
        }
    }
    Ok(FileClient {
        client_id: id,
        written: written(table),
        secrets,
    })
}

fn is_list_of_tables(value: &Value) -> bool {
    value
        .as_array()
        .is_some_and(|tables| tables.iter().all(Value::is_table))
}

fn texts(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(text) => Some(vec![text]),
        Value::Array(values) => values.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// The digest of a secret, which one of three keys says where to find. A refusal repeats nothing of what stands there: it may be
/// the secret itself.
fn digest(key: &str, text: &str) -> Result<Digest32, String> {
    let secret = match key {
        "secret_sha256" => {
            return digest_of_hex(text)
                .ok_or_else(|| "this is the SHA-256 of a secret: 64 hexadecimal digits".to_owned());
        }
        "secret_env" => std::env::var(text).map_err(|_| {
            "the environment has no variable of this name; name the variable that holds the secret".to_owned()
        })?,
        _ => whole_file::read(Path::new(text), MOST_SECRET_BYTES).map_err(|error| {
            format!("the file that it names can't be read: {error}; name the file that holds the secret")
        })?,
    };
    let secret = SecretText::new(
        text_ends::value(&secret)
            .map_err(|error| format!("what it names {error}"))?
            .to_owned(),
    );
    if secret.expose().len() < LEAST_SECRET {
        return Err(format!(
            "what it names is shorter than {LEAST_SECRET} characters; take the output of openssl rand -hex 32"
        ));
    }
    Ok(DigestedClientSecrets.digest(&secret))
}

fn digest_of_hex(text: &str) -> Option<Digest32> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(index * 2..index * 2 + 2)?, 16).ok()?;
    }
    Some(Digest32::new(bytes))
}

/// The members, as bodies have them.
fn written(table: Table) -> Written {
    table.into_iter().map(|(key, value)| (key, json(value))).collect()
}

fn json(value: Value) -> serde_json::Value {
    match value {
        Value::String(text) => text.into(),
        Value::Integer(number) => number.into(),
        Value::Float(number) => number.into(),
        Value::Boolean(flag) => flag.into(),
        Value::Datetime(time) => time.to_string().into(),
        Value::Array(values) => values.into_iter().map(json).collect(),
        Value::Table(table) => written(table).into(),
    }
}

#[cfg(test)]
mod tests;
